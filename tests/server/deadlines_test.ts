// Every deadline, made to pass by a peer that falls silent. Nothing is timed: each test waits for what
// the deadline causes.

import { assert, assertEquals, assertStringIncludes } from "../deps.ts";
import { listenTls } from "../../lib/net/tls.ts";
import { makeSelfSigned } from "../../lib/net/self_signed.ts";
import { FakeTransport } from "../support/fake_transport.ts";
import { listenFake } from "../support/fake_listener.ts";
import { connect } from "../support/raw_client.ts";
import { answer, startServer, text } from "../support/server.ts";

const REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

Deno.test("a head that does not arrive in time is answered with 408 (RFC 9110 15.5.9)", async () => {
  await using server = startServer(() => text("x"), { deadlines: { head: 0.02 } });
  using client = await connect(server.port);
  await client.send("GET / HTTP/1.1\r\nHo");
  const response = await client.readResponse();
  assertEquals(response.status, 408);
  assertEquals(response.field("connection"), "close");
  assertEquals((await client.readAll()).length, 0);
  assertEquals(server.exchanges.map(({ status }) => status), [408]);
});

Deno.test("a head that trickles in is late all the same", async () => {
  await using server = startServer(() => text("x"), { deadlines: { head: 0.05, idle: 60 } });
  using client = await connect(server.port);
  const { promise: answered, resolve } = Promise.withResolvers<void>();
  let isAnswered = false;
  answered.then(() => isAnswered = true);
  const trickle = (async () => {
    await client.send("GET / HTTP/1.1\r\nHost: a\r\n");
    for (let i = 0; !isAnswered && i < 5_000; i++) {
      await client.send("a");
      await new Promise((next) => setTimeout(next, 5));
    }
  })();
  assertEquals((await client.readResponse()).status, 408);
  resolve();
  await trickle;
});

Deno.test("a connection that stays silent between requests is closed without a word", async () => {
  await using server = startServer(() => text("x"), { deadlines: { idle: 0.02 } });
  using fresh = await connect(server.port);
  assertEquals((await fresh.readAll()).length, 0);
  using used = await connect(server.port);
  await used.send(REQUEST);
  assertEquals((await used.readResponse()).text(), "x");
  assertEquals((await used.readAll()).length, 0);
});

Deno.test("an idle connection is ended, and what comes too late makes no reset (RFC 9112 9.6)", async () => {
  await using server = startServer(() => text("x"), { deadlines: { idle: 0.02, linger: 60 } });
  using client = await connect(server.port);
  await client.send(REQUEST);
  assertEquals((await client.readResponse()).text(), "x");
  assertEquals((await client.readAll()).length, 0);
  await client.send(REQUEST);
  assertEquals((await client.readAll()).length, 0);
  assertEquals(server.server.connections, 1);
  client.close();
  await server.connections(0);
  assertEquals(server.exchanges.length, 1);
});

Deno.test("an idle connection whose end cannot be sent is given up", async () => {
  const transport = Object.assign(new FakeTransport(), {
    closeWrite: () => new Promise<void>(() => {}),
  });
  await using server = startServer(() => text("x"), {
    listener: listenFake(transport),
    deadlines: { idle: 0.02, answer: 0.02 },
  });
  transport.bring(REQUEST);
  await server.connections(1);
  await server.connections(0);
  assertEquals(transport.closed, 1);
});

Deno.test("content that stops arriving is answered with 408", async () => {
  await using server = startServer(async (request) => {
    let length = 0;
    for await (const piece of request.content!) length += piece.length;
    return text(String(length));
  }, { deadlines: { content: 0.02 } });
  using client = await connect(server.port);
  await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
  const response = await client.readResponse();
  assertEquals(response.status, 408);
  assertStringIncludes(response.text(), "content");
  client.closeWrite();
  await server.connections(0);
  assertEquals(server.handlerErrors, []);
});

Deno.test("an answer under way is cut when the content it echoes stops arriving", async () => {
  await using server = startServer((request) => answer(request.content), {
    deadlines: { content: 0.02 },
  });
  using client = await connect(server.port);
  await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
  const received = new TextDecoder().decode(await client.readAll());
  assertStringIncludes(received, "4\r\nhalf\r\n");
  assert(!received.endsWith("0\r\n\r\n"), "the last chunk must not come");
  assertEquals(server.exchanges.map(({ isCut }) => isCut), [true]);
});

