// A seed must bring back the same numbers on every machine and in every version: the first ones of
// mulberry32 are written down here.

import { assert, assertEquals, assertNotEquals, assertThrows } from "../deps.ts";
import { SeededRandom } from "./seeded_random.ts";

Deno.test("SeededRandom gives the same numbers for the same seed", () => {
  const first = new SeededRandom(7);
  const second = new SeededRandom(7);
  const other = new SeededRandom(8);
  const ten = (random: SeededRandom) => Array.from({ length: 10 }, () => random.next());
  const numbers = ten(first);
  assertEquals(numbers, ten(second));
  assertNotEquals(numbers, ten(other));
  assertEquals(numbers.slice(0, 2), [0.011704753153026104, 0.06195825757458806]);
});

Deno.test("SeededRandom.int covers its range and nothing else", () => {
  const random = new SeededRandom(1);
  const seen = new Set(Array.from({ length: 500 }, () => random.int(5)));
  assertEquals([...seen].sort(), [0, 1, 2, 3, 4]);
});

Deno.test("SeededRandom.cuts lie inside the message, rise and never repeat", () => {
  const random = new SeededRandom();
  for (let length = 0; length < 50; length++) {
    const cuts = random.cuts(length, random.int(20));
    const inside = cuts.every((cut) => cut > 0 && cut < length);
    const rising = cuts.every((cut, i) => i === 0 || cut > (cuts[i - 1] as number));
    assert(inside && rising, `Seed ${random.seed}, length ${length}: ${cuts}`);
  }
});

Deno.test("SeededRandom.pick takes from the list and refuses an empty one", () => {
  const random = new SeededRandom(3);
  assert(["a", "b"].includes(random.pick(["a", "b"])));
  assertThrows(() => random.pick([]), RangeError, "empty list");
});

Deno.test("SeededRandom takes its seed from RAWSERVE_SEED", () => {
  const before = Deno.env.get("RAWSERVE_SEED");
  try {
    Deno.env.set("RAWSERVE_SEED", "42");
    assertEquals(new SeededRandom().seed, 42);
    Deno.env.set("RAWSERVE_SEED", "4x");
    assertThrows(() => new SeededRandom(), RangeError, "RAWSERVE_SEED");
  } finally {
    if (before === undefined) Deno.env.delete("RAWSERVE_SEED");
    else Deno.env.set("RAWSERVE_SEED", before);
  }
});
