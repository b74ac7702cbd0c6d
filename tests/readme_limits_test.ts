// README.md's table of limits and deadlines says what the code does: every number of limits.ts has a row
// with that number and with the option that changes it, and no row is about anything else. What happens
// beyond each is tested in server/limits_test.ts and server/deadlines_test.ts.

import { parseOctetCount } from "../lib/cli/octet_count.ts";
import type { OptionRow } from "../lib/cli/option_row.ts";
import { OPTIONS } from "../lib/cli/option_table.ts";
import { parseOptions } from "../lib/cli/options.ts";
import { SIZE_DIGITS } from "../lib/http1/content_decoder.ts";
import { LEADING_LIMIT, METHOD_LIMIT } from "../lib/http1/request_head.ts";
import {
  type Deadlines,
  DEFAULT_DEADLINES,
  DEFAULT_LIMITS,
  type Limits,
} from "../lib/server/limits.ts";
import { assert, assertEquals, assertNotEquals } from "./deps.ts";

/** A row's name, the unit of its number, and its option if there is one. */
type Row = readonly [name: string, unit: string, option?: string];

// A limit or deadline that is missing here does not compile.
const LIMIT_ROWS: Readonly<Record<keyof Limits, Row>> = {
  requestTarget: ["request-target", " octets", "max-target"],
  fieldCount: ["field lines", "", "max-fields"],
  fieldSection: ["field lines together", " octets", "max-field-section"],
  content: ["content", " octets", "max-content"],
  chunkExtensions: ["chunk extensions of a message", " octets"],
  trailerSection: ["trailer section", " octets"],
  drain: ["content that the handler leaves unread", " octets"],
  requestsPerConnection: ["requests on a connection", "", "max-requests"],
  connections: ["connections", "", "max-connections"],
  connectionsPerAddress: ["connections from one address", "", "max-per-address"],
  minRate: ["content or answer, while the peer is waited for", " octets a second", "min-rate"],
};
const DEADLINE_ROWS: Readonly<Record<keyof Deadlines, Row>> = {
  handshake: ["TLS handshake", " s", "handshake-timeout"],
  head: ["head, from its first octet", " s", "head-timeout"],
  content: ["silence in the middle of content", " s", "content-timeout"],
  answer: ["silence of a peer that takes nothing of its answer", " s", "answer-timeout"],
  idle: ["silence between requests", " s", "idle"],
  linger: ["after the last answer", " s"],
};
const FIXED_ROWS: readonly (readonly [number, Row])[] = [
  [METHOD_LIMIT, ["method", " octets"]],
  [LEADING_LIMIT / 2, ["empty lines before a request", ""]],
  [SIZE_DIGITS, ["digits of a chunk's size", ""]],
];

interface Expected {
  readonly name: string;
  readonly number: number;
  readonly initially: string;
  readonly option: string;
}

function toExpected([number, [name, unit, option]]: readonly [number, Row]): Expected {
  const amount = number === Infinity ? "any" : number.toLocaleString("en-US");
  return {
    name,
    number,
    initially: amount + unit,
    option: option === undefined ? "" : `--${option}`,
  };
}

const EXPECTED: readonly Expected[] = [
  ...Object.entries(LIMIT_ROWS).map(([key, row]) =>
    [DEFAULT_LIMITS[key as keyof Limits], row] as const
  ),
  ...Object.entries(DEADLINE_ROWS).map(([key, row]) =>
    [DEFAULT_DEADLINES[key as keyof Deadlines], row] as const
  ),
  ...FIXED_ROWS,
].map(toExpected);

/** The table below the heading, without its head. */
function readTable(): string[][] {
  const text = Deno.readTextFileSync(new URL("../README.md", import.meta.url));
  const [, section = ""] = /^## Limits and deadlines$(.*?)^## /ms.exec(text) ?? [];
  const rows = section.split(/\r?\n/).filter((line) => line.startsWith("|")).slice(2);
  return rows.map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim()));
}

Deno.test("README.md's table of limits has the numbers and options of the code, and no other rows", () => {
  const byName = (a: readonly string[], b: readonly string[]) => a[0]! < b[0]! ? -1 : 1;
  const shown = readTable().map((
    [name = "", initially = "", option = ""],
  ) => [name, initially, option.replaceAll("`", "")]);
  const wanted = EXPECTED.map(({ name, initially, option }) => [name, initially, option]);
  assertEquals(shown.toSorted(byName), wanted.toSorted(byName));
});

Deno.test("every row of README.md's table of limits says what happens beyond it", () => {
  for (const [name, , , beyond] of readTable()) assertNotEquals(beyond, "", name);
});

Deno.test("the option of each limit shows its default, and that is what the program takes", () => {
  const table: readonly OptionRow[] = OPTIONS;
  for (const { option, number } of EXPECTED) {
    if (option === "") continue;
    const row = table.find(({ name }) => `--${name}` === option);
    assert(row !== undefined, `${option} is missing`);
    assertEquals(row.group, "limits");
    const shown = row.initially === undefined ? Infinity : parseOctetCount(row.initially);
    assertEquals(shown, number, option);
  }
  const options = table.filter(({ group }) => group === "limits").map(({ name }) => `--${name}`);
  assertEquals(options.filter((option) => !EXPECTED.some((row) => row.option === option)), []);
  const task = parseOptions([], () => undefined);
  assert(task.kind === "serve");
  assertEquals(task.settings.limits, DEFAULT_LIMITS);
  assertEquals(task.settings.deadlines, DEFAULT_DEADLINES);
});
