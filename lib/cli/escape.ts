/**
 * COMMAND LINE: text from outside, made fit for a terminal and for a line-based log.
 *
 * An escape sequence in a target or a user agent could recolour the terminal of whoever reads the log,
 * retitle it or worse; a line end could forge a line. Nothing that does not print gets through. What goes
 * between the quotes of the request log is escaped where it is put: `line_buffer.ts`.
 */

/** C0, DEL, C1, and what Unicode has to break lines and to turn the direction of writing. */
const EACH_CONTROL = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;

/** Text of any language for people to read: control characters as `\xHH`, and nothing else. */
export function escapeControls(text: string): string {
  return text.replace(EACH_CONTROL, toEscape);
}

/** The value as JSON in printable ASCII: `JSON.stringify` lets DEL and C1 through, terminals act on them. */
export function toAsciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${toHex(character, 4)}`,
  );
}

function toEscape(character: string): string {
  return character.charCodeAt(0) < 0x100
    ? `\\x${toHex(character, 2).toUpperCase()}`
    : `\\u${toHex(character, 4)}`;
}

function toHex(character: string, digits: number): string {
  return character.charCodeAt(0).toString(16).padStart(digits, "0");
}
