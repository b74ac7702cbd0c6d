/**
 * WHAT ANSWERS (RFC 9111 5.2.2, RFC 8246): how long others may keep a file.
 *
 *   a rule of --cache matches    what the last one that does says
 *   the name holds its hash      for a year, and no need to ask again: the content cannot change
 *   else                         it may be kept, and must be asked about at each use, which costs a 304
 *
 * `public` is left out. An answer to a GET may be kept by everybody unless something forbids it; all
 * that the word would do is to let shared caches hand out what was answered to somebody who had to
 * log in (RFC 9111 3.5).
 */

import { quoteUnlessPlain, SettingError } from "../setting_error.ts";
import { hasContentHash } from "./content_hash.ts";
import { PathPattern } from "./path_pattern.ts";

/** For which files which Cache-Control. */
export interface CacheRule {
  /** The files. */
  readonly pattern: PathPattern;
  /** The value of Cache-Control. */
  readonly value: string;
}

/** Kept, and asked about at each use. */
export const REVALIDATE = "no-cache";
/** Kept for a year, the longest that anybody counts, without asking. */
export const KEEP_FOR_GOOD = "max-age=31536000, immutable";

const DIRECTIVE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:=([!#$%&'*+.^_`|~0-9A-Za-z-]+))?$/;
/** Directives whose argument is a number of seconds. */
const IN_SECONDS = new Set(["max-age", "s-maxage", "stale-while-revalidate", "stale-if-error"]);

/** Knows what to say of each file. */
export class CachePolicy {
  readonly #rules: readonly CacheRule[];

  /** Of several rules that match a file the last one counts. */
  constructor(rules: readonly CacheRule[] = []) {
    this.#rules = rules.toReversed();
  }

  /**
   * The value of Cache-Control for the file at `path`, which begins with `/` at the root, is not
   * percent-encoded and names the file that is really sent: `/index.html`, where `/` was asked for.
   */
  of(path: string): string {
    const rule = this.#rules.find(({ pattern }) => pattern.matches(path));
    if (rule !== undefined) return rule.value;
    return hasContentHash(path.slice(path.lastIndexOf("/") + 1)) ? KEEP_FOR_GOOD : REVALIDATE;
  }
}

/**
 * Understands `pattern=value`, such as `*.html=no-store` or `/assets/**=max-age=3600`; the first `=` is
 * the border. Throws `SettingError`.
 */
export function parseCacheOption(text: string): CacheRule {
  const sign = text.indexOf("=");
  if (sign < 1) throw refuse(text, "give PATTERN=VALUE, such as '*.html=no-store'");
  const value = text.slice(sign + 1).split(",").map((directive) => directive.trim());
  for (const directive of value) {
    const fault = findFault(directive);
    if (fault !== null) throw refuse(text, fault);
  }
  try {
    return { pattern: new PathPattern(text.slice(0, sign)), value: value.join(", ") };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw refuse(text, error.message);
  }
}

function findFault(directive: string): string | null {
  const [, name = "", argument] = DIRECTIVE.exec(directive) ?? [];
  if (name === "") return "the value is no list of directives such as max-age=60, must-revalidate";
  if (/^\d+$/.test(name)) return `say what the number is, such as max-age=${name}`;
  if (!IN_SECONDS.has(name.toLowerCase()) || /^\d+$/.test(argument ?? "")) return null;
  return `${name} takes a number of seconds, such as ${name}=3600`;
}

function refuse(text: string, advice: string): SettingError {
  return new SettingError(`Cannot understand --cache ${quoteUnlessPlain(text)}`, advice);
}
