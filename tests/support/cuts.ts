// The cuts at which every wire case runs: the network may deliver a message whole, an octet at a
// time, or in any pieces, and nothing may depend on it.

import type { SeededRandom } from "./seeded_random.ts";

/** A way to cut a message; `cuts` are offsets inside it. */
export interface Cutting {
  readonly name: string;
  readonly cuts: readonly number[];
}

/** Above this, an octet each is an octet each at the ends only, where the borders lie. */
const ALL_SINGLE = 600;
const SINGLE_AT_ENDS = 120;

/** The message as one piece. */
export const WHOLE: Cutting = { name: "whole", cuts: [] };

/** Every octet by itself; of a long message the first and the last ones. */
export function perOctet(length: number): Cutting {
  const cuts: number[] = [];
  for (let cut = 1; cut < length; cut++) {
    const isInside = cut > SINGLE_AT_ENDS && cut < length - SINGLE_AT_ENDS;
    if (length <= ALL_SINGLE || !isInside) cuts.push(cut);
  }
  return { name: "octet by octet", cuts };
}

/** Some pieces of random length. */
export function atRandom(length: number, random: SeededRandom): Cutting {
  const cuts = random.cuts(length, 1 + random.int(8));
  return { name: `cut at ${cuts} (RAWSERVE_SEED=${random.seed})`, cuts };
}
