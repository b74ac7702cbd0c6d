// A connection that speaks another protocol, at the end of its server, and beside other connections.

import { serve } from "../../lib/server/serve.ts";
import { assert, assertEquals } from "../deps.ts";
import { listenFake } from "../support/fake_listener.ts";
import { FakeTransport } from "../support/fake_transport.ts";
import { connect, toBytes } from "../support/raw_client.ts";
import { answer, startServer } from "../support/server.ts";
import { ASK, ask, echo, readText, upgrade } from "../support/echo_protocol.ts";

Deno.test("at shutdown the protocol is told, says goodbye, and the server ends with it", async () => {
  const draining = Promise.withResolvers<void>();
  await using server = startServer(() =>
    upgrade(async (wire) => {
      assert(!wire.draining.aborted);
      wire.draining.addEventListener("abort", () => {
        wire.write(toBytes("bye"));
        draining.resolve();
      });
      await echo(wire);
    })
  );
  using client = await connect(server.port);
  await ask(client);
  await client.send("hello");
  assertEquals(await readText(client, 5), "hello");
  const closed = server.server.shutdown({ grace: 60 });
  await draining.promise;
  assertEquals(await readText(client, 3), "bye");
  // It is still in flight: the peer may answer.
  await client.send("you too");
  assertEquals(await readText(client, 7), "you too");
  await client.closeWrite();
  await closed;
  assertEquals(server.exchanges.map(({ contentLength, isCut }) => ({ contentLength, isCut })), [
    { contentLength: 15, isCut: false },
  ]);
  assertEquals(server.handlerErrors, []);
});

Deno.test("what draining ends by its reason is no failure", async () => {
  await using server = startServer(() =>
    upgrade((wire) =>
      new Promise((_, reject) => {
        wire.draining.addEventListener("abort", () => reject(wire.draining.reason));
      })
    )
  );
  using client = await connect(server.port);
  await ask(client);
  const closed = server.server.shutdown({ grace: 60 });
  assertEquals(await client.readAllText(), "");
  client.close();
  await closed;
  assertEquals(server.handlerErrors, []);
});

Deno.test("a protocol that begins while the server shuts down is told at once", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  await using server = startServer(async () => {
    asked.resolve();
    await promise;
    return upgrade(async (wire) => await wire.write(toBytes(String(wire.draining.aborted))));
  });
  using client = await connect(server.port);
  await client.send(ASK);
  await asked.promise;
  const closed = server.server.shutdown({ grace: 60 });
  resolve();
  assertEquals((await client.readResponse()).status, 101);
  assertEquals(await client.readAllText(), "true");
  client.close();
  await closed;
});

Deno.test("a protocol that never ends is cut at the end of the grace, and logged", async () => {
  await using server = startServer(() => upgrade(() => new Promise(() => {})));
  using client = await connect(server.port);
  await ask(client);
  await server.server.shutdown({ grace: 0.02 });
  assertEquals(server.exchanges.map(({ status, isCut }) => ({ status, isCut })), [
    { status: 101, isCut: true },
  ]);
  assertEquals(server.handlerErrors, []);
});

Deno.test("a read that waits when the grace ends is ended", async () => {
  const met = Promise.withResolvers<unknown>();
  await using server = startServer(() =>
    upgrade(async (wire) => {
      await wire.read().catch((error) => {
        met.resolve(error);
        throw error;
      });
    })
  );
  using client = await connect(server.port);
  await ask(client);
  await server.server.shutdown({ grace: 0 });
  assert(await met.promise instanceof Deno.errors.ConnectionAborted);
  assertEquals(server.handlerErrors, []);
  assertEquals(server.exchanges.length, 1);
});

Deno.test("where the connection is closed before the 101 the protocol learns that it is gone", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const met = Promise.withResolvers<{ isGone: boolean; outcome: PromiseSettledResult<unknown> }>();
  await using server = startServer(async () => {
    asked.resolve();
    await promise;
    return upgrade(async (wire) => {
      const isGone = wire.gone.aborted;
      const [outcome] = await Promise.allSettled([wire.read()]);
      met.resolve({ isGone, outcome: outcome! });
    });
  });
  using client = await connect(server.port);
  await client.send(ASK);
  await asked.promise;
  await server.server.shutdown({ grace: 0 });
  resolve();
  const { isGone, outcome } = await met.promise;
  await new Promise((next) => setTimeout(next));
  assert(isGone);
  assertEquals(outcome.status, "rejected");
  assertEquals(server.exchanges, []);
  assertEquals(server.handlerErrors, []);
});

Deno.test("a handler's other answers still work beside an upgrade on another connection", async () => {
  await using server = startServer((request) =>
    request.target.raw === "/echo" ? upgrade(echo) : answer(toBytes("plain"))
  );
  using one = await connect(server.port);
  using other = await connect(server.port);
  await ask(one);
  await other.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  assertEquals((await other.readResponse()).text(), "plain");
  await one.send("hello");
  assertEquals(await readText(one, 5), "hello");
  assertEquals(server.server.connections, 2);
});

Deno.test("a peer's end is read once, and nobody waits for another", async () => {
  const transport = new FakeTransport();
  const ended = Promise.withResolvers<number>();
  await using server = startServer(() =>
    upgrade(async (wire) => {
      assertEquals(await wire.read(), null);
      assertEquals(await wire.read(), null);
      ended.resolve(transport.reads.length);
    }), { listener: listenFake(transport), deadlines: { linger: 60 } });
  transport.bring(ASK);
  transport.bring(null);
  assertEquals(await ended.promise, 2);
  await server.connections(0);
  assertEquals(transport.reads.length, 2);
});

Deno.test("what the protocol receives is counted, early octets, too", async () => {
  const received: number[] = [];
  const closed = Promise.withResolvers<void>();
  const transport = new FakeTransport();
  const server = serve(() => upgrade(echo), {
    listener: listenFake(transport),
    observer: { onContent: (length) => received.push(length), onClose: closed.resolve },
  });
  transport.bring(`${ASK}early`);
  transport.bring("and late");
  transport.bring(null);
  await closed.promise;
  await server.shutdown();
  assertEquals(received, [5, 8]);
});
