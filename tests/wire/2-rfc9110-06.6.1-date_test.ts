// RFC 9110 6.6.1: every answer has the date of the second in which it is made.

import { FieldBlock } from "../../lib/http1/field_block.ts";
import type { HttpResponse } from "../../lib/server/handler.ts";
import { assert, assertEquals, assertMatch } from "../deps.ts";
import { serveTest, text } from "../support/echo_server.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const fields = new FieldBlock([["Content-Type", "text/plain"], ["X-A", "1"], ["x-a", "2"]]);

function streamOf(...pieces: string[]): ReadableStream<Uint8Array> {
  return ReadableStream.from(pieces.map((piece) => new TextEncoder().encode(piece)));
}

const answers: [name: string, make: () => HttpResponse][] = [
  ["octets", () => text(200, "hello", fields)],
  ["no content", () => ({ status: 200, fields, content: null })],
  ["a stream", () => ({ status: 200, fields, content: streamOf("hello", "", ", world") })],
  ["octets by promise", () => text(404, "not here", fields)],
];

for (const [name, make] of answers) {
  Deno.test(`an answer with ${name} has a valid Date of now (RFC 9110 6.6.1)`, async () => {
    await using server = serveTest(make);
    using client = await server.connect();
    const before = Math.floor(Date.now() / 1000) * 1000;
    await client.send(GET);
    const date = (await client.readResponse()).field("date")!;
    assertMatch(
      date,
      /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/,
    );
    assertEquals(new Date(date).toUTCString(), date);
    assert(Date.parse(date) >= before && Date.parse(date) <= Date.now());
  });
}
