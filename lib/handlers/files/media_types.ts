/**
 * WHAT ANSWERS (RFC 9110 8.3): the media type of a file, by its name.
 *
 *   report.final.PDF   the extension is what follows the last dot; case does not count
 *   .gitignore         a name that begins with its only dot is nothing but an extension
 *   Makefile           without a dot, a few names are known as they are
 *   anything else      application/octet-stream, which browsers save and do not guess at
 *
 * Nobody looks into the file, and nothing is asked of the host: what a name means must not depend on
 * the day or the machine. `--mime` adds to the table and wins over it.
 */

import { quoteUnlessPlain, SettingError } from "../setting_error.ts";
import { TYPE_BY_EXTENSION, TYPE_BY_NAME, withCharset } from "./media_type_table.ts";

const UNKNOWN = "application/octet-stream";
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
// RFC 9110 8.3.1; a parameter begins with a semicolon, which no token holds, so there is one way to match.
const MEDIA_TYPE = new RegExp(
  `^${TOKEN}/${TOKEN}(?:[\\t ]*;[\\t ]*${TOKEN}=(?:${TOKEN}|"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\[\\t \\x21-\\x7e])*"))*$`,
);

/** Knows the media type of each name. */
export class MediaTypes {
  readonly #added: ReadonlyMap<string, string>;

  /** `added` maps extensions to media types as `parseMimeOption` returns both, and wins over the table. */
  constructor(added: ReadonlyMap<string, string> = new Map()) {
    this.#added = added;
  }

  /** The value of Content-Type for a file of that name; folders before the name do not count. */
  of(name: string): string {
    const file = name.slice(name.lastIndexOf("/") + 1).toLowerCase();
    const dot = file.lastIndexOf(".");
    if (dot < 0) return TYPE_BY_NAME.get(file) ?? UNKNOWN;
    const extension = file.slice(dot + 1);
    return this.#added.get(extension) ?? TYPE_BY_EXTENSION.get(extension) ?? UNKNOWN;
  }
}

/**
 * Understands `.ext=type/subtype; parameter=value`: the extension in lower case without its dot, and the
 * media type, with `charset=utf-8` where it is text and names no charset. Throws `SettingError`.
 */
export function parseMimeOption(text: string): [extension: string, mediaType: string] {
  const sign = text.indexOf("=");
  const extension = text.slice(0, Math.max(sign, 0)).trim();
  const mediaType = text.slice(sign + 1).trim();
  if (!/^\.[^./\s]+$/.test(extension)) {
    throw refuse(text, "give .EXTENSION=TYPE/SUBTYPE, the extension with one dot, before it");
  }
  if (!MEDIA_TYPE.test(mediaType)) {
    throw refuse(text, "what follows the = is no media type such as text/plain; charset=utf-8");
  }
  return [extension.slice(1).toLowerCase(), withCharset(mediaType)];
}

function refuse(text: string, advice: string): SettingError {
  return new SettingError(`Cannot understand --mime ${quoteUnlessPlain(text)}`, advice);
}
