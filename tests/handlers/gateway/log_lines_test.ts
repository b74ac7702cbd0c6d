// What an app prints, cut into lines, however it comes.

import { LogLines } from "../../../lib/handlers/gateway/log_lines.ts";
import { assertEquals } from "../../deps.ts";
import { SeededRandom } from "../../support/seeded_random.ts";

function linesOf(octets: Uint8Array, cuts: readonly number[]): string[] {
  const told: string[] = [];
  const lines = new LogLines((line) => told.push(line));
  let start = 0;
  for (const end of [...cuts, octets.length]) {
    lines.take(octets.subarray(start, end));
    start = end;
  }
  lines.end();
  return told;
}

const cases: [what: string, text: string, lines: string[]][] = [
  ["nothing", "", []],
  ["lines", "a\nb\n", ["a", "b"]],
  ["a last line without an end", "a\nb", ["a", "b"]],
  ["empty lines", "\n\na\n\n", ["a"]],
  ["line ends of Windows", "a\r\nb\r\n", ["a", "b"]],
  ["characters of several octets", "caf\u00e9 \u2603\n\u{1f600}\n", [
    "caf\u00e9 \u2603",
    "\u{1f600}",
  ]],
  ["control characters, which are somebody else's to escape", "\x1b[1m\n", ["\x1b[1m"]],
];

for (const [what, text, lines] of cases) {
  Deno.test(`LogLines: ${what}, at every cut`, () => {
    const octets = new TextEncoder().encode(text);
    assertEquals(linesOf(octets, []), lines);
    assertEquals(linesOf(octets, Array.from(octets.keys()).slice(1)), lines);
    const random = new SeededRandom();
    for (let round = 0; round < 20 && octets.length > 2; round++) {
      assertEquals(linesOf(octets, random.cuts(octets.length, 3)), lines, `seed ${random.seed}`);
    }
  });
}

Deno.test("LogLines: octets that are no UTF-8 become replacement characters", () => {
  assertEquals(linesOf(Uint8Array.of(0x61, 0xff, 0x0a, 0xc3), []), ["a\ufffd", "\ufffd"]);
});

Deno.test("LogLines: a line without an end is cut, and memory stays bounded", () => {
  const octets = new Uint8Array(40_001).fill(0x78);
  octets[40_000] = 0x0a;
  for (const cuts of [[], [40_000], [1, 16_384, 30_000], [16_385]]) {
    for (const end of [40_000, 40_001]) {
      const lengths = linesOf(octets.subarray(0, end), cuts).map(({ length }) => length);
      assertEquals(lengths, [16_384, 16_384, 7_232]);
    }
  }
});
