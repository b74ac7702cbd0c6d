/**
 * SOCKETS (ITU-T X.690): the distinguished encoding rules (DER), in which certificates are written.
 *
 * A value is a tag that says what it is, a length, and its content, which may be values again; so
 * writing is one function, and the others give it their tags. Only what `self_signed.ts` needs is here,
 * and nothing reads.
 */

type Octets = Uint8Array<ArrayBuffer>;

/** Tags with their class and the bit that says that they hold values (X.690 8.1.2, X.680 table 1). */
const BOOLEAN = 0x01;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;
const CONTEXT = 0x80;
const CONSTRUCTED = 0x20;

const encoder = new TextEncoder();

/** SEQUENCE: values one after the other. */
export function sequence(...values: readonly Octets[]): Octets {
  return encode(SEQUENCE, concat(values));
}

/** SET of one value; more would have to be sorted. */
export function setOf(value: Octets): Octets {
  return encode(SET, value);
}

/** INTEGER of the unsigned number that `octets` are, the highest first. */
export function integer(octets: Octets): Octets {
  const first = octets.findIndex((octet) => octet !== 0);
  const shortest = first < 0 ? new Uint8Array(1) : octets.subarray(first);
  // The highest bit would be a sign (X.690 8.3.3).
  return encode(INTEGER, shortest[0]! < 0x80 ? shortest : concat([new Uint8Array(1), shortest]));
}

/** OBJECT IDENTIFIER, from its usual form such as `2.5.4.3`. */
export function objectIdentifier(dotted: string): Octets {
  const [first = 0, second = 0, ...others] = dotted.split(".").map(Number);
  return encode(
    OBJECT_IDENTIFIER,
    Uint8Array.from([40 * first + second, ...others].flatMap(base128)),
  );
}

/** BIT STRING; the last `unused` bits of the last octet do not count. */
export function bitString(octets: Octets, unused = 0): Octets {
  return encode(BIT_STRING, concat([Uint8Array.of(unused), octets]));
}

/** OCTET STRING. */
export function octetString(octets: Octets): Octets {
  return encode(OCTET_STRING, octets);
}

/** BOOLEAN TRUE; FALSE is what is left out. */
export function yes(): Octets {
  return encode(BOOLEAN, Uint8Array.of(0xff));
}

/** UTF8String. */
export function utf8String(text: string): Octets {
  return encode(UTF8_STRING, encoder.encode(text));
}

/** A moment, to the second, as certificates write it: with two digits of the year to 2049 (RFC 5280 4.1.2.5). */
export function time(moment: Date): Octets {
  const digits = moment.toISOString().replace(/\.\d+|[-:T]/g, "");
  return moment.getUTCFullYear() < 2050
    ? encode(UTC_TIME, encoder.encode(digits.slice(2)))
    : encode(GENERALIZED_TIME, encoder.encode(digits));
}

/** `[number]` with a whole value in it (EXPLICIT). */
export function explicit(number: number, value: Octets): Octets {
  return encode(CONTEXT | CONSTRUCTED | number, value);
}

/** `[number]` in place of the tag of a string (IMPLICIT). */
export function implicit(number: number, content: Octets): Octets {
  return encode(CONTEXT | number, content);
}

function encode(tag: number, content: Octets): Octets {
  const { length } = content;
  if (length < 0x80) return concat([Uint8Array.of(tag, length), content]);
  // A longer length is written in as few octets as it needs, after their number (X.690 8.1.3.5).
  const digits: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  return concat([Uint8Array.of(tag, 0x80 | digits.length, ...digits), content]);
}

/** Seven bits an octet, the highest first; all but the last have the eighth (X.690 8.19.2). */
function base128(number: number): number[] {
  const octets = [number % 128];
  for (let rest = Math.floor(number / 128); rest > 0; rest = Math.floor(rest / 128)) {
    octets.unshift(0x80 | rest % 128);
  }
  return octets;
}

function concat(parts: readonly Octets[]): Octets {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
