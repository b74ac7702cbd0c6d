// Random numbers that can be had again: a failure found at random is worth nothing if it cannot be
// repeated. mulberry32 is 32 bits of state and four lines, plenty for choosing where to cut a
// message and which byte to spoil; it is not for secrets.
//
// The seed comes from RAWSERVE_SEED if that is set, else from the clockless entropy of the system.
// Whoever reports a failure prints `seed`, and RAWSERVE_SEED=<seed> brings the same case back.

const SEED_VARIABLE = "RAWSERVE_SEED";
const TWO_TO_32 = 2 ** 32;

export class SeededRandom {
  readonly seed: number;
  #state: number;

  constructor(seed: number = seedOfThisRun()) {
    this.seed = seed >>> 0;
    this.#state = this.seed;
  }

  /** From 0 up to but without 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / TWO_TO_32;
  }

  /** A whole number from 0 up to but without `max`. */
  int(max: number): number {
    return Math.floor(this.next() * max);
  }

  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError("Cannot pick from an empty list");
    return list[this.int(list.length)] as T;
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length }, () => this.int(256));
  }

  /** Up to `count` offsets inside a message of `length` bytes: rising, distinct, never at its ends. */
  cuts(length: number, count: number): number[] {
    const offsets = new Set<number>();
    for (let i = 0; i < count && length > 1; i++) offsets.add(1 + this.int(length - 1));
    return [...offsets].sort((a, b) => a - b);
  }
}

function seedOfThisRun(): number {
  const given = Deno.env.get(SEED_VARIABLE);
  if (given === undefined || given === "") {
    return crypto.getRandomValues(new Uint32Array(1))[0] as number;
  }
  if (!/^\d{1,10}$/.test(given)) {
    throw new RangeError(
      `Cannot use ${SEED_VARIABLE}: ${JSON.stringify(given)} is no whole number`,
    );
  }
  return Number(given);
}
