// RFC 9110 9.3.2: HEAD is answered as GET is, without the content.

import { FieldBlock } from "../../lib/http1/field_block.ts";
import type { HttpResponse } from "../../lib/server/handler.ts";
import { assertEquals } from "../deps.ts";
import { serveTest, text } from "../support/echo_server.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const HEAD = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
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
  Deno.test(`HEAD of an answer with ${name} has the fields of GET and no content (RFC 9110 9.3.2)`, async () => {
    await using server = serveTest(make);
    using client = await server.connect();
    await client.send(GET);
    const get = await client.readResponse();
    await client.send(HEAD + GET);
    const head = await client.readResponse({ head: true });
    const withoutDate = (lines: typeof get.fields) => lines.filter(([each]) => each !== "Date");
    assertEquals([head.status, withoutDate(head.fields)], [get.status, withoutDate(get.fields)]);
    assertEquals((await client.readResponse()).text(), get.text());
  });
}
