/**
 * COMMAND LINE: below which path a request was answered, for the request log.
 *
 * The mounts' own rule finds it again from the request-target: what answered was handed another request,
 * and what is logged is the one that arrived.
 */

import { toPrefixFinder } from "../handlers/mounts.ts";
import type { TagOf } from "./log_formats.ts";
import type { Served } from "./what.ts";

/** What tells the prefix of the mount or the scripts that a request was for, `/` for the rest; null where nothing is mounted. */
export function toTagOf({ mounts, cgi }: Served): TagOf | null {
  const prefixes = [...mounts, ...cgi].map(({ prefix }) => prefix);
  if (prefixes.length === 0) return null;
  const findPrefix = toPrefixFinder(prefixes);
  return ({ target }) => findPrefix(target)?.prefix ?? "/";
}
