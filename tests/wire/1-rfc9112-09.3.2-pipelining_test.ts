// RFC 9112 9.3.2: answers come in the requests' order, each within its borders.

import { assertEquals } from "../deps.ts";
import { serveTest, text } from "../support/echo_server.ts";

const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`;

Deno.test("pipelined requests are answered in order, also when the first takes longest (RFC 9112 9.3.2)", async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const calls: string[] = [];
  await using server = serveTest((request) => {
    calls.push(request.target.raw);
    const answer = text(200, request.target.raw);
    return request.target.raw === "/slow" ? gate.then(() => answer) : answer;
  });
  using client = await server.connect();
  await client.send(get("/1") + get("/slow") + get("/3") + get("/4"));
  // The answer before the slow one does not wait for it.
  assertEquals((await client.readResponse()).text(), "/1");
  assertEquals(calls, ["/1", "/slow"]);
  open();
  for (const target of ["/slow", "/3", "/4"]) {
    assertEquals((await client.readResponse()).text(), target);
  }
});

Deno.test("pipelined answers of all kinds keep their borders (RFC 9112 9.3.2)", async () => {
  const big = "b".repeat(60_000);
  await using server = serveTest(({ target }) => {
    switch (target.raw) {
      case "/stream":
        return { ...text(200, ""), content: ReadableStream.from([new Uint8Array(3)]) };
      case "/big":
        return text(200, big);
      case "/throw":
        throw new Error("Out of tea");
      default:
        return text(Number(target.raw.slice(1)), "small");
    }
  });
  using client = await server.connect();
  const targets = ["/200", "/stream", "/204", "/big", "/throw", "/304", "/404", "/big", "/200"];
  for (let round = 0; round < 3; round++) {
    await client.send(targets.map(get).join(""));
    const seen: string[] = [];
    for (const _ of targets) {
      const answer = await client.readResponse();
      seen.push(`${answer.status} ${answer.content.length}`);
    }
    assertEquals(seen.map((line) => line.replace(/^500 .*/, "500")), [
      "200 5",
      "200 3",
      "204 0",
      "200 60000",
      "500",
      "304 0",
      "404 5",
      "200 60000",
      "200 5",
    ]);
  }
});
