// What must be so for any octets whatever, and the search for octets for which it is not:
//
//   1. Reading ends in messages, in a wait for more, or in one ProtocolError with a status of 400 to 505,
//      a section, and a message that repeats nothing of what was sent. No other exception.
//   2. The outcome is the same for every way to cut the octets.
//   3. It is the same whatever is read on other connections meanwhile.
//   4. Reading gets nowhere twice: every message consumes octets.
//
// What fails is made smaller, as long as it goes on failing, for a person to look at.

import { DEFAULT_LIMITS, type Limits } from "../../lib/server/limits.ts";
import { atRandom, type Cutting, perOctet, WHOLE } from "../support/cuts.ts";
import { MessageReader, readCut, type ReaderOptions } from "../support/message_reader.ts";
import { toBytes, toText } from "../support/raw_client.ts";
import type { SeededRandom } from "../support/seeded_random.ts";
import { spoiled } from "./mutations.ts";

/** Octets for which a property does not hold. */
export interface Finding {
  readonly octets: Uint8Array;
  readonly fault: string;
}

export interface FuzzOptions {
  readonly seeds: readonly Uint8Array[];
  readonly random: SeededRandom;
  /** Makes the parsers under test anew for each reading; the real ones unless given. */
  readonly parsers?: () => ReaderOptions;
}

/** One input: null where all properties hold, else the smallest that was found. */
export function fuzzOnce(options: FuzzOptions): Finding | null {
  const { seeds, random } = options;
  const limits = random.int(2) === 0 ? DEFAULT_LIMITS : tightLimits(random);
  const parsers = options.parsers ?? (() => ({ limits }));
  const octets = spoiled(seeds, random);
  const cuttings = [
    WHOLE,
    perOctet(octets.length),
    atRandom(octets.length, random),
    atRandom(octets.length, random),
  ];
  if (faultOf(octets, cuttings, parsers) === null) return null;
  // Cuts that failed mean nothing to a shorter input: there the two plain ones and all pairs are tried.
  const check = (shorter: Uint8Array) => faultOf(shorter, everyCutting(shorter.length), parsers);
  const smallest = check(octets) === null ? octets : minimized(octets, check);
  const fault = check(smallest) ?? faultOf(octets, cuttings, parsers);
  return { octets: smallest, fault: fault! };
}

/** Limits that inputs of a few lines reach: what comes first, fault or limit, must not depend on the cuts. */
function tightLimits(random: SeededRandom): Limits {
  return {
    ...DEFAULT_LIMITS,
    requestTarget: 1 + random.int(12),
    fieldSection: 20 + random.int(80),
    fieldCount: 1 + random.int(4),
    content: random.int(20),
    chunkExtensions: random.int(12),
    trailerSection: 2 + random.int(12),
  };
}

/** Which property does not hold for `octets`, null where all do. */
export function faultOf(
  octets: Uint8Array,
  cuttings: readonly Cutting[],
  parsers: () => ReaderOptions,
): string | null {
  let first: string | null = null;
  for (const { name, cuts } of cuttings) {
    let reader: MessageReader;
    try {
      reader = cuts.length === 0
        ? readCut({ request: octets, ends: true }, cuts, parsers())
        : readAmongOthers(octets, { cuts, options: parsers() });
    } catch (error) {
      return `${name}: threw ${error}`;
    }
    const fault = faultOfRefusal(reader, octets);
    if (fault !== null) return `${name}: ${fault}`;
    const outcome = JSON.stringify(reader.answers);
    if (first === null) first = outcome;
    else if (outcome !== first) return `${name}: ${outcome}, but whole: ${first}`;
  }
  return null;
}

/** What other connections send, a few octets at a time: field lines enough to be in the way. */
const NOISE = toBytes(`GET /noise HTTP/1.1\r\nHost: noise\r\n${"Noise: noise\r\n".repeat(9)}\r\n`);
const NOISE_PIECE = 37;

/** Reads `octets`, cut at the offsets `cuts`, by turns with another connection's. */
function readAmongOthers(
  octets: Uint8Array,
  { cuts, options }: { cuts: readonly number[]; options: ReaderOptions },
): MessageReader {
  const reader = new MessageReader(options);
  const other = new MessageReader();
  let start = 0;
  let noise = 0;
  for (const end of [...cuts, octets.length]) {
    reader.feed(octets.subarray(start, end));
    other.feed(NOISE.subarray(noise, noise + NOISE_PIECE));
    noise = noise + NOISE_PIECE < NOISE.length ? noise + NOISE_PIECE : 0;
    start = end;
  }
  reader.end();
  return reader;
}

/** A run of octets that an explanation of ours has by chance is shorter than this. */
const LONGEST_CHANCE = 24;

function faultOfRefusal({ refusal }: MessageReader, octets: Uint8Array): string | null {
  if (refusal === null) return null;
  const { status, section, message } = refusal;
  if (status < 400 || status > 505) return `refused with ${status}`;
  if (!/^RFC \d{4} \d+(\.\d+)*$/.test(section)) return `refused for "${section}"`;
  if (!/^[A-Z][\x20-\x7e]+[^.]$/.test(message)) return `refused with the message "${message}"`;
  const text = toText(octets);
  for (let i = 0; i + LONGEST_CHANCE <= message.length; i++) {
    if (text.includes(message.slice(i, i + LONGEST_CHANCE))) return `repeats "${message}"`;
  }
  return null;
}

function everyCutting(length: number): Cutting[] {
  const cuttings = [WHOLE, perOctet(length)];
  for (let cut = 1; cut < Math.min(length, 400); cut++) {
    cuttings.push({ name: `cut at ${cut}`, cuts: [cut] });
  }
  return cuttings;
}

/** The shortest octets that still fail, found by leaving out spans of half the length, a quarter, and so on. */
function minimized(
  octets: Uint8Array,
  check: (shorter: Uint8Array) => string | null,
): Uint8Array {
  let smallest = octets;
  for (let count = smallest.length >> 1; count > 0; count >>= 1) {
    for (let at = 0; at < smallest.length && smallest.length > 1;) {
      const shorter = Uint8Array.from([
        ...smallest.subarray(0, at),
        ...smallest.subarray(at + count),
      ]);
      if (check(shorter) === null) at += count;
      else smallest = shorter;
    }
  }
  return smallest;
}
