/**
 * COMMAND LINE: what was asked for, before anybody asks whether it makes sense.
 *
 * Each option is kept with the place where it was found, so that a message can name the culprit: the
 * flag as it was typed, or the variable. Places have ranks, and the higher one wins.
 */

import type { OptionName } from "./option_table.ts";

/** A platform's own variable, `PORT`. */
export const BY_PLATFORM = 1;
/** A variable of ours, `RAWSERVE_...`. */
export const BY_ENVIRONMENT = 2;
/** The command line. */
export const BY_FLAG = 3;

/** One option that was given. */
export interface Given {
  /** The flag or the variable, as it was written. */
  readonly source: string;
  readonly rank: number;
  /** What was given, in order; empty for an option without a value. */
  readonly values: readonly string[];
}

/** Of an option that does not repeat, the last one counts. */
export function lastOf(given: Given): string {
  return given.values.at(-1) ?? "";
}

/** The options that were given. */
export type GivenOptions = Map<OptionName, Given>;
