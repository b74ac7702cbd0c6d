import {
  parseByteRanges,
  RANGE_COUNT_LIMIT,
  toContentRange,
  toUnsatisfiedRange,
} from "../../lib/http1/byte_ranges.ts";
import { assert, assertEquals, assertLess, assertLessOrEqual } from "../deps.ts";
import { SeededRandom } from "../support/seeded_random.ts";

const HUGE = "9".repeat(400);

/** Ranges as `start-end`, the end exclusive, so that a case fits on a line. */
function ranges(value: string, length: number): string | null {
  const found = parseByteRanges(value, length);
  if (found === null || found === "unsatisfiable") return found;
  return found.map(({ start, end }) => `${start}-${end}`).join(" ");
}

const satisfiable: [value: string, length: number, ranges: string, rule: string][] = [
  ["bytes=0-0", 10, "0-1", "a first and a last position, both inclusive (RFC 9110 14.1.2)"],
  ["bytes=2-4", 10, "2-5", "a range in the middle (RFC 9110 14.1.2)"],
  ["bytes=9-9", 10, "9-10", "the last octet (RFC 9110 14.1.2)"],
  ["bytes=0-9", 10, "0-10", "all octets (RFC 9110 14.1.2)"],
  ["bytes=4-", 10, "4-10", "an open range (RFC 9110 14.1.2)"],
  ["bytes=5-10", 10, "5-10", "a last position just behind the end, clamped (RFC 9110 14.1.2)"],
  [`bytes=5-${HUGE}`, 10, "5-10", "a last position beyond every number, clamped (RFC 9110 14.1.2)"],
  ["bytes=-3", 10, "7-10", "a suffix (RFC 9110 14.1.2)"],
  ["bytes=-10", 10, "0-10", "a suffix of the whole length (RFC 9110 14.1.2)"],
  ["bytes=-11", 10, "0-10", "a suffix longer than the content: all of it (RFC 9110 14.1.2)"],
  [`bytes=-${HUGE}`, 10, "0-10", "a suffix beyond every number (RFC 9110 14.1.2)"],
  ["bytes=000-0001", 10, "0-2", "leading zeros (RFC 9110 14.1.2)"],
  ["BYTES=1-2", 10, "1-3", "the unit in any case (RFC 9110 14.1)"],
  ["bytes=0-0,2-2", 10, "0-1 2-3", "two ranges (RFC 9110 14.1.1)"],
  ["bytes=8-9,0-1", 10, "8-10 0-2", "ranges in the order asked for (RFC 9110 15.3.7.2)"],
  ["bytes=0-0 \t,\t -1", 10, "0-1 9-10", "white space around commas (RFC 9110 5.6.1)"],
  ["bytes=,0-0,,-1,", 10, "0-1 9-10", "empty members (RFC 9110 5.6.1.2)"],
  ["bytes=20-,1-2", 10, "1-3", "what is there, without what is not (RFC 9110 15.3.7.2)"],
  ["bytes=-0,1-2", 10, "1-3", "what is there, without an empty suffix (RFC 9110 14.1.2)"],
  ["bytes=0-4,3-6", 10, "0-7", "overlapping ranges as one (RFC 9110 15.3.7.2)"],
  ["bytes=0-4,5-6", 10, "0-7", "touching ranges as one (RFC 9110 15.3.7.2)"],
  ["bytes=5-6,0-4", 10, "0-7", "touching ranges as one, backwards too (RFC 9110 15.3.7.2)"],
  ["bytes=0-9,2-3", 10, "0-10", "a range within another (RFC 9110 15.3.7.2)"],
  ["bytes=0-,0-,0-,-10", 10, "0-10", "everything, four times, as one (RFC 9110 15.3.7.2)"],
  ["bytes=0-1,6-7,2-5", 10, "0-8", "ranges that a third one joins (RFC 9110 15.3.7.2)"],
  ["bytes=8-9,0-1,7-7", 10, "7-10 0-2", "one of two at the place of the first (RFC 9110 15.3.7.2)"],
  ["bytes=0-1,3-4", 10, "0-2 3-5", "ranges with one octet between them apart (RFC 9110 15.3.7.2)"],
  ["bytes=4294967296-4294967297", 5e9, "4294967296-4294967298", "positions beyond 32 bits"],
];
for (const [value, length, expected, rule] of satisfiable) {
  Deno.test(`parseByteRanges takes ${rule}`, () => assertEquals(ranges(value, length), expected));
}

const unsatisfiable: [value: string, length: number][] = [
  ["bytes=10-", 10],
  ["bytes=10-10", 10],
  ["bytes=10-12", 10],
  ["bytes=-0", 10],
  ["bytes=-000", 10],
  ["bytes=10-,11-,-0", 10],
  [`bytes=${HUGE}-`, 10],
  [`bytes=${HUGE}-${HUGE}`, 10],
  ["bytes=1-", 1],
];
for (const [value, length] of unsatisfiable) {
  const shown = value.replaceAll(HUGE, "(huge)");
  Deno.test(`parseByteRanges finds ${shown} of ${length} unsatisfiable (RFC 9110 14.1.2)`, () => {
    assertEquals(ranges(value, length), "unsatisfiable");
  });
}

