// A connection that speaks another protocol after a 101, over real sockets. The protocols are small: an echo, and
// whatever shows one property. What a protocol met is awaited, never timed.

import { serve } from "../../lib/server/serve.ts";
import type { UpgradedWire } from "../../lib/server/upgrade.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../deps.ts";
import { listenFake } from "../support/fake_listener.ts";
import { FakeTransport } from "../support/fake_transport.ts";
import { connect, toBytes, toText } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";
import {
  ASK,
  ask,
  BreakingTransport,
  echo,
  echoing,
  readText,
  reasonOf,
  upgrade,
} from "../support/echo_protocol.ts";

Deno.test("a peer that has ended its side can still be written to", async () => {
  await using server = startServer(() =>
    upgrade(async (wire) => {
      while (await wire.read() !== null);
      assertEquals(await wire.read(), null);
      assert(!wire.gone.aborted);
      await wire.write(toBytes("bye"));
    })
  );
  using client = await connect(server.port);
  await client.send(`${ASK}hello`);
  await client.closeWrite();
  assertEquals((await client.readResponse()).status, 101);
  assertEquals(await client.readAllText(), "bye");
  await server.connections(0);
  assertEquals(server.handlerErrors, []);
  assertEquals(server.exchanges.map(({ contentLength }) => contentLength), [3]);
});

Deno.test("when the protocol ends the connection does, after all that was written, whatever the peer still sends", async () => {
  await using server = startServer(() =>
    upgrade((wire) => {
      // A read that nobody waits for any more, and writes that nobody waited for.
      wire.read().catch(() => undefined);
      for (let i = 0; i < 100; i++) wire.write(new Uint8Array(10_000).fill(0x61 + i % 26));
      return Promise.resolve();
    })
  );
  using client = await connect(server.port);
  await ask(client);
  await client.send("x".repeat(100_000));
  const received = await client.readAllText();
  assertEquals(received.length, 1_000_000);
  for (let i = 0; i < 100; i++) {
    assertEquals(received[i * 10_000], String.fromCharCode(0x61 + i % 26));
  }
  await client.closeWrite();
  await server.connections(0);
  assertEquals(server.exchanges.map(({ contentLength }) => contentLength), [1_000_000]);
  assertEquals(server.handlerErrors, []);
});

Deno.test("a protocol that fails is told of, and ends its connection", async () => {
  await using server = startServer(({ target }) =>
    upgrade(() => {
      if (target.raw === "/throws") throw new Error("thrown");
      return Promise.reject(new Error("rejected"));
    })
  );
  for (const path of ["/throws", "/rejects"]) {
    using client = await connect(server.port);
    await client.send(ASK.replace("/echo", path));
    assertEquals((await client.readResponse()).status, 101);
    assertEquals(await client.readAllText(), "");
  }
  assertEquals(server.handlerErrors.map((error) => (error as Error).message), [
    "thrown",
    "rejected",
  ]);
  assertEquals(server.exchanges.map(({ isCut }) => isCut), [true, true]);
});

Deno.test("a wire that breaks ends what waits on it, and is nobody's fault", async () => {
  const met = Promise.withResolvers<unknown[]>();
  await using server = startServer(() =>
    upgrade(async (wire) => {
      // The system tells of the break once: where a write has heard of it a read may find the peer's end.
      const reading = Promise.allSettled([wire.read()]);
      // More than the peer takes: a peer that closes without having read is one that resets.
      const writing = wire.write(new Uint8Array(32 << 20));
      wire.write(toBytes("not looked at"));
      const reasons = [await reasonOf(writing)];
      reasons.push(await reasonOf(wire.read()), await reasonOf(wire.write(toBytes("x"))));
      await reading;
      met.resolve([...reasons, wire.gone.reason, wire.buffered]);
      throw reasons[0];
    })
  );
  const client = await connect(server.port);
  await ask(client);
  await client.readBytes(10);
  client.close();
  const [first, ...others] = await met.promise;
  assert(first instanceof Deno.errors.ConnectionAborted);
  assert(first.cause instanceof Error);
  assertEquals(others, [first, first, first, 0]);
  await server.connections(0);
  assertEquals(server.handlerErrors, []);
  assertEquals(server.exchanges.map(({ status, isCut }) => ({ status, isCut })), [
    { status: 101, isCut: true },
  ]);
});

