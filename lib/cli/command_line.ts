/**
 * COMMAND LINE: arguments become given options.
 *
 * `node:util` knows the ways in which options are written (`-p80`, `-p 80`, `--port=80`, `-qv`, `--`)
 * and hands over tokens; what is wrong with one is said here, in our words. A value that looks like an
 * option is a value that was forgotten, unless it is tied to its option with `=`.
 */

import { parseArgs } from "node:util";
import { Failure, USAGE } from "./failure.ts";
import { BY_FLAG } from "./given.ts";
import type { GivenOptions } from "./given.ts";
import { quote } from "./given_value.ts";
import { nearestName } from "./nearest_name.ts";
import { OPTIONS } from "./option_table.ts";
import type { OptionRow } from "./option_row.ts";

type Token = ReturnType<typeof tokenize>[number];
type OptionToken = Token & { kind: "option" };

/** What stands on a command line. */
export interface CommandLine {
  readonly given: GivenOptions;
  /** What is no option: the folder or file to serve; null where there is none. */
  readonly what: string | null;
}

/**
 * The options on the command line, and what is to be served. Throws `Failure` for an option that does not
 * exist, lacks its value or takes none, and for a second thing to serve. Where help or the version is
 * asked for, nothing is wrong.
 */
export function readCommandLine(args: readonly string[]): CommandLine {
  const given: GivenOptions = new Map();
  let what: string | null = null;
  const tokens = tokenize(args);
  for (const name of ["help-all", "help", "version"] as const) {
    const token = tokens.find((token) => token.kind === "option" && token.name === name);
    if (token === undefined) continue;
    given.set(name, { source: `--${name}`, rank: BY_FLAG, values: [] });
    return { given, what };
  }
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      if (what !== null) throw new Failure(refuseSecond(what, token.value), USAGE);
      what = token.value;
      continue;
    }
    const row = OPTIONS.find((row) => row.name === token.name);
    if (row === undefined) throw new Failure(refuseOption(token.rawName), USAGE);
    const values = readValue(token, row);
    const before = "repeats" in row ? given.get(row.name)?.values ?? [] : [];
    given.set(row.name, { source: token.rawName, rank: BY_FLAG, values: [...before, ...values] });
  }
  return { given, what };
}

function tokenize(args: readonly string[]) {
  const options: Record<string, { type: "string" | "boolean"; short?: string }> = {};
  for (const row of OPTIONS as readonly OptionRow[]) {
    options[row.name] = {
      type: row.value === undefined || row.isValueOptional ? "boolean" : "string",
      ...(row.short === undefined ? {} : { short: row.short }),
    };
  }
  return parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  }).tokens;
}

/** The value that belongs to the option, none where it takes none. */
function readValue(token: OptionToken, row: OptionRow): string[] {
  const { rawName, value, inlineValue } = token;
  if (row.value === undefined) {
    if (value === undefined) return [];
    throw new Failure(`Option ${rawName} takes no value`, USAGE);
  }
  if (value === undefined && row.isValueOptional) return [""];
  if (value === undefined || (!inlineValue && /^-[-A-Za-z]/.test(value))) {
    throw new Failure(`Option ${rawName} needs a value (${rawName} ${row.value})`, USAGE);
  }
  // `-p=80`: many programs read it so.
  return [inlineValue && !rawName.startsWith("--") ? value.replace(/^=/, "") : value];
}

function refuseSecond(what: string, second: string): string {
  return `Cannot serve both ${quote(what)} and ${quote(second)}: give one of them`;
}

function refuseOption(rawName: string): string {
  const meant = rawName.startsWith("--") ? nearestLong(rawName.slice(2)) : otherCase(rawName);
  return `Unknown option ${rawName} (${
    meant === null ? "rawserve --help-all shows them" : `did you mean ${meant}?`
  })`;
}

function nearestLong(name: string): string | null {
  const nearest = nearestName(name.toLowerCase(), OPTIONS.map((row) => row.name));
  return nearest === null ? null : `--${nearest}`;
}

function otherCase(rawName: string): string | null {
  const wanted = rawName.slice(1).toLowerCase();
  const row = (OPTIONS as readonly OptionRow[]).find((row) => row.short?.toLowerCase() === wanted);
  return row === undefined ? null : `-${row.short}`;
}
