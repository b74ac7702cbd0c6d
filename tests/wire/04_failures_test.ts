// What goes wrong above the protocol, and below it: a handler that fails gets its peer a 500, or a visibly
// cut answer; a peer that breaks the rules gets the answer that says so, and never a reset that
// overtakes it (RFC 9112 9.6).

import type { Handler } from "../../lib/server/handler.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../deps.ts";
import { contentOf, serveTest, text } from "../support/echo_server.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

const failing: [name: string, handler: Handler][] = [
  ["throws", () => {
    throw new Error("secret of the house");
  }],
  ["rejects", () => Promise.reject(new Error("secret of the house"))],
  ["throws what is no error", () => {
    throw undefined;
  }],
  ["rejects after it has read the content", async (request) => {
    await contentOf(request);
    throw new Error("secret of the house");
  }],
];

for (const [name, handler] of failing) {
  Deno.test(`a handler that ${name} answers 500, tells nothing, and the connection stays (RFC 9110 15.6.1)`, async () => {
    const told: unknown[] = [];
    const observer = { onHandlerError: (error: unknown) => void told.push(error) };
    await using server = serveTest(handler, { observer });
    using client = await server.connect();
    for (let i = 0; i < 2; i++) {
      await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
      const answer = await client.readResponse();
      assertEquals([answer.status, answer.field("connection")], [500, null]);
      assert(!answer.text().includes("secret"));
    }
    assertEquals(told.length, 2);
  });
}

/** A stream that gives `pieces` and then fails. */
function brokenStream(...pieces: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      const piece = pieces.shift();
      if (piece === undefined) controller.error(new Error("secret of the house"));
      else controller.enqueue(new TextEncoder().encode(piece));
    },
  });
}

Deno.test("a stream that fails is cut: the last chunk is not sent (RFC 9112 8)", async () => {
  await using server = serveTest(() => ({
    ...text(200, ""),
    content: brokenStream("hello", "world"),
  }));
  using client = await server.connect();
  await client.send(GET);
  const got = await readUntilGone(client);
  assertStringIncludes(got, "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nworld\r\n");
  assert(got.endsWith("world\r\n"), got);
});

Deno.test("a stream that fails at once is cut as well (RFC 9112 8)", async () => {
  await using server = serveTest(() => ({ ...text(200, ""), content: brokenStream() }));
  using client = await server.connect();
  await client.send(GET + GET);
  const got = await readUntilGone(client);
  assert(got.startsWith("HTTP/1.1 200 OK\r\n") && got.endsWith("\r\n\r\n"), got);
  assertEquals(got.split("HTTP/1.1").length, 2);
});

Deno.test("an observer learns of a stream that failed", async () => {
  const { promise: cut, resolve } = Promise.withResolvers<boolean>();
  const observer = { onExchange: ({ isCut }: { isCut: boolean }) => resolve(isCut) };
  await using server = serveTest(
    () => ({ ...text(200, ""), content: brokenStream("x") }),
    { observer },
  );
  using client = await server.connect();
  await client.send(GET);
  assertEquals(await cut, true);
});

const refused: [name: string, octets: string, status: number][] = [
  ["a bad head", "GET / HTTP/1.1\r\nA b\r\n\r\n", 400],
  ["a head that is too big", `GET / HTTP/1.1\r\nA: ${"b".repeat(40_000)}`, 431],
  ["a target that is too long", `GET /${"b".repeat(9_000)}`, 414],
  ["TLS", "\x16\x03\x01\x02\0\x01\0", 400],
  ["too much content", "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", 413],
  [
    "a bad chunk",
    "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello!",
    400,
  ],
];

for (const [name, octets, status] of refused) {
  for (const more of [0, 1, 4_000_000]) {
    Deno.test(`the answer to ${name} arrives although ${more} octets follow (RFC 9112 9.6)`, async () => {
      await using server = serveTest(async (request) => text(200, await contentOf(request)));
      using client = await server.connect();
      await client.send(octets);
      await client.send("\xff".repeat(more));
      if (more === 0) await client.send("!");
      const answer = await client.readResponse();
      assertEquals([answer.status, answer.field("connection")], [status, "close"]);
      assertEquals(await client.readAllText(), "");
    });
  }
}

Deno.test("a refusal says which rule was broken and repeats nothing (RFC 9110 15.5.1)", async () => {
  await using server = serveTest(() => text(200, ""));
  using client = await server.connect();
  await client.send("GET / HTTP/1.1\r\nHost: a\r\n<script>alert(1)</script>: x\r\n\r\n");
  const answer = await client.readResponse();
  assertEquals(answer.field("content-type"), "text/plain; charset=utf-8");
  assertEquals(answer.field("x-content-type-options"), "nosniff");
  assertStringIncludes(answer.text(), "(RFC 9112 5)");
  assert(!answer.text().includes("script"));
});

Deno.test("a handler that reads bad content sees it fail; the peer is told why (RFC 9112 7.1)", async () => {
  const { promise: seen, resolve } = Promise.withResolvers<unknown>();
  await using server = serveTest(async (request) => {
    // A handler that swallows the failure cannot turn half a request into a success.
    await contentOf(request).catch(resolve);
    return text(200, "fine");
  });
  using client = await server.connect();
  await client.send(refused.at(-1)![1]);
  await client.closeWrite();
  const answer = await client.readResponse();
  assertEquals([answer.status, answer.field("connection")], [400, "close"]);
  assertEquals((await seen as Error).name, "ProtocolError");
});

Deno.test("a connection that breaks breaks no other one", async () => {
  await using server = serveTest(() => text(200, "hello"));
  using steady = await server.connect();
  for (let i = 0; i < 20; i++) {
    using rude = await server.connect();
    await rude.send(i % 2 === 0 ? "GET / HT" : GET.repeat(50));
    rude.close();
    await steady.send(GET);
    assertEquals((await steady.readResponse()).text(), "hello");
  }
});

/** What came before the connection ended, in whatever way. */
async function readUntilGone(
  client: { readBytes(length: number): Promise<Uint8Array>; pending: Uint8Array },
): Promise<string> {
  await assertRejects(() => client.readBytes(1_000_000));
  return new TextDecoder().decode(client.pending);
}
