// Ways to spoil a request that know what a request looks like: most random octets are refused at the
// first one, and prove nothing. These keep nearly everything as it was and change one thing at a place
// where parsers have come apart before.

import { toBytes } from "../support/raw_client.ts";
import type { SeededRandom } from "../support/seeded_random.ts";
import { restructured } from "./structure.ts";

/** Octets and words at which parsers have disagreed. */
const SPECIAL = [
  "\r",
  "\n",
  "\r\n",
  "\r\n\r\n",
  "\n\n",
  "\0",
  "\t",
  " ",
  "\x0b",
  "\x7f",
  "\x80",
  "\xa0",
  "\xff",
  ":",
  ";",
  ",",
  "=",
  '"',
  "\\",
  "%",
  "%00",
  "/",
  "?",
  "#",
  "@",
  "[",
  "]",
  "*",
  "+",
  "-",
  "0",
  "0\r\n\r\n",
  "ffffffffffffff",
  "9007199254740993",
  "HTTP/1.0",
  "HTTP/1.1",
  "Host: a\r\n",
  "Content-Length: 3\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Connection: close\r\n",
  "Connection: keep-alive\r\n",
  "Expect: 100-continue\r\n",
  "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
].map(toBytes);

type Mutation = (octets: Uint8Array, random: SeededRandom, other: Uint8Array) => Uint8Array;

/** `count` octets of `octets` from `at` on replaced. */
function spliced(
  octets: Uint8Array,
  { at, count, insert }: { at: number; count: number; insert: Uint8Array },
): Uint8Array {
  const result = new Uint8Array(octets.length - count + insert.length);
  result.set(octets.subarray(0, at));
  result.set(insert, at);
  result.set(octets.subarray(at + count), at + insert.length);
  return result;
}

const NOTHING = new Uint8Array(0);

/** A short span: its place and its length. */
function span(octets: Uint8Array, random: SeededRandom): { at: number; count: number } {
  const at = random.int(octets.length);
  return { at, count: Math.min(octets.length - at, 1 + random.int(8)) };
}

function linesOf(octets: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start < octets.length;) {
    const end = octets.indexOf(0x0a, start) + 1 || octets.length;
    lines.push(octets.subarray(start, end));
    start = end;
  }
  return lines;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const MUTATIONS: readonly Mutation[] = [
  // One octet becomes another one.
  (octets, random) =>
    spliced(octets, { at: random.int(octets.length), count: 1, insert: random.bytes(1) }),
  // One bit turns over.
  (octets, random) => {
    const at = random.int(octets.length);
    const insert = Uint8Array.of(octets[at]! ^ (1 << random.int(8)));
    return spliced(octets, { at, count: 1, insert });
  },
  (octets, random) => spliced(octets, { ...span(octets, random), insert: NOTHING }),
  (octets, random) => {
    const { at, count } = span(octets, random);
    return spliced(octets, { at, count: 0, insert: octets.slice(at, at + count) });
  },
  (octets, random) =>
    spliced(octets, {
      at: random.int(octets.length + 1),
      count: 0,
      insert: random.pick(SPECIAL),
    }),
  (octets, random) => spliced(octets, { ...span(octets, random), insert: random.pick(SPECIAL) }),
  // The beginning of one request and the end of another.
  (octets, random, other) =>
    joined([
      octets.subarray(0, random.int(octets.length + 1)),
      other.subarray(random.int(other.length + 1)),
    ]),
  // Two lines change places.
  (octets, random) => {
    const lines = linesOf(octets);
    const [one, two] = [random.int(lines.length), random.int(lines.length)];
    [lines[one], lines[two]] = [lines[two]!, lines[one]!];
    return joined(lines);
  },
  // A line of one request between the lines of the other.
  (octets, random, other) => {
    const lines = linesOf(octets);
    lines.splice(random.int(lines.length + 1), 0, random.pick(linesOf(other)));
    return joined(lines);
  },
  // The same, once more.
  (octets, _random, other) => joined([octets, other]),
  (octets, random) => octets.slice(0, random.int(octets.length) + 1),
];

/** One of `seeds`, spoiled a few times. */
export function mutated(seeds: readonly Uint8Array[], random: SeededRandom): Uint8Array {
  let octets = random.pick(seeds);
  for (let times = random.int(5); times >= 0; times--) {
    const spoiled = random.pick(MUTATIONS)(octets, random, random.pick(seeds));
    if (spoiled.length > 0) octets = spoiled;
  }
  return octets;
}

/** What a run of the fuzzer is made of: parts changed, octets changed, or one after the other. */
export function spoiled(seeds: readonly Uint8Array[], random: SeededRandom): Uint8Array {
  switch (random.int(3)) {
    case 0:
      return mutated(seeds, random);
    case 1:
      return restructured(seeds, random);
    default:
      return mutated([restructured(seeds, random)], random);
  }
}
