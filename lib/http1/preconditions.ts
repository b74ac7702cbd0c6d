/**
 * PROTOCOL (RFC 9110 8.8.3 and section 13): entity-tags and the conditions that a request makes.
 *
 * In the order of 13.2.2, each step only where the one before let the request pass:
 *
 *   If-Match there        no member matches strongly            412
 *     else If-Unmodified-Since there    modified since          412
 *   If-None-Match there   a member matches weakly               304 to GET and HEAD, 412 to others
 *     else If-Modified-Since there, GET or HEAD    not since    304
 *   If-Range there        decides whether Range counts; asked when all of the above has passed
 *
 * A list of tags that breaks the grammar matches nothing, which is the careful side both times: what
 * was to be done only if something matches is not done, what was to be spared is sent. A date that is
 * none is ignored, as 13.1.3 and 13.1.4 say.
 *
 * That there is a current representation is taken for granted: who has none answers 404 and asks nothing
 * here (13.2.1). Nothing here knows what time it is; the present only tells the century of old dates.
 */

import type { Fields } from "./fields.ts";
import { parseHttpDate } from "./http_date.ts";
import { parseList } from "./list_syntax.ts";

/** What distinguishes one state of a representation from another (RFC 9110 8.8). */
export interface Validators {
  /** An entity-tag as it is sent, quotes and `W/` included; null where there is none. */
  readonly etag: string | null;
  /** Milliseconds since 1970, of which the fraction of a second does not count; null where unknown. */
  readonly lastModified: number | null;
}

/** What follows from a request's conditions: do it, answer 304, or answer 412. */
export type PreconditionOutcome = "proceed" | "not-modified" | "precondition-failed";

const TAG_SYNTAX = '(?:W/)?"[\\x21\\x23-\\x7e\\x80-\\xff]*"';
const ENTITY_TAG = new RegExp(`^${TAG_SYNTAX}$`);
const LISTED_TAG = new RegExp(TAG_SYNTAX, "y");
const UNCONDITIONAL = /^(?:CONNECT|OPTIONS|TRACE)$/;

/** Whether `text` is an entity-tag by the grammar of RFC 9110 8.8.3, a character being an octet. */
export function isEntityTag(text: string): boolean {
  return ENTITY_TAG.test(text);
}

/** Whether two entity-tags are equal and both strong: the same octets (RFC 9110 8.8.3.2). */
export function isStrongMatch(one: string, other: string): boolean {
  return one === other && !one.startsWith("W/");
}

/** Whether two entity-tags are equal but for their weakness: content as good as the same (RFC 9110 8.8.3.2). */
export function isWeakMatch(one: string, other: string): boolean {
  return toOpaqueTag(one) === toOpaqueTag(other);
}

function toOpaqueTag(tag: string): string {
  return tag.startsWith("W/") ? tag.slice(2) : tag;
}

const PRECONDITIONS = ["if-none-match", "if-modified-since", "if-match", "if-unmodified-since"];
const SELECTIVE = [...PRECONDITIONS, "range"];

/** Whether there is anything for `evaluatePreconditions` to evaluate; most requests have nothing. */
export function hasPreconditions(fields: Fields): boolean {
  return fields.hasAny(PRECONDITIONS);
}

/** Whether the request may get anything but the whole of a representation: a condition or a range is there. */
export function isSelective(fields: Fields): boolean {
  return fields.hasAny(SELECTIVE);
}

/**
 * Evaluates a request's conditions against the current representation (RFC 9110 13.2.2), If-Range aside.
 * To be asked where the answer would be 2xx without them; `now` is in milliseconds since 1970.
 */
export function evaluatePreconditions(
  fields: Fields,
  options: Validators & { method: string; now: number },
): PreconditionOutcome {
  const { method, etag, lastModified, now } = options;
  // These select no representation, so there is nothing to compare with (RFC 9110 13.2.1).
  if (UNCONDITIONAL.test(method)) return "proceed";
  const isReading = method === "GET" || method === "HEAD";

  const ifMatch = fields.get("if-match");
  if (ifMatch !== null) {
    if (!matches(ifMatch, etag, isStrongMatch)) return "precondition-failed";
  } else {
    const limit = parseDateField(fields.get("if-unmodified-since"), now);
    if (limit !== null && lastModified !== null && toWholeSecond(lastModified) > limit) {
      return "precondition-failed";
    }
  }

  const ifNoneMatch = fields.get("if-none-match");
  if (ifNoneMatch !== null) {
    if (!matches(ifNoneMatch, etag, isWeakMatch)) return "proceed";
    return isReading ? "not-modified" : "precondition-failed";
  }
  if (!isReading) return "proceed";
  const since = parseDateField(fields.get("if-modified-since"), now);
  return since !== null && lastModified !== null && toWholeSecond(lastModified) <= since
    ? "not-modified"
    : "proceed";
}

/**
 * Whether the request's Range counts, as far as If-Range has a say (RFC 9110 13.1.5): it has none, or
 * names the current representation by a strong entity-tag or by its exact date. A date convinces only
 * where `isDateStrong`: where the content is known not to have changed twice within that second
 * (8.8.2.2). Anything else in If-Range means that the whole representation is wanted.
 */
export function isRangeApplicable(
  fields: Fields,
  options: Validators & { isDateStrong: boolean; now: number },
): boolean {
  const { etag, lastModified, isDateStrong, now } = options;
  const ifRange = fields.get("if-range");
  if (ifRange === null) return true;
  if (isEntityTag(ifRange)) return etag !== null && isStrongMatch(ifRange, etag);
  const date = parseDateField(ifRange, now);
  return isDateStrong && date !== null && lastModified !== null &&
    date === toWholeSecond(lastModified);
}

/** Whether `*` or a member of the list `value` means a representation that has this tag. */
function matches(
  value: string,
  etag: string | null,
  isMatch: (one: string, other: string) => boolean,
): boolean {
  if (value === "*") return true;
  if (etag === null) return false;
  const tags = parseList(value, { member: LISTED_TAG });
  return tags !== null && tags.some(([tag]) => isMatch(tag, etag));
}

/** The date, or null where there is none, more than one, or something else (RFC 9110 13.1.3, 13.1.4). */
function parseDateField(value: string | null, now: number): number | null {
  return value === null ? null : parseHttpDate(value, now);
}

/** Fields carry whole seconds; file systems know more. */
function toWholeSecond(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) * 1000;
}