const ignored = [
  ["", "an empty field"],
  ["bytes", "a unit alone"],
  ["bytes=", "no range"],
  ["bytes=,", "empty members alone"],
  ["bytes=-", "neither position"],
  ["bytes=--1", "two hyphens"],
  ["bytes=1--2", "two hyphens inside"],
  ["bytes=1", "no hyphen"],
  ["bytes=5-4", "a range that runs backwards (14.1.1)"],
  ["bytes=0-1,5-4", "one range that runs backwards among others (14.1.1)"],
  ["bytes=0-1,x", "one malformed range among others"],
  ["bytes=a-b", "letters"],
  ["bytes=0x0-0x5", "hexadecimal digits"],
  ["bytes=1e0-5", "an exponent"],
  ["bytes=1.0-5", "a fraction"],
  ["bytes=+1-5", "a sign"],
  ["bytes=0-5;q=1", "a parameter"],
  ["bytes=0-1 2-3", "no comma"],
  ["bytes=0 -1", "white space before the hyphen"],
  ["bytes=0- 1", "white space behind the hyphen"],
  ["bytes= 0-1", "white space behind the equals sign"],
  ["bytes =0-1", "white space before the equals sign"],
  [" bytes=0-1", "white space before the unit"],
  ["bytes:0-1", "a colon"],
  ["bytes 0-1", "the form of Content-Range"],
  ["bytes=0-1/10", "a length"],
  ["bytes=*", "an asterisk"],
  ["octets=0-1", "another unit (14.2)"],
  ["byte=0-1", "nearly the unit"],
  ["bytess=0-1", "more than the unit"],
  ["lines=0-1,bytes=0-1", "two units"],
  ["bytes=0-1, bytes=3-4", "two field lines, combined"],
  ["bytes=\u0661-\u0665", "digits that are not ASCII"],
  ["bytes=0-1\xa0", "a no-break space"],
  ["bytes=0-1\0", "a NUL"],
] as const;
for (const [value, what] of ignored) {
  Deno.test(`parseByteRanges ignores a malformed range: ${what} (RFC 9110 14.2)`, () => {
    assertEquals(ranges(value, 10), null);
  });
}

for (const value of ["bytes=0-", "bytes=0-0", "bytes=-1", "bytes=-0", "bytes=5-"]) {
  Deno.test(`parseByteRanges ignores ${value} of an empty representation (RFC 9110 14.2)`, () => {
    assertEquals(ranges(value, 0), null);
  });
}

Deno.test("parseByteRanges ignores more ranges than the limit (RFC 9110 14.2)", () => {
  const value = (count: number, spec: (i: number) => string) =>
    "bytes=" + Array.from({ length: count }, (_, i) => spec(i)).join(",");
  const apart = (i: number) => `${i * 2}-${i * 2}`;
  const found = parseByteRanges(value(RANGE_COUNT_LIMIT, apart), 1000);
  assert(Array.isArray(found));
  assertEquals(found.length, RANGE_COUNT_LIMIT);
  assertEquals(ranges(value(RANGE_COUNT_LIMIT + 1, apart), 1000), null);
  assertEquals(ranges(value(RANGE_COUNT_LIMIT + 1, () => "0-"), 1000), null);
  assertEquals(ranges(value(RANGE_COUNT_LIMIT + 1, () => "2000-"), 1000), null);
});

Deno.test("parseByteRanges takes time in proportion to the field (RFC 9110 17.15)", () => {
  const began = performance.now();
  const pieces = ["0-,", "-,", " ", ",", "0", "-", "1-1 "];
  for (const piece of pieces) ranges("bytes=0-1" + piece.repeat(300_000) + "x", 10);
  assertLess(performance.now() - began, 2_000);
});

Deno.test("parseByteRanges covers exactly the octets asked for (RFC 9110 15.3.7.2)", () => {
  const random = new SeededRandom();
  for (let round = 0; round < 500; round++) {
    const length = 1 + random.int(40);
    const wanted = new Set<number>();
    const specs = Array.from({ length: 1 + random.int(6) }, () => {
      const first = random.int(50);
      const last = first + random.int(10);
      for (let i = first; i <= last && i < length; i++) wanted.add(i);
      return `${first}-${last}`;
    });
    const value = `bytes=${specs.join(",")}`;
    const found = parseByteRanges(value, length);
    assert(found !== null, value);
    const parts = found === "unsatisfiable" ? [] : found;
    const covered: number[] = [];
    for (const { start, end } of parts) {
      assert(start < end, value);
      assertLessOrEqual(end, length);
      for (let i = start; i < end; i++) covered.push(i);
      assert(parts.every((other) => other.start !== end), `${value}: two ranges touch`);
    }
    covered.sort((a, b) => a - b);
    assertEquals(
      covered,
      [...wanted].sort((a, b) => a - b),
      `${value} of ${length} (seed ${random.seed})`,
    );
  }
});

Deno.test("toContentRange names both positions inclusively (RFC 9110 14.4)", () => {
  assertEquals(toContentRange({ start: 0, end: 1 }, 10), "bytes 0-0/10");
  assertEquals(
    toContentRange({ start: 5e9, end: 6e9 }, 7e9),
    "bytes 5000000000-5999999999/7000000000",
  );
});

Deno.test("toUnsatisfiedRange names the length alone (RFC 9110 14.4)", () => {
  assertEquals(toUnsatisfiedRange(10), "bytes */10");
});
