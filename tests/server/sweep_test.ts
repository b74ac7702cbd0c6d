import {
  CONTENT,
  DRAINING,
  SENDING,
  toCredit,
  toPace,
  toPatience,
} from "../../lib/server/phase.ts";
import { DEFAULT_DEADLINES } from "../../lib/server/limits.ts";
import { type Expirable, NEVER, Sweep } from "../../lib/server/sweep.ts";
import { assertEquals, assertGreaterOrEqual } from "../deps.ts";

Deno.test("a deadline is kept, and never early", async () => {
  const sweep = new Sweep(5);
  const { promise, resolve } = Promise.withResolvers<number>();
  const expirable = {
    deadline: sweep.ticks + sweep.toTicks(0.02),
    expire: () => resolve(sweep.ticks),
  };
  sweep.add(expirable);
  // Four ticks make 20 ms, and a fifth the one that had begun already. The last look may take one or two more.
  assertGreaterOrEqual(await promise, 5);
  sweep.remove(expirable);
});

Deno.test("a sweep looks at everybody, while one removes itself and one has no deadline", async () => {
  const sweep = new Sweep<Expirable>(1);
  const expired: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const first: Expirable = {
    deadline: 1,
    expire: () => {
      expired.push("first");
      sweep.remove(first);
    },
  };
  const never: Expirable = { deadline: NEVER, expire: () => expired.push("never") };
  const last: Expirable = {
    deadline: 2,
    expire: () => {
      expired.push("last");
      resolve();
    },
  };
  for (const each of [first, never, last]) sweep.add(each);
  await promise;
  assertEquals(expired, ["first", "last"]);
  assertEquals([...sweep], [never, last]);
  assertEquals(sweep.size, 2);
  sweep.remove(never);
  sweep.remove(last);
});

Deno.test("what arrived while the event loop was blocked is not late, though the timer may be run first", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const [peer, conn] = await Promise.all([Deno.connect({ port }), listener.accept()]);
  const sweep = new Sweep<Expirable>(10);
  const { promise, resolve } = Promise.withResolvers<string>();
  const watched = { deadline: NEVER, expire: () => resolve("expired") };
  const reading = conn.read(new Uint8Array(8)).then(() => {
    watched.deadline = NEVER;
    resolve("read");
  });
  sweep.add(watched);
  // As a handler that takes its time would, which some other octets have called.
  await crypto.subtle.digest("SHA-256", new Uint8Array(0));
  watched.deadline = sweep.ticks + 1;
  const sending = peer.write(new Uint8Array(1));
  for (const end = performance.now() + 30; performance.now() < end;);
  assertEquals(await promise, "read");
  await Promise.all([reading, sending]);
  sweep.remove(watched);
  peer.close();
  conn.close();
});

Deno.test("who leaves during the last look does not expire", async () => {
  const sweep = new Sweep<Expirable>(1);
  const never = { deadline: NEVER, expire: () => {} };
  const gone = { deadline: 1, expire: () => expired.push("gone") };
  const renewed = { deadline: 1, expire: () => expired.push("renewed") };
  const expired: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const last = {
    deadline: 1,
    expire: () => {
      sweep.remove(gone);
      renewed.deadline = NEVER;
      resolve();
    },
  };
  for (const each of [last, gone, renewed, never]) sweep.add(each);
  await promise;
  for (const each of [last, renewed, never]) sweep.remove(each);
  assertEquals(expired, []);
});

Deno.test("ticks last at least as long as they are asked to", () => {
  const sweep = new Sweep(1_000);
  for (const seconds of [0, 0.001, 0.5, 1, 1.5, 60]) {
    // The tick that is under way may be about to end.
    assertGreaterOrEqual((sweep.toTicks(seconds) - 1) * 1_000, seconds * 1_000);
  }
});

Deno.test("who is watched is told of each tick that is not its deadline", async () => {
  const sweep = new Sweep<Expirable>(1);
  const { promise, resolve } = Promise.withResolvers<void>();
  const told: string[] = [];
  const expirable = { deadline: 3, pass: () => told.push("tick"), expire: () => resolve() };
  sweep.add(expirable);
  await promise;
  sweep.remove(expirable);
  assertEquals(told, ["tick", "tick"]);
});

Deno.test("an answer buys time at 64 kbit/s or the floor rate, and six times the patience at the most", () => {
  const sweep = new Sweep(100);
  assertEquals(toCredit(500, { ...DEFAULT_DEADLINES, answer: 2 }, sweep), {
    price: 819.2,
    most: 6 * 21,
  });
  assertEquals(toCredit(50_000, DEFAULT_DEADLINES, sweep).price, 5_000);
});

Deno.test("every phase has its patience, and a pace where the peer is waited for to move octets", () => {
  const patience = toPatience(DEFAULT_DEADLINES, new Sweep(1_000));
  assertEquals(patience.length, 10);
  assertEquals(patience.map((ticks) => typeof ticks), Array(10).fill("number"));
  const pace = toPace(10, { ...DEFAULT_DEADLINES, content: 2, answer: 3 });
  assertEquals(pace.length, 10);
  const needed = pace.map((octets, phase) => [phase, octets]).filter(([, octets]) => octets !== 0);
  assertEquals(needed, [[CONTENT, 20], [SENDING, 30], [DRAINING, 20]]);
});
