// RFC 9110 15.6.1: what a handler's failure looks like from outside, and that it stays with the handler.

import type { Handler } from "../../lib/server/handler.ts";
import { assert, assertEquals } from "../deps.ts";
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
