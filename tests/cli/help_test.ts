// lib/cli/help.ts: one screen, and everything.

import { toFullHelpText, toHelpText } from "../../lib/cli/help.ts";
import { OPTIONS } from "../../lib/cli/option_table.ts";
import type { OptionRow } from "../../lib/cli/option_row.ts";
import { assertEquals, assertLess, assertStringIncludes } from "../deps.ts";

const ROWS: readonly OptionRow[] = OPTIONS;

Deno.test("help fits 80x24 with a prompt below it, in printable ASCII", () => {
  const text = toHelpText();
  const lines = text.split("\n");
  assertLess(lines.length, 24);
  for (const line of lines) assertLess(line.length, 80, line);
  assertEquals(/[^\n\x20-\x7e]/.test(text), false);
});

Deno.test("help shows the everyday options with explanations in one column, and three examples", () => {
  const everyday = ROWS.filter(({ isEveryday }) => isEveryday);
  const lines = toHelpText().split("\n");
  const rows = lines.slice(2, 2 + everyday.length);
  for (const [index, { name }] of everyday.entries()) {
    assertStringIncludes(rows[index]!, `--${name}`);
  }
  assertOneColumn(rows);
  assertEquals(lines.filter((line) => line.startsWith("  rawserve ")).length, 3);
  assertStringIncludes(toHelpText(), "--help-all");
});

Deno.test("the whole help shows every option once, 80 wide, in printable ASCII", () => {
  const text = toFullHelpText();
  const lines = text.split("\n");
  for (const line of lines) assertLess(line.length, 80, line);
  assertEquals(/[^\n\x20-\x7e]/.test(text), false);
  const rows = lines.filter((line) => /^ .*--/.test(line));
  const named = rows.map((line) => /--([\w-]+)/.exec(line)?.[1]);
  assertEquals(named, OPTIONS.map(({ name }) => name));
  assertOneColumn(rows);
});

function assertOneColumn(rows: readonly string[]): void {
  const columns = rows.map((row) => /^ {2}(?:-\w, | {4})--\S+(?: \S+)? {2,}/.exec(row)?.[0].length);
  assertEquals(new Set(columns).size, 1);
}
