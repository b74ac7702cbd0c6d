// RFC 9110 5.3: what is done with a head before it is complete, and with fields that are there twice and
// must not be: their combined value is none by their grammar, so neither the first line counts nor the
// last. Where that would not do, for passwords, the request is refused.

import { withAuthorization } from "../../lib/handlers/authorization.ts";
import { hashPassword, parseCredentials } from "../../lib/handlers/credentials.ts";
import { embeddedSite } from "../../lib/handlers/site/site.ts";
import { assertEquals } from "../deps.ts";
import { serveTest, text } from "../support/echo_server.ts";

const site = embeddedSite(new URL("../../static/", import.meta.url));
const get = (...lines: string[]) =>
  ["GET /favicon.svg HTTP/1.1", "Host: a", ...lines].join("\r\n") + "\r\n\r\n";

Deno.test("no request is applied before its head is complete (RFC 9110 5.3)", async () => {
  const calls: string[] = [];
  await using server = serveTest(({ target }) => {
    calls.push(target.raw);
    return text(200, target.raw);
  });
  using client = await server.connect();
  await client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nDELETE /2 HTTP/1.1\r\nHost: a\r\n");
  assertEquals((await client.readResponse()).text(), "/1");
  assertEquals(calls, ["/1"]);
  // The last line may be the one that matters.
  await client.send("If-Match: *\r\n\r\n");
  assertEquals((await client.readResponse()).text(), "/2");
});

const FUTURE = "Fri, 31 Dec 2099 23:59:59 GMT";
const PAST = "Sat, 01 Jan 2000 00:00:00 GMT";
const twice: [name: string, lines: string[], status: number][] = [
  [
    "If-Modified-Since is ignored",
    [`If-Modified-Since: ${FUTURE}`, `If-Modified-Since: ${FUTURE}`],
    200,
  ],
  ["If-Unmodified-Since is ignored", [
    `If-Unmodified-Since: ${PAST}`,
    `If-Unmodified-Since: ${PAST}`,
  ], 200],
  ["Range is ignored", ["Range: bytes=0-0", "Range: bytes=1-1"], 200],
  ["the same Range is ignored", ["Range: bytes=0-0", "Range: bytes=0-0"], 200],
  ["If-Range is not met", ["Range: bytes=0-0", 'If-Range: "a"', 'If-Range: "a"'], 200],
  ["If-None-Match is a list", ['If-None-Match: "a"', "If-None-Match: {etag}"], 304],
  ["If-Match is a list", ['If-Match: "a"', "If-Match: {etag}"], 200],
  ["If-Match is a list of others", ['If-Match: "a"', 'If-Match: "b"'], 412],
];

for (const [name, lines, status] of twice) {
  Deno.test(`in two lines ${name} (RFC 9110 5.3, 13.1, 14.2)`, async () => {
    await using server = serveTest(site);
    using client = await server.connect();
    await client.send(get());
    const etag = (await client.readResponse()).field("etag")!;
    await client.send(get(...lines.map((line) => line.replace("{etag}", etag))));
    assertEquals((await client.readResponse()).status, status);
  });
}

Deno.test("in two lines Authorization lets nobody in, whichever is right (RFC 9110 5.3, 11.6.2)", async () => {
  const credential = parseCredentials(`ann:${hashPassword("secret")}`);
  await using server = serveTest(withAuthorization(site, [credential]));
  using client = await server.connect();
  const [right, wrong] = ["ann:secret", "ann:guess"].map((each) =>
    `Authorization: Basic ${btoa(each)}`
  );
  const statuses: number[] = [];
  for (const lines of [[right], [right, wrong], [wrong, right], [right, right]]) {
    await client.send(get(...lines as string[]));
    statuses.push((await client.readResponse()).status);
  }
  assertEquals(statuses, [200, 400, 400, 400]);
});
