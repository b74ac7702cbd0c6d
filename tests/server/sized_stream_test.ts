// Streams whose length was promised: the head says it, and the stream is held to it.

import { SizedStream } from "../../lib/server/file_slice.ts";
import type { HttpResponse } from "../../lib/server/handler.ts";
import { assert, assertEquals } from "../deps.ts";
import { connect } from "../support/raw_client.ts";
import { answer, startServer } from "../support/server.ts";

const REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const encoder = new TextEncoder();

/** A stream of these pieces, and how often it was cancelled. */
function streamOf(...pieces: string[]) {
  const source = { cancelled: 0 };
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = pieces.shift();
      if (piece === undefined) controller.close();
      else controller.enqueue(encoder.encode(piece));
    },
    cancel() {
      source.cancelled++;
    },
  }, { highWaterMark: 0 });
  return { source, stream };
}

function sized(length: number, ...pieces: string[]) {
  const { source, stream } = streamOf(...pieces);
  const make = (): HttpResponse => answer(new SizedStream(length, stream));
  return { source, make };
}

Deno.test("a stream whose length is known is sent with it, and the connection lives on", async () => {
  const answers = [sized(5, "ab", "", "cde"), sized(0), sized(2, "x", "y")];
  const made = answers.map(({ make }) => make);
  await using server = startServer(() => made.shift()!());
  using client = await connect(server.port);
  await client.send(REQUEST.repeat(3));
  for (const content of ["abcde", "", "xy"]) {
    const response = await client.readResponse();
    assertEquals([response.framing, response.text()], ["length", content]);
  }
  assertEquals(answers.map(({ source }) => source.cancelled), [0, 0, 0]);
  assertEquals(server.exchanges.map(({ contentLength }) => contentLength), [5, 0, 2]);
});

Deno.test("to HTTP/1.0 it is sent with its length, and the connection can live on", async () => {
  const { make } = sized(3, "abc");
  await using server = startServer(make);
  using client = await connect(server.port);
  await client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const response = await client.readResponse();
  assertEquals([response.framing, response.text()], ["length", "abc"]);
  assertEquals(response.field("connection"), "keep-alive");
});

for (const pieces of [["abcdef"], ["abc", "def"], ["abcd", "ef"], ["ab", "cde"]]) {
  Deno.test(`of ${JSON.stringify(pieces)} no more is sent than 4 octets, and the rest is cancelled`, async () => {
    const { source, make } = sized(4, ...pieces, "endless");
    await using server = startServer(make);
    using client = await connect(server.port);
    await client.send(REQUEST);
    assertEquals((await client.readResponse()).text(), "abcd");
    await client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const rest = await client.readAllText();
    assert(!rest.includes("ef"), rest);
    assertEquals(source.cancelled, 1);
  });
}

Deno.test("a stream that is shorter than its length cuts the answer (RFC 9112 8)", async () => {
  const { make } = sized(5, "abcd");
  await using server = startServer(make);
  using client = await connect(server.port);
  await client.send(REQUEST);
  const received = await client.readAllText();
  assert(received.endsWith("Content-Length: 5\r\n\r\nabcd"), received);
  assertEquals(server.exchanges.map(({ isCut }) => isCut), [true]);
  assertEquals(server.handlerErrors.map(String), [
    "RangeError: Cannot send the stream: it is shorter than its length",
  ]);
});

for (
  const [what, request, status] of [
    ["HEAD", REQUEST.replace("GET", "HEAD"), 200],
    ["304", REQUEST, 304],
  ] as const
) {
  Deno.test(`with ${what} it is cancelled and not sent`, async () => {
    const { source, make } = sized(5, "abcde");
    await using server = startServer(() => ({ ...make(), status }));
    using client = await connect(server.port);
    await client.send(request);
    const response = await client.readResponse({ head: true });
    assertEquals(response.field("content-length"), status === 304 ? null : "5");
    await server.server.shutdown({ grace: 0 });
    assertEquals(source.cancelled, 1);
  });
}
