// RFC 9112 7.1: chunks that are sent, and chunks that nobody reads.

import { FieldBlock } from "../../lib/http1/field_block.ts";
import { assertEquals } from "../deps.ts";
import { contentOf, serveTest, text } from "../support/echo_server.ts";
import { streamOf } from "../support/stream_of.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const fields = new FieldBlock([["Content-Type", "text/plain"], ["X-A", "1"], ["x-a", "2"]]);
const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`;

Deno.test("a stream goes out in chunks, none of them empty (RFC 9112 7.1)", async () => {
  await using server = serveTest(() => ({
    status: 200,
    fields,
    content: streamOf("", "hello", "", "x".repeat(100_000), ""),
  }));
  using client = await server.connect();
  await client.send(GET + GET);
  for (let i = 0; i < 2; i++) {
    const answer = await client.readResponse();
    assertEquals([answer.framing, answer.chunkSizes], ["chunked", [5, 100_000]]);
    assertEquals(answer.field("content-length"), null);
  }
});

Deno.test("chunked content that no handler reads is thrown away (RFC 9112 9.3)", async () => {
  await using server = serveTest(() => text(200, "done"));
  using client = await server.connect();
  const chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
    "5\r\nhello\r\n0\r\nA: b\r\n\r\n";
  await client.sendInPieces(chunked + get("/next"), [70, 80, 90]);
  for (let i = 0; i < 2; i++) assertEquals((await client.readResponse()).text(), "done");
});

Deno.test("bad chunks that no handler reads end the connection, after the answer (RFC 9112 7.1)", async () => {
  await using server = serveTest(() => text(200, "done"));
  using client = await server.connect();
  await client.send(
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n" + get("/next"),
  );
  assertEquals((await client.readResponse()).text(), "done");
  assertEquals(await client.readAllText(), "");
});

Deno.test("a handler that reads bad content sees it fail; the peer is told why (RFC 9112 7.1)", async () => {
  const { promise: seen, resolve } = Promise.withResolvers<unknown>();
  await using server = serveTest(async (request) => {
    // A handler that swallows the failure cannot turn half a request into a success.
    await contentOf(request).catch(resolve);
    return text(200, "fine");
  });
  using client = await server.connect();
  await client.send(
    "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello!",
  );
  await client.closeWrite();
  const answer = await client.readResponse();
  assertEquals([answer.status, answer.field("connection")], [400, "close"]);
  assertEquals((await seen as Error).name, "ProtocolError");
});
