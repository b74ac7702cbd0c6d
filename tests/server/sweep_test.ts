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
  // Four ticks make 20 ms, and a fifth the one that had begun already.
  assertEquals(await promise, 5);
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
  assertEquals(patience.length, 9);
  assertEquals(patience.map((ticks) => typeof ticks), Array(9).fill("number"));
  const pace = toPace(10, { ...DEFAULT_DEADLINES, content: 2, answer: 3 });
  assertEquals(pace.length, 9);
  const needed = pace.map((octets, phase) => [phase, octets]).filter(([, octets]) => octets !== 0);
  assertEquals(needed, [[CONTENT, 20], [SENDING, 30], [DRAINING, 20]]);
});
