// RFC 9110 9.1 and 9.3: what the methods that are not GET and HEAD get where there is only something to read.

import { embeddedSite } from "../../lib/handlers/site/site.ts";
import { assert, assertEquals } from "../deps.ts";
import { serveTest } from "../support/echo_server.ts";

const site = embeddedSite(new URL("../../static/", import.meta.url));
const ALLOW = "GET, HEAD, OPTIONS";
const methods: [request: string, status: number, allow: string | null][] = [
  ["POST /", 405, ALLOW],
  ["PUT /", 405, ALLOW],
  ["DELETE /", 405, ALLOW],
  ["PATCH /nothing", 405, ALLOW],
  ["TRACE /", 405, ALLOW],
  ["OPTIONS /", 204, ALLOW],
  ["OPTIONS *", 204, ALLOW],
  ["OPTIONS http://a:8001", 204, ALLOW],
  ["CONNECT a:443", 501, null],
  ["get /", 501, null],
  ["BREW /", 501, null],
];

for (const [request, status, allow] of methods) {
  Deno.test(`${request} is answered with ${status}${allow ? " and what is allowed" : ""} (RFC 9110 9.1, 15.5.6)`, async () => {
    await using server = serveTest(site);
    using client = await server.connect();
    for (let i = 0; i < 2; i++) {
      await client.send(
        `${request} HTTP/1.1\r\nHost: a\r\nRange: bytes=0-0\r\nIf-Match: "x"\r\n\r\n`,
      );
      const answer = await client.readResponse();
      assertEquals([answer.status, answer.field("allow")], [status, allow]);
    }
  });
}

Deno.test("TRACE reflects nothing (RFC 9110 9.3.8)", async () => {
  await using server = serveTest(site);
  using client = await server.connect();
  await client.send(
    "TRACE /secret HTTP/1.1\r\nHost: a\r\nAuthorization: secret\r\nCookie: secret\r\n\r\n",
  );
  const answer = await client.readResponse();
  assert(!(answer.fields.flat().join() + answer.text()).includes("secret"));
});
