// RFC 9112 8: an answer that cannot be finished is cut, so that the peer sees it, and a request that is not
// complete is never taken for one that is.

import { assert, assertEquals, assertRejects, assertStringIncludes } from "../deps.ts";
import { contentOf, serveTest, text } from "../support/echo_server.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

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

/** What came before the connection ended, in whatever way. */
async function readUntilGone(
  client: { readBytes(length: number): Promise<Uint8Array>; pending: Uint8Array },
): Promise<string> {
  await assertRejects(() => client.readBytes(1_000_000));
  return new TextDecoder().decode(client.pending);
}

Deno.test("a handler that reads content which is cut short sees it fail (RFC 9112 8)", async () => {
  for (
    const content of ["Content-Length: 9\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhe"]
  ) {
    const { promise: seen, resolve } = Promise.withResolvers<unknown>();
    await using server = serveTest(async (request) => {
      await contentOf(request).catch(resolve);
      return text(200, "fine");
    });
    using client = await server.connect();
    await client.send(`PUT / HTTP/1.1\r\nHost: a\r\n${content}`);
    await client.closeWrite();
    assertEquals((await client.readResponse()).status, 400);
    assertEquals((await seen as Error).name, "ProtocolError");
    assertEquals(await client.readAllText(), "");
  }
});
