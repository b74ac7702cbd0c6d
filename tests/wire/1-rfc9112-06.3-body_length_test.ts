// RFC 9112 6.1 to 6.3: how an answer says where it ends, and that it never says it twice or wrongly.

import { FieldBlock } from "../../lib/http1/field_block.ts";
import { assert, assertEquals } from "../deps.ts";
import { serveTest, text } from "../support/echo_server.ts";
import { streamOf } from "../support/stream_of.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const fields = new FieldBlock([["Content-Type", "text/plain"], ["X-A", "1"], ["x-a", "2"]]);

for (const status of [204, 304]) {
  Deno.test(`${status} has neither content nor framing, whatever the handler gives (RFC 9112 6.3)`, async () => {
    let isCancelled = false;
    const contents = [
      new Uint8Array(5),
      null,
      new ReadableStream({ cancel: () => void (isCancelled = true) }),
    ];
    await using server = serveTest(() => ({
      status: contents.length > 0 ? status : 200,
      fields,
      content: contents.shift() ?? null,
    }));
    using client = await server.connect();
    for (let i = 0; i < 3; i++) {
      await client.send(GET);
      const answer = await client.readResponse();
      assertEquals([answer.status, answer.framing], [status, "none"]);
      assertEquals([answer.field("content-length"), answer.field("transfer-encoding")], [
        null,
        null,
      ]);
    }
    await client.send(GET);
    assertEquals((await client.readResponse()).status, 200);
    assert(isCancelled, "The stream was left to itself");
  });
}

Deno.test("a stream to an HTTP/1.0 peer ends with the connection (RFC 9112 6.3)", async () => {
  await using server = serveTest(() => ({ status: 200, fields, content: streamOf("a", "b") }));
  using client = await server.connect();
  await client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const answer = await client.readResponse();
  assertEquals([answer.framing, answer.text()], ["eof", "ab"]);
  assertEquals([answer.version, answer.field("connection")], ["1.1", "close"]);
});

Deno.test("205 says that it has no content, whatever the handler gives (RFC 9110 15.3.6)", async () => {
  await using server = serveTest(() => text(205, "hello"));
  using client = await server.connect();
  await client.send(GET + GET);
  for (let i = 0; i < 2; i++) {
    const answer = await client.readResponse();
    assertEquals([answer.status, answer.field("content-length"), answer.text()], [205, "0", ""]);
  }
});

Deno.test("no answer says its length twice, or to whom it means nothing (RFC 9112 6.1, 6.2)", async () => {
  await using server = serveTest(({ target }) => {
    const content = target.raw === "/stream" ? streamOf("a", "b") : new Uint8Array(2);
    return { status: 200, fields, content };
  });
  for (const method of ["GET", "HEAD"]) {
    for (const target of ["/octets", "/stream"]) {
      for (const version of ["1.0", "1.1"]) {
        using client = await server.connect();
        await client.send(`${method} ${target} HTTP/${version}\r\nHost: a\r\n\r\n`);
        const answer = await client.readResponse({ head: method === "HEAD" });
        const isStream = target === "/stream";
        assertEquals(
          [answer.field("content-length"), answer.field("transfer-encoding")],
          [isStream ? null : "2", isStream && version === "1.1" ? "chunked" : null],
          `${method} ${target} ${version}`,
        );
      }
    }
  }
});
