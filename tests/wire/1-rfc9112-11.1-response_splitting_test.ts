// RFC 9112 11.1: nothing that a handler puts into a field can begin another field or another answer.

import { FieldBlock } from "../../lib/http1/field_block.ts";
import { assertEquals } from "../deps.ts";
import { serveTest, text } from "../support/echo_server.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

const splitting: [name: string, line: [string, string]][] = [
  ["CR LF in a value", ["Location", "/\r\nSet-Cookie: a=b"]],
  ["CR in a value", ["Location", "/\rX: y"]],
  ["LF in a value", ["Location", "/\nX: y"]],
  ["NUL in a value", ["Location", "/\0"]],
  ["CR LF in a name", ["X: y\r\nZ", "1"]],
  ["a colon in a name", ["X:", "1"]],
];

for (const [name, line] of splitting) {
  Deno.test(`a response is not split by ${name}: the peer gets 500 (RFC 9112 11.1)`, async () => {
    await using server = serveTest(() => text(200, "hello", new FieldBlock([line])));
    using client = await server.connect();
    await client.send(GET);
    const answer = await client.readResponse();
    assertEquals([answer.status, answer.field("set-cookie"), answer.field("x")], [500, null, null]);
    await client.send(GET);
    assertEquals((await client.readResponse()).status, 500);
  });
}