Deno.test("a peer that takes nothing of its answer is cut, and its stream is cancelled", async () => {
  const cancelled = Promise.withResolvers<void>();
  await using server = startServer(() =>
    answer(
      new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(1 << 20)),
        cancel: () => cancelled.resolve(),
      }),
    ), { deadlines: { answer: 0.05 } });
  using client = await connect(server.port);
  await client.send(REQUEST);
  await cancelled.promise;
  await server.server.shutdown({ grace: 0 });
  assertEquals(server.exchanges.map(({ isCut }) => isCut), [true]);
  assertEquals(server.handlerErrors, []);
});

Deno.test("a slow but steady reader gets all of a big answer", async () => {
  const size = 8 << 20;
  await using server = startServer(() => answer(new Uint8Array(size)), {
    deadlines: { answer: 0.2 },
  });
  using client = await connect(server.port);
  await client.send(REQUEST);
  const head = "\r\n\r\n";
  let received = "";
  while (!received.endsWith(head)) {
    received += new TextDecoder().decode(await client.readBytes(1));
  }
  let left = size;
  while (left > 0) {
    left -= (await client.readBytes(Math.min(left, 512 * 1024))).length;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await client.send(REQUEST.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
  assertStringIncludes(new TextDecoder().decode(await client.readBytes(15)), "HTTP/1.1 200 OK");
});

Deno.test("after the last answer the connection waits for the peer's end, but not for ever", async () => {
  await using server = startServer(() => text("x"), { deadlines: { linger: 0.02 } });
  using client = await connect(server.port);
  await client.send("GET / HTTP/1.0\r\n\r\n");
  assertEquals((await client.readResponse()).text(), "x");
  await server.connections(0);
});

Deno.test("a handler may take as long as it likes", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  await using server = startServer(async () => {
    await promise;
    return text("late");
  }, { deadlines: { head: 0.01, idle: 0.01, content: 0.01, answer: 0.01, linger: 0.01 } });
  using client = await connect(server.port);
  await client.send(REQUEST);
  // Another connection's idle deadline passes meanwhile.
  using other = await connect(server.port);
  assertEquals((await other.readAll()).length, 0);
  resolve();
  assertEquals((await client.readResponse()).text(), "late");
});

Deno.test("a TLS handshake that is not complete in time ends the connection, whatever the idle deadline", async () => {
  const identity = await makeSelfSigned({ names: ["localhost"] });
  const listener = listenTls({ hostname: "127.0.0.1", port: 0, identity });
  await using server = startServer(() => text("x"), {
    listener,
    deadlines: { handshake: 0.02, idle: 60 },
  });
  using silent = await connect(server.port);
  // The beginning of a record that never ends.
  using slow = await connect(server.port);
  await slow.send("\x16\x03\x01\x02\x00\x01");
  await server.connections(2);
  await server.connections(0);
  silent.close();
});

Deno.test("behind the handshake the idle deadline counts, and requests are answered", async () => {
  const identity = await makeSelfSigned({ names: ["localhost"] });
  const listener = listenTls({ hostname: "127.0.0.1", port: 0, identity });
  await using server = startServer(() => text("x"), { listener, deadlines: { idle: 0.05 } });
  using client = await connect(server.port, { caCerts: [identity.certificate] });
  await client.send(REQUEST);
  assertEquals((await client.readResponse()).text(), "x");
  assertEquals((await client.readAll()).length, 0);
});

Deno.test("a handshake under way is given up where the server shuts down", async () => {
  const transport = new FakeTransport();
  const { promise, reject } = Promise.withResolvers<void>();
  const listener = listenFake(
    Object.assign(transport, {
      handshake: () => promise,
      close: () => reject(new Deno.errors.Interrupted()),
    }),
  );
  await using server = startServer(() => text("x"), { listener, deadlines: { handshake: 60 } });
  await server.connections(1);
  const closed = server.server.shutdown({ grace: 60 });
  await server.connections(0);
  await closed;
  assertEquals(transport.written, []);
});
