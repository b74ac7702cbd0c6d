// lib/cli/help.ts: one screen.

import { toHelpText } from "../../lib/cli/help.ts";
import { OPTIONS } from "../../lib/cli/option_table.ts";
import { assertEquals, assertLess, assertStringIncludes } from "../deps.ts";

Deno.test("help fits 80x24 with a prompt below it, in printable ASCII", () => {
  const text = toHelpText();
  const lines = text.split("\n");
  assertLess(lines.length, 24);
  for (const line of lines) assertLess(line.length, 80, line);
  assertEquals(/[^\n\x20-\x7e]/.test(text), false);
});

Deno.test("help shows every option with its explanation in one column, and three examples", () => {
  const text = toHelpText();
  for (const row of OPTIONS) assertStringIncludes(text, `--${row.name}`);
  const rows = text.split("\n").slice(2, 2 + OPTIONS.length);
  assertEquals(rows.every((row) => row[26] === " " && row[27] !== " "), true);
  assertEquals(text.match(/^ {2}rawserve /gm)?.length, 3);
});
