/**
 * WHAT ANSWERS (RFC 3986 section 3.3): from a request's path to names below the root.
 *
 *   decode once --> split at "/" --> refuse what is no plain name --> names
 *
 * This is the only place that sees the raw path. What comes out is a list of names that can be joined to
 * the root and nothing else: no `.`, no `..`, no empty name, no NUL, no separator of any system.
 * Whether the names exist, and whether a link leads out of the root, is found out afterwards.
 */

import { decodePath } from "../../http1/request_target.ts";

/** Names below the root. */
export interface RootPath {
  /** Each a plain name; none for the root itself. */
  readonly names: readonly string[];
  /** Whether the path ends with a slash, as a folder's does. */
  readonly isFolder: boolean;
}

/** Why a path names nothing: `bad`, it is malformed or tries to climb; `empty-name`, two slashes meet in it. */
export type PathRefusal = "bad" | "empty-name";

/** The one folder with a leading dot that is there to be seen (RFC 8615). */
const WELL_KNOWN = ".well-known";
/** On Windows `\` separates too, and others begin a drive, a stream or a device. No name holds them there. */
const FOREIGN = /[\\:*?"<>|]|[. ]$/;
const IS_WINDOWS = Deno.build.os === "windows";

/** The names that `path`, which begins with a slash, stands for, or why it stands for none. */
export function parseRootPath(path: string): RootPath | PathRefusal {
  // Browsers send `/` for a backslash that is typed, so one that arrives is somebody's attempt.
  if (path.includes("\\")) return "bad";
  const decoded = decodePath(path);
  if (decoded === null || decoded.includes("\0")) return "bad";
  const names = decoded.split("/");
  names.shift();
  const isFolder = names.at(-1) === "";
  if (isFolder) names.pop();
  for (const name of names) {
    if (name === "." || name === ".." || (IS_WINDOWS && FOREIGN.test(name))) return "bad";
    if (name === "") return "empty-name";
  }
  return { names, isFolder };
}

/** Whether a file or folder of that name is there to be used by programs, and not to be seen. */
export function isHiddenName(name: string): boolean {
  return name.startsWith(".") && name !== WELL_KNOWN;
}
