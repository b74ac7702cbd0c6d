// RFC 9112 9.3 to 9.6: what the answer says about the connection and what then becomes of it, in what
// order pipelined answers come, and what is done with content that no handler read.

import { assertEquals } from "../deps.ts";
import { serveEcho, serveTest, text } from "../support/echo_server.ts";

const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`;

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

const post = (length: number) => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`;

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

Deno.test("chunked content that no handler reads is thrown away (RFC 9112 9.3)", async () => {
  await using server = serveTest(() => text(200, "done"));
  using client = await server.connect();
  const chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
    "5\r\nhello\r\n0\r\nA: b\r\n\r\n";
  await client.sendInPieces(chunked + get("/next"), [70, 80, 90]);
  for (let i = 0; i < 2; i++) assertEquals((await client.readResponse()).text(), "done");
});

Deno.test("much content that no handler reads ends the connection, after the answer (RFC 9112 9.6)", async () => {
  await using server = serveTest(() => text(200, "done"));
  using client = await server.connect();
  const length = 2_000_000;
  await client.send(post(length) + "x".repeat(length));
  const answer = await client.readResponse();
  assertEquals([answer.text(), answer.field("connection")], ["done", "close"]);
  assertEquals(await client.readAllText(), "");
});

Deno.test("chunks without end that no handler reads end the connection, after the answer (RFC 9112 9.6)", async () => {
  await using server = serveTest(() => text(200, "done"));
  using client = await server.connect();
  const chunks = `3e8\r\n${"x".repeat(1_000)}\r\n`.repeat(2_000);
  await client.send(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`);
  await client.send(`0\r\n\r\n${get("/next")}`);
  assertEquals((await client.readResponse()).text(), "done");
  assertEquals(await client.readAllText(), "");
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

Deno.test("bad chunks that no handler reads end the connection, after the answer (RFC 9112 7.1)", async () => {
  await using server = serveTest(() => text(200, "done"));
  using client = await server.connect();
  await client.send(
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n" + get("/next"),
  );
  assertEquals((await client.readResponse()).text(), "done");
  assertEquals(await client.readAllText(), "");
});

Deno.test("a peer that ends its side behind pipelined requests gets all answers (RFC 9112 9.6)", async () => {
  await using server = serveEcho();
  using client = await server.connect();
  await client.send(get("/1") + get("/2") + get("/3"));
  await client.closeWrite();
  for (const target of ["/1", "/2", "/3"]) {
    assertEquals((await client.readResponse()).text(), `GET ${target}`);
  }
  assertEquals(await client.readAllText(), "");
});
