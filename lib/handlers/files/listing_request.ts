/**
 * WHAT ANSWERS (RFC 9110 12.5.1): what a request wants of a listing: its order, and whether as a page or
 * as JSON.
 *
 *   ?sort=name|size|time   &   order=asc|desc      what is unknown or missing is name, and asc
 *
 * JSON goes to whoever names `application/json` and wants it no less than `text/html`. Wildcards do not
 * count: a browser sends one, and a person who types the address into curl wants to read the answer.
 */

import { parseList } from "../../http1/list_syntax.ts";

/** What entries are sorted by. */
export type Column = "name" | "size" | "time";

/** The order of a listing. Folders come before files in each. */
export interface Order {
  /** What entries are compared by; those that are equal in it, by their names. */
  readonly column: Column;
  /** Whether the greatest comes first. */
  readonly isDescending: boolean;
}

const DEFAULT_ORDER: Order = { column: "name", isDescending: false };
const MOST_RANGES = 64;
/** A media range with its parameters (RFC 9110 12.5.1). */
const MEDIA_RANGE =
  /([!#$%&'*+.^_`|~\w-]+\/[!#$%&'*+.^_`|~\w-]+)((?:[ \t]*;[ \t]*(?:[!#$%&'*+.^_`|~\w-]+=(?:[!#$%&'*+.^_`|~\w-]+|"(?:[^"\\]|\\.)*"))?)*)/y;
const WEIGHT = /;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)[ \t]*(?:;|$)/i;

/** The order that `query` (null where there is none) asks for. */
export function parseOrder(query: string | null): Order {
  if (query === null) return DEFAULT_ORDER;
  const parameters = new URLSearchParams(query);
  const sort = parameters.get("sort");
  return {
    column: sort === "size" || sort === "time" ? sort : "name",
    isDescending: parameters.get("order") === "desc",
  };
}

/** Whether JSON is wanted, by the value of Accept (null where there is none). */
export function wantsJson(accept: string | null): boolean {
  // Hardly anybody asks, so hardly anybody pays for the reading.
  if (accept === null || !/application\/json/i.test(accept)) return false;
  const ranges = parseList(accept, { member: MEDIA_RANGE, most: MOST_RANGES }) ?? [];
  let json = 0;
  let html = 0;
  for (const [, type = "", parameters = ""] of ranges) {
    const weight = Number(WEIGHT.exec(parameters)?.[1] ?? 1);
    const name = type.toLowerCase();
    if (name === "application/json") json = Math.max(json, weight);
    else if (name === "text/html") html = Math.max(html, weight);
  }
  return json > 0 && json >= html;
}