Deno.test("a read that breaks ends a write that waits, and is told of once", async () => {
  const transport = new BreakingTransport();
  const met = Promise.withResolvers<unknown[]>();
  const broken: unknown[] = [];
  const server = serve(() =>
    upgrade(async (wire) => {
      const reading = wire.read();
      const writing = wire.write(toBytes("for ever"));
      transport.fail(new Deno.errors.ConnectionReset("Reset"));
      met.resolve([await reasonOf(reading), await reasonOf(writing), wire.gone.reason]);
    }), {
    listener: listenFake(transport),
    observer: { onBroken: (error) => broken.push(error) },
  });
  transport.bring(ASK);
  const [first, ...others] = await met.promise;
  assert(first instanceof Deno.errors.ConnectionAborted);
  assertEquals(others, [first, first]);
  await server.shutdown({ grace: 0 });
  assertEquals(broken, [first.cause]);
  assert(broken[0] instanceof Deno.errors.ConnectionReset);
  assertEquals(transport.closed, 1);
});

Deno.test("a peer that takes nothing is given up as with any other answer", async () => {
  const met = Promise.withResolvers<{ buffered: number; reason: unknown }>();
  await using server = startServer(() =>
    upgrade(async (wire) => {
      const size = 32 << 20;
      let failure: unknown = null;
      const writing = wire.write(new Uint8Array(size)).catch((reason) => failure = reason);
      const { buffered } = wire;
      assertEquals(buffered, size);
      await writing;
      assertEquals(failure, wire.gone.reason);
      met.resolve({ buffered, reason: failure });
    }), { deadlines: { answer: 0.05 } });
  using client = await connect(server.port);
  await ask(client);
  const { reason } = await met.promise;
  assert(reason instanceof Deno.errors.ConnectionAborted);
  await server.connections(0);
  assertEquals(server.exchanges.map(({ isCut }) => isCut), [true]);
  assertEquals(server.handlerErrors, []);
});

Deno.test("a peer that is silent is not given up, whatever the deadlines", async () => {
  await using server = startServer(echoing, {
    deadlines: { head: 0.01, idle: 0.01, content: 0.01, answer: 0.01, linger: 0.01 },
  });
  using client = await connect(server.port);
  using quiet = await connect(server.port);
  await ask(quiet);
  await ask(client);
  await client.send("before");
  assertEquals(await readText(client, 6), "before");
  // Others' idle deadlines pass meanwhile.
  for (let i = 0; i < 3; i++) {
    using other = await connect(server.port);
    assertEquals((await other.readAll()).length, 0);
  }
  await client.send("after");
  assertEquals(await readText(client, 5), "after");
  await quiet.send("first");
  assertEquals(await readText(quiet, 5), "first");
  await quiet.closeWrite();
  // The end has its deadline again.
  await client.closeWrite();
  await server.connections(0);
});

Deno.test("a protocol that has ended waits for its peer's end, but not for ever", async () => {
  await using server = startServer(() => upgrade(() => Promise.resolve()), {
    deadlines: { linger: 0.02 },
  });
  using client = await connect(server.port);
  await ask(client);
  await server.connections(0);
});

