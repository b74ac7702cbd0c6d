// What every answer has on the wire, whatever the handler made of it: its status line, Date, the
// framing that fits the request's version and method, and fields that cannot be split in two.

import { FieldBlock } from "../../lib/http1/field_block.ts";
import type { HttpResponse } from "../../lib/server/handler.ts";
import { assert, assertEquals, assertMatch } from "../deps.ts";
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

Deno.test("a stream to an HTTP/1.0 peer ends with the connection (RFC 9112 6.3)", async () => {
  await using server = serveTest(() => ({ status: 200, fields, content: streamOf("a", "b") }));
  using client = await server.connect();
  await client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const answer = await client.readResponse();
  assertEquals([answer.framing, answer.text()], ["eof", "ab"]);
  assertEquals([answer.version, answer.field("connection")], ["1.1", "close"]);
});

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
