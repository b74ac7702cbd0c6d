// Which answers make a 101, and what is sent with it (RFC 9110 7.8, 15.2.2), over real sockets.

import { FieldBlock } from "../../lib/http1/field_block.ts";
import { makeSelfSigned } from "../../lib/net/self_signed.ts";
import { listenTls } from "../../lib/net/tls.ts";
import type { Content, HttpResponse } from "../../lib/server/handler.ts";
import type { Exchange } from "../../lib/server/observer.ts";
import { Upgrade } from "../../lib/server/upgrade.ts";
import { assert, assertEquals } from "../deps.ts";
import { connect, toBytes } from "../support/raw_client.ts";
import { startServer, text } from "../support/server.ts";
import { ASK, echo, echoing, readText, upgrade } from "../support/echo_protocol.ts";

Deno.test("a 101 names the protocol, frames nothing, and the octets belong to the protocol (RFC 9110 15.2.2)", async () => {
  await using server = startServer(() => ({
    ...upgrade(echo),
    fields: new FieldBlock([["Sec-Echo-Accept", "yes"]]),
  }));
  using client = await connect(server.port);
  await client.send(ASK);
  const { status, reason, fields } = await client.readResponse();
  assertEquals([status, reason], [101, "Switching Protocols"]);
  assertEquals(fields.map(([name]) => name), ["Date", "Connection", "Upgrade", "Sec-Echo-Accept"]);
  assertEquals(fields.slice(1).map(([, value]) => value), ["Upgrade", "echo", "yes"]);
  await client.send("ping");
  assertEquals(await readText(client, 4), "ping");
  await client.send("GET / HTTP/1.1\r\n\r\n");
  assertEquals(await readText(client, 18), "GET / HTTP/1.1\r\n\r\n");
  await client.closeWrite();
  assertEquals(await client.readAllText(), "");
  await server.connections(0);
  assertEquals(server.handlerErrors, []);
});

Deno.test("the log has its line when the protocol has ended, with the octets that were sent", async () => {
  await using server = startServer(echoing);
  using client = await connect(server.port);
  await client.send(ASK.replace("\r\n\r\n", "\r\nUser-Agent: a/1\r\n\r\n"));
  await client.readResponse();
  await client.send("x".repeat(5_000));
  await client.readBytes(5_000);
  assertEquals(server.exchanges, []);
  await client.closeWrite();
  await client.readAll();
  const [{ request, status, contentLength, isCut }] = server.exchanges as [Exchange];
  assertEquals({ status, contentLength, isCut }, {
    status: 101,
    contentLength: 5_000,
    isCut: false,
  });
  assertEquals([request?.target.raw, request?.fields.get("user-agent")], ["/echo", "a/1"]);
});

Deno.test("octets that came behind the head are the protocol's first", async () => {
  await using server = startServer(echoing);
  using client = await connect(server.port);
  await client.send(`${ASK}early`);
  assertEquals((await client.readResponse()).status, 101);
  assertEquals(await readText(client, 5), "early");
  await client.send("late");
  assertEquals(await readText(client, 4), "late");
});

Deno.test("octets that came while the handler watched for the peer's leave are the protocol's, too", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  await using server = startServer(async (request) => {
    assert(!request.signal.aborted);
    await promise;
    return upgrade(echo);
  });
  using client = await connect(server.port);
  await client.send(ASK);
  await client.send("early");
  resolve();
  assertEquals((await client.readResponse()).status, 101);
  assertEquals(await readText(client, 5), "early");
  await client.closeWrite();
  assertEquals(await client.readAllText(), "");
});

for (const how of ["at once", "by promise"]) {
  Deno.test(`earlier requests are answered before the 101, where they are answered ${how}`, async () => {
    await using server = startServer((request) => {
      const response = echoing(request) as HttpResponse;
      return how === "at once" ? response : Promise.resolve(response);
    });
    using client = await connect(server.port);
    const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
    await client.send(`${get("/1")}${get("/2")}${ASK}hello`);
    assertEquals((await client.readResponse()).text(), "/1");
    assertEquals((await client.readResponse()).text(), "/2");
    assertEquals((await client.readResponse()).status, 101);
    assertEquals(await readText(client, 5), "hello");
  });
}

Deno.test("a head byte by byte upgrades as one in one piece does", async () => {
  await using server = startServer(echoing);
  using client = await connect(server.port);
  await client.sendInPieces(`${ASK}hello`, Array.from({ length: ASK.length + 4 }, (_, i) => i + 1));
  assertEquals((await client.readResponse()).status, 101);
  assertEquals(await readText(client, 5), "hello");
});

Deno.test("an upgrade works over TLS", async () => {
  const identity = await makeSelfSigned({ names: ["localhost"] });
  const listener = listenTls({ hostname: "127.0.0.1", port: 0, identity });
  await using server = startServer(echoing, { listener });
  using client = await connect(server.port, { caCerts: [identity.certificate] });
  await client.send(`${ASK}hello`);
  assertEquals((await client.readResponse()).status, 101);
  assertEquals(await readText(client, 5), "hello");
  client.close();
  await server.connections(0);
});

