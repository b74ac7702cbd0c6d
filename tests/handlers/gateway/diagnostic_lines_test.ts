// What scripts write to stderr, as lines: cut anywhere, bounded in length and in number.

import { DiagnosticLines } from "../../../lib/handlers/gateway/diagnostic_lines.ts";
import { assertEquals } from "../../deps.ts";
import { atRandom, perOctet, WHOLE } from "../../support/cuts.ts";
import { SeededRandom } from "../../support/seeded_random.ts";

const encoder = new TextEncoder();

function linesOf(octets: Uint8Array, cuts: readonly number[]): string[] {
  const lines: string[] = [];
  const diagnostics = new DiagnosticLines((line) => lines.push(line), () => 0);
  let start = 0;
  for (const end of [...cuts, octets.length]) {
    diagnostics.take(octets.subarray(start, end));
    start = end;
  }
  diagnostics.end();
  return lines;
}

const long = "é".repeat(1_000);
const cases: [what: string, text: string, lines: string[]][] = [
  ["nothing", "", []],
  ["lines", "a\nb\r\nc\n", ["a", "b", "c"]],
  ["a last line without an end", "a\nb", ["a", "b"]],
  ["empty lines", "\n\na\n\r\n\n", ["a"]],
  ["control characters, for others to escape", "\x1b[2J\x00\n", ["\x1b[2J\x00"]],
  ["a line of the most characters", `${long}\nb\n`, [long, "b"]],
  ["a longer line", `${long}xyz\nb\n`, [long, "xyz", "b"]],
];

for (const [what, text, expected] of cases) {
  Deno.test(`DiagnosticLines makes lines of ${what}, at every cut`, () => {
    const octets = encoder.encode(text);
    const random = new SeededRandom();
    for (const { cuts } of [WHOLE, perOctet(octets.length), atRandom(octets.length, random)]) {
      assertEquals(linesOf(octets, cuts), expected, `cut at ${cuts}`);
    }
  });
}

Deno.test("DiagnosticLines takes octets that are no UTF-8", () => {
  assertEquals(linesOf(Uint8Array.of(0x61, 0xff, 0x0a), []), ["a\ufffd"]);
});

Deno.test("DiagnosticLines tells a hundred lines at once, then ten a second, and how many it left out", () => {
  const lines: string[] = [];
  let now = 0;
  const diagnostics = new DiagnosticLines((line) => lines.push(line), () => now);
  const take = (count: number) => diagnostics.take(encoder.encode("x\n".repeat(count)));
  take(150);
  assertEquals(lines.splice(0), Array(100).fill("x"));
  now += 1_000;
  take(15);
  assertEquals(lines.splice(0), ["[50 lines left out]", ...Array(10).fill("x")]);
  now += 60_000;
  take(101);
  assertEquals(lines.splice(0), ["[5 lines left out]", ...Array(100).fill("x")]);
  diagnostics.end();
  assertEquals(lines, ["[1 lines left out]"]);
});
