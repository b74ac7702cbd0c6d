// RFC 9112 11.2: what a request carries is never another request, whatever answers it and whether or not
// anybody wants its content. The corpus shows it for a handler that reads; here are those that do not.

import { embeddedSite } from "../../lib/handlers/site/site.ts";
import { assertEquals } from "../deps.ts";
import { serveTest } from "../support/echo_server.ts";

const site = embeddedSite(new URL("../../static/", import.meta.url));
const SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
const framings: [name: string, content: string][] = [
  ["Content-Length", `Content-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`],
  [
    "chunks",
    `Transfer-Encoding: chunked\r\n\r\n${
      SMUGGLED.length.toString(16)
    };a\r\n${SMUGGLED}\r\n0\r\nA: b\r\n\r\n`,
  ],
  [
    "Content-Length and Expect",
    `Expect: 100-continue\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
  ],
];
const requests: [request: string, status: number][] = [
  ["GET /", 200],
  ["HEAD /", 200],
  ["POST /", 405],
  ["TRACE /", 405],
  ["OPTIONS *", 204],
  ["CONNECT a:1", 501],
  ["BREW /", 501],
  ["GET /nothing", 404],
  ["GET /%00", 400],
  ["GET /test.jpg", 206],
  ["GET /favicon.svg", 304],
];

for (const [name, content] of framings) {
  Deno.test(`CL.0, TE.0: content by ${name} that no handler wants is no request (RFC 9112 11.2)`, async () => {
    await using server = serveTest(site);
    for (const [request, status] of requests) {
      using client = await server.connect();
      const choosy = "Range: bytes=0-9\r\nIf-None-Match: *\r\n";
      const fields = status === 206 ? "Range: bytes=0-9\r\n" : status === 304 ? choosy : "";
      await client.send(
        `${request} HTTP/1.1\r\nHost: a\r\n${fields}${content}` +
          "GET /favicon.ico HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
      );
      const first = await client.readResponse({ head: request.startsWith("HEAD") });
      assertEquals([first.status, first.field("connection")], [status, null], request);
      const second = await client.readResponse();
      assertEquals(second.field("content-type"), "image/vnd.microsoft.icon", request);
      assertEquals(await client.readAllText(), "", request);
    }
  });
}
