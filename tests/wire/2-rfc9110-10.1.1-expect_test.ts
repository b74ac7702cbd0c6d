// RFC 9110 10.1.1: 100 (Continue) is sent when somebody wants the content and the peer waits for it, and
// never otherwise.

import { assertEquals } from "../deps.ts";
import { contentOf, serveTest, text } from "../support/echo_server.ts";

const PUT = "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";

Deno.test("100 is sent when the handler pulls content that is not there (RFC 9110 10.1.1)", async () => {
  await using server = serveTest(async (request) => text(200, await contentOf(request)));
  using client = await server.connect();
  for (let i = 0; i < 2; i++) {
    await client.send(PUT);
    const interim = await client.readResponse();
    assertEquals([interim.status, interim.fields.length], [100, 0]);
    await client.send("hello");
    const answer = await client.readResponse();
    assertEquals([answer.status, answer.text(), answer.field("connection")], [200, "hello", null]);
  }
});

Deno.test("100 is sent once, however the content is cut (RFC 9110 10.1.1)", async () => {
  await using server = serveTest(async (request) => text(200, await contentOf(request)));
  using client = await server.connect();
  await client.send(PUT);
  assertEquals((await client.readResponse()).status, 100);
  await client.sendInPieces("hello", [1, 2, 3, 4]);
  assertEquals((await client.readResponse()).text(), "hello");
});

Deno.test("100 is not sent when content is there already (RFC 9110 10.1.1)", async () => {
  await using server = serveTest(async (request) => text(200, await contentOf(request)));
  using client = await server.connect();
  await client.send(`${PUT}hello`);
  const answer = await client.readResponse();
  assertEquals([answer.status, answer.text()], [200, "hello"]);
});

Deno.test("100 is not sent to HTTP/1.0 (RFC 9110 10.1.1)", async () => {
  await using server = serveTest(async (request) => text(200, await contentOf(request)));
  using client = await server.connect();
  await client.send("PUT / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  await client.sendInPieces("hello", [2]);
  assertEquals((await client.readResponse()).text(), "hello");
});

Deno.test("100 is not sent when nobody pulls; the answer closes the connection (RFC 9110 10.1.1)", async () => {
  await using server = serveTest(() => text(403, "no"));
  using client = await server.connect();
  await client.send(PUT);
  const answer = await client.readResponse();
  // Whether the content follows, nobody knows: only the end is unambiguous.
  assertEquals([answer.status, answer.field("connection")], [403, "close"]);
  assertEquals(await client.readAllText(), "");
});

Deno.test("an expectation that cannot be met is refused before the handler (RFC 9110 10.1.1)", async () => {
  let calls = 0;
  await using server = serveTest(() => (calls++, text(200, "")));
  using client = await server.connect();
  await client.send(PUT.replace("100-continue", "200-ok"));
  const answer = await client.readResponse();
  assertEquals([answer.status, answer.field("connection"), calls], [417, "close", 0]);
  assertEquals(await client.readAllText(), "");
});

Deno.test("100 is sent when the answer is made of the content (RFC 9110 10.1.1)", async () => {
  await using server = serveTest(({ content }) => ({ ...text(200, ""), content }));
  using client = await server.connect();
  await client.send(PUT);
  assertEquals((await client.readResponse()).status, 100);
  await client.send("hello");
  assertEquals((await client.readResponse()).text(), "hello");
});