const asked: [what: string, lines: string, protocol?: string][] = [
  ["whatever the case", "CONNECTION: uPGRADE\r\nUPGRADE: ECHO"],
  ["beside others", "Connection: keep-alive, Upgrade\r\nUpgrade: h2c, echo , other/1"],
  [
    "in several lines",
    "Connection: keep-alive\r\nConnection: upgrade\r\nUpgrade: a\r\nUpgrade: echo",
  ],
  ["with its version", "Connection: upgrade\r\nUpgrade: echo/2", "echo/2"],
  ["with a length of no octets", "Connection: upgrade\r\nUpgrade: echo\r\nContent-Length: 0"],
];

for (const [what, lines, protocol = "echo"] of asked) {
  Deno.test(`a protocol is asked for ${what} (RFC 9110 7.8)`, async () => {
    await using server = startServer(() => upgrade(echo, protocol));
    using client = await connect(server.port);
    await client.send(`GET / HTTP/1.1\r\nHost: a\r\n${lines}\r\n\r\nhello`);
    const response = await client.readResponse();
    assertEquals([response.status, response.field("upgrade")], [101, protocol]);
    assertEquals(await readText(client, 5), "hello");
  });
}

Deno.test("100 comes before 101 where it is waited for (RFC 9110 7.8)", async () => {
  await using server = startServer(echoing);
  using client = await connect(server.port);
  await client.send(ASK.replace("Host", "Expect: 100-continue\r\nHost"));
  assertEquals((await client.readResponse()).status, 100);
  assertEquals((await client.readResponse()).status, 101);
  await client.send("hello");
  assertEquals(await readText(client, 5), "hello");
});

const OTHER = (status: number, content: Content) => ({ status, fields: FieldBlock.EMPTY, content });
const faults: [what: string, head: string, answer: HttpResponse][] = [
  ["to HTTP/1.0", ASK.replace("1.1", "1.0"), upgrade(echo)],
  ["without Upgrade", ASK.replace("Upgrade: echo\r\n", ""), upgrade(echo)],
  ["without Connection", ASK.replace("Connection: Upgrade\r\n", ""), upgrade(echo)],
  ["with another option in Connection", ASK.replace(": Upgrade", ": upgrades"), upgrade(echo)],
  ["to a protocol that was not asked for", ASK, upgrade(echo, "websocket")],
  ["to another version", ASK.replace("echo\r", "echo/1\r"), upgrade(echo, "echo/2")],
  ["to a version where none was asked for", ASK, upgrade(echo, "echo/1")],
  ["to two protocols", ASK.replace("echo\r", "echo, b\r"), upgrade(echo, "echo, b")],
  ["to what is no name", ASK.replace("echo\r", "e cho\r"), upgrade(echo, "e cho")],
  ["to no name", ASK.replace("echo\r", "echo,,\r"), upgrade(echo, "")],
  [
    "to a request with content",
    ASK.replace("\r\n\r\n", "\r\nContent-Length: 5\r\n\r\nhello"),
    upgrade(echo),
  ],
  [
    "to a request with chunks, even if there are none",
    ASK.replace("\r\n\r\n", "\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    upgrade(echo),
  ],
  ["to CONNECT", ASK.replace("GET /echo", "CONNECT a:80"), upgrade(echo)],
  ["with another status", ASK, { ...upgrade(echo), status: 200 }],
  ["with 100", ASK, { ...upgrade(echo), status: 100 }],
  ["without an Upgrade", ASK, OTHER(101, null)],
  ["with octets", ASK, OTHER(101, toBytes("hello"))],
];

for (const [what, head, wrong] of faults) {
  for (const how of ["at once", "by promise"]) {
    Deno.test(`an upgrade ${what} is the handler's fault, answered 500, where it is answered ${how}`, async () => {
      let isRun = false;
      const run = () => Promise.resolve(void (isRun = true));
      const { content } = wrong;
      const made = content instanceof Upgrade
        ? { ...wrong, content: new Upgrade(content.protocol, run) }
        : wrong;
      await using server = startServer(() => how === "at once" ? made : Promise.resolve(made));
      using client = await connect(server.port);
      await client.send(head);
      const response = await client.readResponse();
      assertEquals([response.status, response.field("upgrade")], [500, null]);
      assertEquals(server.handlerErrors.map((error) => error instanceof TypeError), [true]);
      assertEquals(server.exchanges.map(({ status }) => status), [500]);
      assert(!isRun);
    });
  }
}

Deno.test("a handler that does not care for Upgrade is asked for the next request, too (RFC 9110 7.8)", async () => {
  await using server = startServer(({ target }) => text(target.raw));
  using client = await connect(server.port);
  await client.send(ASK + ASK.replace("/echo", "/2"));
  assertEquals((await client.readResponse()).text(), "/echo");
  assertEquals((await client.readResponse()).text(), "/2");
});
