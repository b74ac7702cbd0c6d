// RFC 9112 9.3: what the answer says about the connection and what then becomes of it, and what is done with
// content that no handler read.

import type { Handler } from "../../lib/server/handler.ts";
import { assertEquals, assertRejects } from "../deps.ts";
import { contentOf, serveTest, text } from "../support/echo_server.ts";

const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`;
const post = (length: number) => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`;

const connections: [name: string, head: string, says: string | null][] = [
  ["HTTP/1.1", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", null],
  ["HTTP/1.1 with close", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "close"],
  ["HTTP/1.1 with keep-alive", "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", null],
  ["HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", "close"],
  ["HTTP/1.0 with keep-alive", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "keep-alive"],
];

for (const [name, head, says] of connections) {
  Deno.test(`the answer to ${name} says ${says ?? "nothing"} about the connection (RFC 9112 9.3)`, async () => {
    await using server = serveTest(() => text(200, "hello"));
    using client = await server.connect();
    await client.send(head);
    const answer = await client.readResponse();
    assertEquals([answer.field("connection"), answer.framing], [says, "length"]);
    if (says === "close") return assertEquals(await client.readAllText(), "");
    await client.send(head);
    assertEquals((await client.readResponse()).text(), "hello");
  });
}

Deno.test("little content that no handler reads is thrown away (RFC 9112 9.3)", async () => {
  await using server = serveTest(() => text(200, "done"));
  using client = await server.connect();
  for (const length of [1, 1_000, 200_000]) {
    await client.send(post(length) + "x".repeat(length) + get("/next"));
    for (let i = 0; i < 2; i++) {
      const answer = await client.readResponse();
      assertEquals([answer.text(), answer.field("connection")], ["done", null]);
    }
  }
});

Deno.test("content that a handler reads half is thrown away for the other half (RFC 9112 9.3)", async () => {
  await using server = serveTest(async ({ content }) => {
    const reader = content?.getReader();
    const piece = await reader?.read();
    return text(200, String(piece === undefined ? "none" : piece.value!.length > 0));
  });
  using client = await server.connect();
  await client.send(post(100_000));
  await client.send("x".repeat(100_000) + get("/next"));
  assertEquals((await client.readResponse()).text(), "true");
  assertEquals((await client.readResponse()).text(), "none");
});

const leaving: [name: string, handler: Handler, status: number][] = [
  ["throws without a look at it", () => {
    throw new Error("Out of tea");
  }, 500],
  ["throws with half of it read", async ({ content }) => {
    await content?.getReader().read();
    throw new Error("Out of tea");
  }, 500],
  ["cancels it", async ({ content }) => {
    await content?.cancel();
    return text(200, "done");
  }, 200],
  ["holds on to it", ({ content }) => {
    content?.getReader();
    return text(200, "done");
  }, 200],
];

for (const [name, handler, status] of leaving) {
  Deno.test(`content that a handler ${name} is no next request (RFC 9112 9.3)`, async () => {
    await using server = serveTest((request) =>
      request.target.raw === "/" ? handler(request) : text(200, request.target.raw)
    );
    using client = await server.connect();
    for (let i = 0; i < 2; i++) {
      const smuggled = get("/smuggled").repeat(3_000);
      await client.send(post(smuggled.length) + smuggled + get("/next"));
      const answer = await client.readResponse();
      assertEquals([answer.status, answer.field("connection")], [status, null]);
      assertEquals((await client.readResponse()).text(), "/next");
    }
  });
}

Deno.test("content that a handler wants after its answer is gone (RFC 9112 9.3)", async () => {
  const { promise: answered, resolve: goOn } = Promise.withResolvers<void>();
  let late: Promise<string> | null = null;
  await using server = serveTest((request) => {
    if (request.content === null) return text(200, "next");
    late = answered.then(() => contentOf(request));
    late.catch(() => {});
    return text(200, "done");
  });
  using client = await server.connect();
  await client.send(`${post(5)}hello`);
  assertEquals((await client.readResponse()).text(), "done");
  await client.send(get("/next"));
  assertEquals((await client.readResponse()).text(), "next");
  goOn();
  await assertRejects(() => late!, TypeError, "its request is over");
  await client.send(get("/next"));
  assertEquals((await client.readResponse()).text(), "next");
});