Deno.test("a slow but steady reader gets all", async () => {
  const size = 8 << 20;
  await using server = startServer(() => upgrade((wire) => wire.write(new Uint8Array(size))), {
    deadlines: { answer: 0.2 },
  });
  using client = await connect(server.port);
  await ask(client);
  for (let left = size; left > 0;) {
    left -= (await client.readBytes(Math.min(left, 512 * 1024))).length;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assertEquals(await client.readAllText(), "");
});

Deno.test("messages of all sizes come back whole and in order", async () => {
  await using server = startServer(echoing);
  using client = await connect(server.port);
  await ask(client);
  const sizes = [1, 2_047, 2_048, 2_049, 1, 16_384, 70_000, 3, 65_536, 1 << 20, 100, 4_096, 1];
  let seed = 1;
  for (const size of sizes) {
    const message = Uint8Array.from(
      { length: size },
      () => (seed = seed * 48_271 % 0x7fffffff) & 255,
    );
    const [received] = await Promise.all([client.readBytes(size), client.send(message)]);
    assert(received.every((octet, i) => octet === message[i]), `${size} octets`);
  }
});

Deno.test("the request's fields outlive what the protocol reads", async () => {
  const seen = Promise.withResolvers<string | null>();
  await using server = startServer(({ fields }) =>
    upgrade(async (wire) => {
      for (let left = 300_000; left > 0;) left -= (await wire.read())!.length;
      seen.resolve(fields.get("x-name"));
    })
  );
  using client = await connect(server.port);
  await client.send(ASK.replace("Host", "X-Name: kept\r\nHost"));
  await client.send("x".repeat(300_000));
  assertEquals(await seen.promise, "kept");
});

Deno.test("small writes that wait leave together, each once and in order", async () => {
  const transport = new FakeTransport();
  const done = Promise.withResolvers<number[]>();
  await using server = startServer(() =>
    upgrade(async (wire) => {
      const left: number[] = [];
      const writes = [
        ...Array.from({ length: 100 }, (_, i) => `<${i}>`),
        "y".repeat(20_000),
        "z".repeat(16_384),
        "end",
      ].map((message) => wire.write(toBytes(message)).then(() => left.push(wire.buffered)));
      left.push(wire.buffered);
      await wire.write(new Uint8Array());
      await Promise.all(writes);
      done.resolve(left);
    }), { listener: listenFake(transport) });
  transport.bring(ASK);
  const left = await done.promise;
  const [head, ...written] = transport.written;
  assertStringIncludes(head!, "101 Switching Protocols");
  const small = Array.from({ length: 100 }, (_, i) => `<${i}>`);
  assertEquals(written.map((octets) => octets.length), [
    3,
    small.slice(1).join("").length,
    20_000,
    16_384,
    3,
  ]);
  assertEquals(
    written.join(""),
    [...small, "y".repeat(20_000), "z".repeat(16_384), "end"].join(""),
  );
  assertEquals(left[0], written.join("").length);
  assertEquals(left.at(-1), 0);
  assertEquals(left, left.toSorted((one, other) => other - one));
  transport.bring(null);
  await server.connections(0);
});

Deno.test("a peer that takes small bites gets each octet once", async () => {
  const transport = new FakeTransport(7);
  const messages = ["a".repeat(20_000), "b".repeat(50), "c".repeat(300_000), "d"];
  const done = Promise.withResolvers<void>();
  await using _server = startServer(() =>
    upgrade(async (wire) => {
      await Promise.all(messages.map((message) => wire.write(toBytes(message))));
      done.resolve();
    }), { listener: listenFake(transport) });
  transport.bring(ASK);
  await done.promise;
  const received = transport.written.join("");
  assertEquals(received.slice(received.indexOf("\r\n\r\n") + 4), messages.join(""));
});

Deno.test("there is one read at a time, and none after the protocol's end", async () => {
  const ended = Promise.withResolvers<UpgradedWire>();
  await using server = startServer(() =>
    upgrade(async (wire) => {
      const reading = wire.read();
      await assertRejects(() => wire.read(), TypeError, "another read");
      assertEquals(toText((await reading)!), "hello");
      ended.resolve(wire);
    })
  );
  using client = await connect(server.port);
  await ask(client);
  await client.send("hello");
  const wire = await ended.promise;
  assertEquals(await client.readAllText(), "");
  await assertRejects(() => wire.read(), TypeError, "has ended");
  await assertRejects(() => wire.write(toBytes("x")), TypeError, "has ended");
  assertEquals(server.handlerErrors, []);
});

Deno.test("nothing is read before the protocol wants it", async () => {
  const transport = new FakeTransport();
  const { promise, resolve } = Promise.withResolvers<void>();
  await using server = startServer(() =>
    upgrade(async (wire) => {
      await wire.write(toBytes("ready"));
      await promise;
      await echo(wire);
    }), { listener: listenFake(transport) });
  transport.bring(ASK);
  while (transport.written.at(-1) !== "ready") await new Promise((next) => setTimeout(next));
  assertEquals(transport.reads.length, 1);
  transport.bring("hello");
  transport.bring(null);
  resolve();
  await server.connections(0);
  assertEquals(transport.written.at(-1), "hello");
});

Deno.test("a peer that is idle after much costs a small buffer again", async () => {
  const transport = new FakeTransport();
  const done = Promise.withResolvers<void>();
  await using _server = startServer(() => upgrade((wire) => echo(wire).then(done.resolve)), {
    listener: listenFake(transport),
  });
  transport.bring(ASK);
  for (const size of [2_048, 60_000, 20_000, 10, 5]) transport.bring(new Uint8Array(size));
  transport.bring(null);
  await done.promise;
  const sizes = transport.reads.map((buffer) => buffer.length);
  assertEquals(sizes.slice(1, 7), [2_048, 65_536, 65_536, 65_536, 2_048, 2_048]);
});
