/**
 * COMMAND LINE: what `--help` and `--help-all` print, made from the table of options. The first fits a
 * terminal of 80 by 24 with the prompt below it; the second has every option, under headings.
 */

import { OPTIONS } from "./option_table.ts";
import type { OptionGroup, OptionRow } from "./option_row.ts";

const HEADINGS: Record<OptionGroup, string> = {
  listening: "Where to listen",
  limits: "What peers may do, and how long",
  folder: "How a folder is served (also a file, where that makes sense)",
  apps: "Apps: app.ts, module:callable (WSGI), scripts (CGI)",
  answers: "What every answer gets",
  program: "The program",
};

/** The help text, without the last line end. */
export function toHelpText(): string {
  return [
    "Usage: rawserve [options] [folder, file or app]    (nothing: the embedded page)",
    "",
    ...toHelpLines((OPTIONS as readonly OptionRow[]).filter(({ isEveryday }) => isEveryday)),
    "",
    "  rawserve ./public                  a folder, for this machine alone",
    "  rawserve --lan --archive ~/Photos  for your network, with .tar downloads",
    "  rawserve --spa --port 8080 dist    an app of one page",
  ].join("\n");
}

/** The text with every option, without the last line end. */
export function toFullHelpText(): string {
  const lines = toHelpLines(OPTIONS);
  const rows = OPTIONS.map(({ group }, index) => ({ group, line: lines[index]! }));
  const sections = Object.entries(HEADINGS).flatMap(([group, heading]) => [
    "",
    heading,
    ...rows.filter((row) => row.group === group).map(({ line }) => line),
  ]);
  return [
    "Usage: rawserve [options] [folder, file or app]",
    ...sections,
    "",
    "By environment: RAWSERVE_PORT=80, RAWSERVE_SPA=1 and so on; what is repeatable",
    "takes a line each. Flags win over them. PORT and NO_COLOR are understood, too.",
  ].join("\n");
}

/** A line each, the explanations in one column. */
function toHelpLines(rows: readonly OptionRow[]): string[] {
  const names = rows.map(({ short, name, value, isValueOptional = false }) =>
    `  ${short === undefined ? "    " : `-${short}, `}--${name}${
      value === undefined ? "" : isValueOptional ? `[=${value}]` : ` ${value}`
    }`
  );
  const column = Math.max(...names.map(({ length }) => length)) + 2;
  return rows.map(({ help, initially }, index) =>
    names[index]!.padEnd(column) + help + (initially === undefined ? "" : ` (${initially})`)
  );
}
