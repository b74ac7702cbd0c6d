/**
 * PROTOCOL (RFC 9110 section 14): which octets of a representation a Range field asks for.
 *
 *   bytes=0-99      the first hundred         bytes=500-     from the 501st to the end
 *   bytes=-100      the last hundred          bytes=0-0,-1   the first and the last
 *
 * There are three outcomes: ranges, "unsatisfiable" (416), and null: the field is ignored and the whole
 * representation is sent. That is what 14.2 allows for every field that is malformed, of another unit or
 * abusive, and what an empty representation gets, since there is no octet in it that could be named.
 *
 * A few dozen octets of request can ask for the same gigabyte a thousand times. Therefore the number
 * of ranges is bounded, and ranges that overlap or touch become one (15.3.7.2), so that an answer is
 * never longer than the representation and its parts' heads. The others stay in the order in which
 * they were asked for, for the client may want the index at the end of a file first.
 */

import { parseList } from "./list_syntax.ts";

/** A part of a representation, in octets; never empty. */
export interface ByteRange {
  /** The first octet; the representation begins with 0. */
  readonly start: number;
  /** The octet behind the last. */
  readonly end: number;
}

/**
 * How many ranges a Range field may ask for before it is ignored, what is unsatisfiable included.
 * Readers of big documents ask for a few dozen at a time.
 */
export const RANGE_COUNT_LIMIT = 100;

// The unit's name is case-insensitive (RFC 9110 14.1); the lists after it begin without white space.
const UNIT = /^bytes=(?![\t ])/i;
const RANGE_SPEC = /([0-9]*)-([0-9]*)/y;

/**
 * The ranges that `value`, a Range field, asks for out of `length` octets, clamped to what is there,
 * none overlapping or touching another; "unsatisfiable" where nothing of what it asks for is there; null
 * where it is to be ignored (RFC 9110 14.1.1, 14.1.2, 14.2). Positions beyond 2^53 are beyond every end.
 */
export function parseByteRanges(
  value: string,
  length: number,
): readonly ByteRange[] | "unsatisfiable" | null {
  const unit = UNIT.exec(value);
  if (unit === null || length === 0) return null;
  const specs = parseList(value, {
    member: RANGE_SPEC,
    start: unit[0].length,
    most: RANGE_COUNT_LIMIT,
  });
  if (specs === null || specs.length === 0) return null;
  const ranges: ByteRange[] = [];
  for (const [, first = "", last = ""] of specs) {
    const range = first === "" ? toSuffix(last, length) : toRange(first, last, length);
    if (range === null) return null;
    if (range.start < range.end) ranges.push(range);
  }
  if (ranges.length === 0) return "unsatisfiable";
  return ranges.length === 1 ? ranges : coalesce(ranges);
}

/** Content-Range of a part, or of the only one (RFC 9110 14.4). */
export function toContentRange(range: ByteRange, length: number): string {
  return `bytes ${range.start}-${range.end - 1}/${length}`;
}

/** Content-Range of a 416: how long the representation is (RFC 9110 14.4, 15.5.17). */
export function toUnsatisfiedRange(length: number): string {
  return `bytes */${length}`;
}

/** The last octets, all if there are fewer; empty where none are asked for. Null for a bare `-`. */
function toSuffix(count: string, length: number): ByteRange | null {
  if (count === "") return null;
  return { start: Math.max(0, length - Number(count)), end: length };
}

/** From `first` to `last` inclusive, or to the end; empty where it begins behind it. Null where it runs backwards. */
function toRange(first: string, last: string, length: number): ByteRange | null {
  const start = Number(first);
  if (last === "") return { start, end: length };
  if (Number(last) < start) return null;
  return { start, end: Math.min(length, Number(last) + 1) };
}

/** Makes one of those that overlap or touch; it stands where the first of them was asked for. */
function coalesce(ranges: readonly ByteRange[]): ByteRange[] {
  const ascending = ranges
    .map(({ start, end }, place) => ({ start, end, place }))
    .sort((one, other) => one.start - other.start);
  const merged: typeof ascending = [];
  for (const range of ascending) {
    const last = merged.at(-1);
    if (last === undefined || range.start > last.end) {
      merged.push(range);
    } else {
      last.end = Math.max(last.end, range.end);
      last.place = Math.min(last.place, range.place);
    }
  }
  return merged
    .sort((one, other) => one.place - other.place)
    .map(({ start, end }) => ({ start, end }));
}
