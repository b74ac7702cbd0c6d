/**
 * COMMAND LINE: environment variables become given options.
 *
 * Every option that is not mere text has its variable, `RAWSERVE_` and its name. An empty one is as good
 * as none, which is how one is taken back. An option without a value is on or off; one that repeats
 * takes a line each. `PORT` is what hosting platforms set.
 */

import { Failure, USAGE } from "./failure.ts";
import { BY_ENVIRONMENT, BY_PLATFORM } from "./given.ts";
import type { GivenOptions } from "./given.ts";
import { parseSwitch } from "./given_value.ts";
import { OPTIONS, toVariableName } from "./option_table.ts";
import type { OptionRow } from "./option_row.ts";

/** Looks up a variable; undefined where it is not set. */
export type Environment = (name: string) => string | undefined;

/** The options in the environment. Throws `Failure` for a switch that is neither on nor off. */
export function readEnvironment(environment: Environment): GivenOptions {
  const given: GivenOptions = new Map();
  const platformPort = environment("PORT");
  if (platformPort) {
    given.set("port", { source: "PORT", rank: BY_PLATFORM, values: [platformPort] });
  }
  for (const row of OPTIONS) {
    if ("printsOnly" in row) continue;
    const source = toVariableName(row.name);
    const text = environment(source);
    if (!text) continue;
    const values = toValues(row, source, text);
    if (values !== null) given.set(row.name, { source, rank: BY_ENVIRONMENT, values });
  }
  return given;
}

/** Null where the option is switched off. */
function toValues(row: OptionRow, source: string, text: string): string[] | null {
  if (row.isValueOptional && parseSwitch(text) !== null) return isOn(source, text) ? [""] : null;
  if (row.value === undefined) return isOn(source, text) ? [] : null;
  if (row.repeats) return text.split(/\r?\n/).filter((line) => line !== "");
  return [text];
}

function isOn(source: string, text: string): boolean {
  const isOn = parseSwitch(text);
  if (isOn === null) throw new Failure(`Cannot use ${source}=${text}: give 1 or 0`, USAGE);
  return isOn;
}
