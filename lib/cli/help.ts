/**
 * COMMAND LINE: what `--help` prints. It fits a terminal of 80 by 24 with the prompt below it, and is made
 * from the table of options.
 */

import { OPTIONS } from "./option_table.ts";
import type { OptionRow } from "./option_table.ts";

/** Where the explanations begin. */
const COLUMN = 27;

/** The help text, without the last line end. */
export function toHelpText(): string {
  return [
    "Usage: rawserve [options]    (or by environment: RAWSERVE_PORT=80, NO_COLOR=1)",
    "",
    ...OPTIONS.map(toHelpLine),
    "",
    "  rawserve --open                 the embedded page, in your browser",
    "  rawserve --lan --port 8080      for every device in your network",
    "  rawserve --listen unix:/tmp/web.sock --log json > access.log",
  ].join("\n");
}

function toHelpLine(row: OptionRow): string {
  const short = row.short === undefined ? "    " : `-${row.short}, `;
  const value = row.value === undefined ? "" : ` ${row.value}`;
  const initially = row.initially === undefined ? "" : ` (${row.initially})`;
  return `  ${short}--${row.name}${value}`.padEnd(COLUMN) + row.help + initially;
}
