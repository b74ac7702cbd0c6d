/**
 * COMMAND LINE: what was given becomes a value, or one line that says where it was given, what it was and
 * what would do instead.
 */

import { SettingError } from "../handlers/setting_error.ts";
import { Failure, USAGE } from "./failure.ts";
import { BY_FLAG, lastOf } from "./given.ts";
import type { Given } from "./given.ts";
import { formatOctetCount, parseOctetCount } from "./octet_count.ts";

/** A number within bounds. Throws `Failure` for everything else. */
export function toNumber(
  given: Given | undefined,
  range: { otherwise: number; from: number; to: number; isWhole?: boolean },
): number {
  if (given === undefined) return range.otherwise;
  const { from, to, isWhole = false } = range;
  const text = lastOf(given);
  const number = Number(text);
  if (!(isWhole ? /^\d+$/ : /^\d+(?:\.\d+)?$/).test(text) || number < from || number > to) {
    throw refuse(given, `give a${isWhole ? " whole" : ""} number from ${from} to ${to}`);
  }
  return number;
}

/** A number of octets within bounds. Throws `Failure` for everything else. */
export function toOctetCount(
  given: Given | undefined,
  range: { otherwise: number; from: number; to: number },
): number {
  if (given === undefined) return range.otherwise;
  const { from, to } = range;
  const count = parseOctetCount(lastOf(given));
  if (count === null || count < from || count > to) {
    const most = formatOctetCount(to);
    throw refuse(given, `give a whole number of octets from ${from} to ${most} (K, M, G work)`);
  }
  return count;
}

/** On or off. Throws `Failure` for what is neither. */
export function toSwitch(given: Given | undefined, otherwise: boolean): boolean {
  if (given === undefined) return otherwise;
  const isOn = parseSwitch(lastOf(given));
  if (isOn === null) throw refuse(given, "give on or off");
  return isOn;
}

/** Whether `text` means on; null where it means neither on nor off. */
export function parseSwitch(text: string): boolean | null {
  if (/^(?:1|true|yes|on)$/i.test(text)) return true;
  if (/^(?:0|false|no|off)$/i.test(text)) return false;
  return null;
}

/** What a handler's own parser makes of each value. Throws `Failure` for what it does not understand. */
export function toSettings<T>(given: Given | undefined, parse: (text: string) => T): T[] {
  if (given === undefined) return [];
  try {
    return given.values.map((text) => parse(text));
  } catch (error) {
    throw toFailure(error, given);
  }
}

/** The failure that a handler's complaint about a setting is; any other error as it is. */
export function toFailure(error: unknown, given?: Given): unknown {
  if (!(error instanceof SettingError)) return error;
  // It names the option; a variable is somewhere else.
  const place = given === undefined || given.rank === BY_FLAG ? "" : ` (${given.source})`;
  return new Failure(error.message + place, USAGE);
}

/** The failure that says what is wrong with `value`. */
export function refuse(given: Given, advice: string, value = lastOf(given)): Failure {
  const { source, rank } = given;
  return new Failure(
    `Cannot use ${source}${rank === BY_FLAG ? " " : "="}${quote(value)}: ${advice}`,
    USAGE,
  );
}

/** `text` as a message shows it: between quotes where one could not see where it begins and ends. */
export function quote(text: string): string {
  return text === "" || /[\s'"]/.test(text) ? JSON.stringify(text) : text;
}
