// RFC 9112 4: what every answer begins with, whatever the handler made of it.

import { FieldBlock } from "../../lib/http1/field_block.ts";
import { assertEquals } from "../deps.ts";
import { serveTest, text } from "../support/echo_server.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const fields = new FieldBlock([["Content-Type", "text/plain"], ["X-A", "1"], ["x-a", "2"]]);

Deno.test("an answer's lines are the status line, Date, the handler's fields in order, framing (RFC 9112 4)", async () => {
  await using server = serveTest(() => text(200, "hello", fields));
  using client = await server.connect();
  await client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const lines = (await client.readAllText()).split("\r\n");
  assertEquals(lines.toSpliced(1, 1), [
    "HTTP/1.1 200 OK",
    "Content-Type: text/plain",
    "X-A: 1",
    "x-a: 2",
    "Content-Length: 5",
    "Connection: close",
    "",
    "hello",
  ]);
});

Deno.test("a status that is not registered has an empty reason phrase (RFC 9112 4)", async () => {
  await using server = serveTest(() => text(299, ""));
  using client = await server.connect();
  await client.send(GET);
  const { status, reason } = await client.readResponse();
  assertEquals([status, reason], [299, ""]);
});
