/**
 * PROTOCOL (RFC 9110 5.5 and 5.6, RFC 9112 2 and 3, RFC 3986): which octets may stand where.
 *
 * One table of 256 entries, a bit for each class, so that a scanner asks one array look-up per octet.
 * The request-target class is wider than RFC 3986 by the octets that the URL Standard leaves
 * unencoded in browsers ( \ ^ ` { | } ), for their requests are real, and narrower than "anything
 * visible": no `"`, `<`, `>`, no `#` (a fragment is never sent), nothing above 0x7e.
 */

/** A character of a token (RFC 9110 5.6.2): methods, field names, codings, chunk extension names. */
export const TCHAR = 1;
/** An octet inside a field value (RFC 9110 5.5): HTAB, SP, VCHAR or obs-text. */
export const FIELD_CONTENT = 2;
/** An octet of a request-target (RFC 9112 3.2), as narrowed and widened in this file's essay. */
export const TARGET = 4;
/** An octet of a registered name or an IPv4 address (RFC 3986 3.2.2), `%` included. */
export const REG_NAME = 8;
/** An octet between the brackets of an IP-literal (RFC 3986 3.2.2). */
export const IP_LITERAL = 16;
/** 0 to 9. */
export const DIGIT = 32;
/** 0 to 9, A to F, a to f. */
export const HEXDIG = 64;

/** The classes of each octet; test with `&`. */
export const OCTET: Uint8Array = classify();

/** Horizontal tab. */
export const HTAB = 0x09;
/** Line feed. */
export const LF = 0x0a;
/** Carriage return. */
export const CR = 0x0d;
/** Space. */
export const SP = 0x20;

function classify(): Uint8Array {
  const classes = new Uint8Array(256);
  const mark = (characters: string, bit: number) => {
    for (const character of characters) {
      classes[character.charCodeAt(0)]! |= bit;
    }
  };
  const range = (first: number, last: number) =>
    Array.from({ length: last - first + 1 }, (_, i) => String.fromCharCode(first + i)).join("");
  const digits = "0123456789";
  const letters = range(0x41, 0x5a) + range(0x61, 0x7a);
  const unreserved = letters + digits + "-._~";
  const subDelims = "!$&'()*+,;=";

  mark(letters + digits + "!#$%&'*+-.^_`|~", TCHAR);
  mark("\t " + range(0x21, 0x7e) + range(0x80, 0xff), FIELD_CONTENT);
  mark(unreserved + subDelims + ":/?@[]%\\^`{|}", TARGET);
  mark(unreserved + subDelims + "%", REG_NAME);
  mark(unreserved + subDelims + ":", IP_LITERAL);
  mark(digits, DIGIT);
  mark(digits + "ABCDEFabcdef", HEXDIG);
  return classes;
}

/** ASCII upper case made lower; every other octet as it is. */
const LOWER: Uint8Array = Uint8Array.from(
  { length: 256 },
  (_, octet) => octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet,
);

/**
 * The octets from `start` to before `end` as a string, one UTF-16 unit per octet (ISO-8859-1). Field
 * values may hold obs-text, whose coding nobody knows, so nothing is decoded and nothing can fail.
 */
export function toLatin1(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  if (end - start <= 16) {
    // Most names and values are this short; up to here, adding beats the cost of a view.
    for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
    return text;
  }
  // The engine passes every octet as an argument; 8,192 of them stay clear of its stack limit.
  for (let i = start; i < end; i += 8192) {
    const piece = bytes.subarray(i, Math.min(end, i + 8192));
    text += String.fromCharCode.apply(null, piece as unknown as number[]);
  }
  return text;
}

/**
 * `text` without the white space at its ends that is optional there (RFC 9110 5.6.3): SP and HTAB alone,
 * where `String.trim` would take ISO-8859-1's no-break space too.
 */
export function trimOptionalWhiteSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isWhiteSpace(text.charCodeAt(start))) start++;
  while (start < end && isWhiteSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** Whether `octet` is SP or HTAB. */
export function isWhiteSpace(octet: number): boolean {
  return octet === SP || octet === HTAB;
}

/** Whether the octets from `start` on are `text`, which is as long as the span. */
export function equalsExactly(bytes: Uint8Array, start: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (bytes[start + i] !== text.charCodeAt(i)) return false;
  }
  return true;
}

/** Whether the octets from `start` on are `text`, which is as long as the span; ASCII case is ignored. */
export function equalsIgnoringCase(bytes: Uint8Array, start: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    // A character above 0xff has no entry, and undefined equals no octet.
    if (LOWER[bytes[start + i]!] !== LOWER[text.charCodeAt(i)]) return false;
  }
  return true;
}
