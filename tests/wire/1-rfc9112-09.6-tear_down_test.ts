// RFC 9112 9.6: how a connection ends: with an answer that arrives, whatever else the peer sends, and without
// a look at what comes behind it.

import { assertEquals } from "../deps.ts";
import { contentOf, serveEcho, serveTest, text } from "../support/echo_server.ts";

const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`;
const post = (length: number) => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`;

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

Deno.test("content that nobody asked for does not reset the connection (RFC 9112 9.6)", async () => {
  await using server = serveTest(() => text(403, "no"));
  using client = await server.connect();
  await client.send(post(500_000).replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n"));
  assertEquals((await client.readResponse()).status, 403);
  await client.send("x".repeat(500_000));
  assertEquals(await client.readAllText(), "");
});

Deno.test("no request is looked at behind an answer that says close (RFC 9112 9.6)", async () => {
  const calls: string[] = [];
  await using server = serveTest(({ target }) => {
    calls.push(target.raw);
    return text(200, target.raw);
  }, { limits: { requestsPerConnection: 2 } });
  using client = await server.connect();
  await client.send(["/1", "/2", "/3", "/4"].map(get).join(""));
  for (const [target, says] of [["/1", null], ["/2", "close"]]) {
    const answer = await client.readResponse();
    assertEquals([answer.text(), answer.field("connection")], [target, says]);
  }
  assertEquals(await client.readAllText(), "");
  assertEquals(calls, ["/1", "/2"]);
});

Deno.test("no request is looked at behind one that says close, content or not (RFC 9112 9.6)", async () => {
  const calls: string[] = [];
  await using server = serveTest(({ target }) => {
    calls.push(target.raw);
    return text(200, target.raw);
  });
  for (const content of ["", "hello"]) {
    using client = await server.connect();
    const first = post(content.length).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    await client.send(first + content + get("/never"));
    assertEquals((await client.readResponse()).field("connection"), "close");
    assertEquals(await client.readAllText(), "");
  }
  assertEquals(calls, ["/", "/"]);
});
