/**
 * PROTOCOL (RFC 9112 sections 2, 3 and 5): the scanner of request heads, octet by octet.
 *
 *   LEADING --> METHOD --SP--> TARGET --SP--> VERSION --CR--> LINE_END --LF--> FIELD
 *      |  ^                                                                     |  ^
 *      CR LF  (few)                            CR: HEAD_END --LF--> done  <-----+  |
 *                                              NAME --:--> BEFORE_VALUE --> VALUE --CR--> FIELD_END --LF--+
 *
 * The scanner keeps its phase and its place, so that each octet is looked at once, however the wire
 * cuts the message, and a fault is found at the octet that makes it, not when the line is complete.
 * It records where names and values lie and makes no strings of them. There are three outcomes: a
 * head, null (needs more octets), or a `ProtocolError`.
 *
 * A limit is a window: the scanner never looks past the last octet that an element may have, so what
 * comes first, the fault or the limit, does not depend on the cuts either.
 *
 * Line ends are CRLF. A bare LF, which RFC 9112 2.2 allows a recipient to take, is refused: the
 * freedom to take it is what lets two parsers disagree. So are obs-fold and bare CR.
 */

import { CR, FIELD_CONTENT, HTAB, LF, OCTET, SP, TARGET, TCHAR, toLatin1 } from "./octets.ts";
import { badRequest, ProtocolError } from "./protocol_error.ts";
import { toRequestHead } from "./request_rules.ts";
import type { RequestHead, ScannedHead } from "./request_rules.ts";

/** How much of a request head the scanner takes. Octets, or a count where it says so. */
export interface HeadLimits {
  /** The longest request-target; longer is 414. RFC 9112 section 3 asks for 8,000 at least. */
  readonly requestTarget: number;
  /** All field lines together, line ends included; more is 431. */
  readonly fieldSection: number;
  /** How many field lines; more is 431. */
  readonly fieldCount: number;
}

/** Longer than every method in the IANA registry (`UPDATEREDIRECTREF`, 17); longer is 501 (RFC 9112 section 3). */
export const METHOD_LIMIT = 32;
/** Empty lines that are ignored before a request-line (RFC 9112 2.2 asks for one at least), in octets. */
export const LEADING_LIMIT = 2 * 2;
const HTTP_SLASH = [0x48, 0x54, 0x54, 0x50, 0x2f];
/** Beyond every index, and a small integer: infinity would make the engine count in floating point. */
const UNBOUNDED = 0x3fff_ffff;

const LEADING = 0;
const LEADING_END = 1;
const METHOD = 2;
const REQUEST_TARGET = 3;
const VERSION = 4;
const LINE_END = 5;
const FIELD = 6;
const NAME = 7;
const BEFORE_VALUE = 8;
const VALUE = 9;
const FIELD_END = 10;
const HEAD_END = 11;

/**
 * Where the names and values of the head lie that is being scanned. All scanners write here, for a head
 * is nearly always scanned in one call and its request answered in the same turn; what has to last
 * longer is copied: by the scanner while it waits for octets, by `Fields.keep` for a request.
 */
let spans = new Int32Array(4 * 128);

/** What a scanner needs to know of its connection. */
export interface HeadContext {
  /** Whether what is asked for may be an `https` resource: the connection is secured, or its peer is a trusted gateway. */
  readonly secure: boolean;
}

/** Scans the heads of one connection, one after the other. */
export class RequestHeadScanner {
  readonly #limits: HeadLimits;
  /** What is handed over, filled anew for each head. */
  readonly #scanned: ScannedHead;
  #phase = LEADING;
  /** The next octet to look at; this and all offsets below count from the first octet of the message. */
  #at = 0;
  /** Where the element that is being scanned begins. */
  #element = 0;
  #methodStart = 0;
  #targetStart = 0;
  #targetEnd = 0;
  #fieldsStart = 0;
  #major = 0;
  #minor = 0;
  /** How many offsets have been recorded, and where they wait while more octets are awaited. */
  #spanCount = 0;
  #waiting: Int32Array | null = null;

  /** Scans heads within `limits`, of a connection that is not secured unless `context` says so. */
  constructor(limits: HeadLimits, context: HeadContext = { secure: false }) {
    this.#limits = limits;
    this.#scanned = {
      length: 0,
      start: 0,
      spans,
      spanCount: 0,
      method: "",
      target: "",
      version: "1.1",
      secure: context.secure,
    };
  }

  /** Whether a head has begun and is not complete; empty lines before it do not begin it (RFC 9112 2.2). */
  get isInside(): boolean {
    return this.#phase > LEADING_END;
  }

  /**
   * Scans `bytes` from the message's first octet, `start`, to before `end`. A later call for the same
   * message hands the same octets over again with more behind them, at another place if need be;
   * those that were scanned are not looked at twice.
   *
   * Returns the head, whose `length` says where it ends, and is then ready for the next message. The
   * head's fields hold until any scanner is called again, unless `Fields.keep` is called before. Null
   * where it needs more octets. Throws `ProtocolError` (400, 413, 414, 417, 421, 431, 501, 505) for what
   * must be refused; the scanner is of no use after that, as the connection is.
   */
  parse(bytes: Uint8Array, start: number, end: number): RequestHead | null {
    let phase = this.#phase;
    let i = start + this.#at;
    let element = start + this.#element;
    let count = this.#spanCount;
    let places = spans;
    if (this.#waiting !== null) places.set(this.#waiting);
    let stop = Math.min(end, this.#window(phase, start));
    // Phase after phase, entered where the last call left off. A jump to each phase by its number would
    // read as well and costs more than the octets: processors guess plain branches right.
    scan: {
      while (phase <= LEADING_END) {
        if (i === stop) break scan;
        if (phase === LEADING) {
          if (bytes[i] === CR) {
            i++;
            phase = LEADING_END;
            continue;
          }
          this.#methodStart = i - start;
          phase = METHOD;
          stop = Math.min(end, i + METHOD_LIMIT + 1);
        } else {
          if (bytes[i] !== LF) throw badRequest("A CR without LF", "RFC 9112 2.2");
          i++;
          phase = LEADING;
        }
      }

      if (phase === METHOD) {
        while (i < stop && (OCTET[bytes[i]!]! & TCHAR) !== 0) i++;
        if (i === stop) break scan;
        if (bytes[i] !== SP || i === start + this.#methodStart) {
          throw badRequest(
            "The request-line does not begin with a method and a space",
            "RFC 9112 3.1",
          );
        }
        i++;
        this.#targetStart = i - start;
        phase = REQUEST_TARGET;
        stop = Math.min(end, i + this.#limits.requestTarget + 1);
      }

      if (phase === REQUEST_TARGET) {
        while (i < stop && (OCTET[bytes[i]!]! & TARGET) !== 0) i++;
        if (i === stop) break scan;
        if (bytes[i] !== SP || i === start + this.#targetStart) throw badTarget(bytes[i]!);
        this.#targetEnd = i - start;
        i++;
        element = i;
        phase = VERSION;
        stop = end;
      }

      if (phase === VERSION) {
        if (isUsualLineEnd(bytes, i, stop) && i === element) {
          this.#major = this.#minor = 1;
          i += 8;
        } else {
          i = this.#scanVersion(bytes, i, { element, stop });
          if (i === stop) break scan;
        }
        i++;
        phase = LINE_END;
      }

      if (phase === LINE_END) {
        if (i === stop) break scan;
        if (bytes[i] !== LF) throw badRequest("A CR without LF", "RFC 9112 2.2");
        i++;
        this.#fieldsStart = i - start;
        count = 0;
        phase = FIELD;
        stop = Math.min(end, i + this.#limits.fieldSection);
      }

      while (phase !== HEAD_END) {
        if (phase === FIELD) {
          if (i === stop) break scan;
          if (bytes[i] === CR) {
            i++;
            phase = HEAD_END;
            break;
          }
          if (count === this.#limits.fieldCount * 4) {
            throw tooLarge("There are more field lines than this server takes");
          }
          if (count === places.length) places = growSpans();
          element = i;
          phase = NAME;
        }

        if (phase === NAME) {
          while (i < stop && (OCTET[bytes[i]!]! & TCHAR) !== 0) i++;
          if (i === stop) break scan;
          if (bytes[i] !== 0x3a || i === element) throw badName(bytes[i]!, i === element);
          places[count] = element - start;
          places[count + 1] = i - start;
          i++;
          phase = BEFORE_VALUE;
        }

        if (phase === BEFORE_VALUE) {
          while (i < stop && (bytes[i] === SP || bytes[i] === HTAB)) i++;
          if (i === stop) break scan;
          element = i;
          phase = VALUE;
        }

        if (phase === VALUE) {
          while (i < stop && (OCTET[bytes[i]!]! & FIELD_CONTENT) !== 0) i++;
          if (i === stop) break scan;
          if (bytes[i] !== CR) {
            throw badRequest("A field value holds a control character", "RFC 9110 5.5");
          }
          let last = i;
          while (last > element && (bytes[last - 1] === SP || bytes[last - 1] === HTAB)) last--;
          places[count + 2] = element - start;
          places[count + 3] = last - start;
          count += 4;
          i++;
        }

        phase = FIELD_END;
        if (i === stop) break scan;
        if (bytes[i] !== LF) throw badRequest("A CR without LF", "RFC 9112 2.2");
        i++;
        phase = FIELD;
      }

      if (i === stop) break scan;
      if (bytes[i] !== LF) throw badRequest("A CR without LF", "RFC 9112 2.2");
      this.#spanCount = count;
      return this.#finish(bytes, start, i + 1 - start);
    }
    if (stop < end) throw beyondLimit(phase);
    this.#phase = phase;
    this.#at = i - start;
    this.#element = element - start;
    this.#spanCount = count;
    // A line that is half recorded has its beginning here too.
    this.#waiting = phase > LINE_END ? places.slice(0, count + 2) : null;
    return null;
  }

  /** Scans a version that is not 1.1, or not here as a whole, up to the CR behind it or to `stop`. */
  #scanVersion(
    bytes: Uint8Array,
    from: number,
    { element, stop }: { element: number; stop: number },
  ): number {
    let i = from;
    for (; i < stop; i++) {
      const place = i - element;
      const octet = bytes[i]!;
      if (place < 5 ? octet === HTTP_SLASH[place] : place === 6 && octet === 0x2e) continue;
      if (place === 8 && octet === CR) break;
      // One digit each: HTTP-version has no other form (RFC 9112 2.3).
      const digit = octet - 0x30;
      if (digit < 0 || digit > 9 || (place !== 5 && place !== 7)) {
        throw badRequest("The request-line does not end with HTTP/x.y", "RFC 9112 2.3");
      }
      if (place === 5) this.#major = digit;
      else this.#minor = digit;
    }
    if (i < stop && this.#major !== 1) {
      throw new ProtocolError("Only HTTP/1.0 and HTTP/1.1 are spoken here", {
        status: 505,
        section: "RFC 9110 15.6.6",
      });
    }
    return i;
  }

  /** The first octet that a limit forbids in `phase`, as an index into the bytes. */
  #window(phase: number, start: number): number {
    if (phase <= LEADING_END) return start + LEADING_LIMIT + 1;
    if (phase === METHOD) return start + this.#methodStart + METHOD_LIMIT + 1;
    if (phase === REQUEST_TARGET) return start + this.#targetStart + this.#limits.requestTarget + 1;
    if (phase <= LINE_END) return UNBOUNDED;
    return start + this.#fieldsStart + this.#limits.fieldSection;
  }

  #finish(bytes: Uint8Array, start: number, length: number): RequestHead {
    const methodStart = start + this.#methodStart;
    const targetStart = start + this.#targetStart;
    const scanned = this.#scanned;
    this.#phase = LEADING;
    this.#at = 0;
    this.#waiting = null;
    scanned.length = length;
    scanned.start = start;
    scanned.spans = spans;
    scanned.spanCount = this.#spanCount;
    scanned.method = toMethod(bytes, methodStart, targetStart - 1);
    scanned.target = toLatin1(bytes, targetStart, start + this.#targetEnd);
    // A higher minor version is served as the highest that we speak (RFC 9110 6.2).
    scanned.version = this.#minor === 0 ? "1.0" : "1.1";
    return toRequestHead(bytes, scanned);
  }
}

/** More room for spans; a head that needs it is rare, so the room stays. */
function growSpans(): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * spans.length);
  larger.set(spans);
  return spans = larger;
}

/** Whether the octets from `at` on are `HTTP/1.1` and a CR, as they are in nearly every request. */
function isUsualLineEnd(bytes: Uint8Array, at: number, end: number): boolean {
  return end - at >= 9 && bytes[at] === 0x48 && bytes[at + 1] === 0x54 && bytes[at + 2] === 0x54 &&
    bytes[at + 3] === 0x50 && bytes[at + 4] === 0x2f && bytes[at + 5] === 0x31 &&
    bytes[at + 6] === 0x2e && bytes[at + 7] === 0x31 && bytes[at + 8] === CR;
}

function toMethod(bytes: Uint8Array, start: number, end: number): string {
  // Nearly every request: GET.
  if (
    end - start === 3 && bytes[start] === 0x47 && bytes[start + 1] === 0x45 &&
    bytes[start + 2] === 0x54
  ) return "GET";
  return toLatin1(bytes, start, end);
}

function badTarget(octet: number): ProtocolError {
  return octet === CR || octet === LF
    ? badRequest("The request-line names no version", "RFC 9112 3")
    : badRequest("The request-target holds an octet that it must not", "RFC 9112 3.2");
}

function badName(octet: number, empty: boolean): ProtocolError {
  if (octet === SP || octet === HTAB) {
    return empty
      ? badRequest("A field line is folded or begins with white space", "RFC 9112 5.2")
      : badRequest("White space between field name and colon", "RFC 9112 5.1");
  }
  return badRequest("A field line does not begin with a name and a colon", "RFC 9112 5");
}

function tooLarge(message: string): ProtocolError {
  return new ProtocolError(message, { status: 431, section: "RFC 6585 5" });
}

function beyondLimit(phase: number): ProtocolError {
  if (phase <= LEADING_END) {
    return badRequest("Too many empty lines before the request", "RFC 9112 2.2");
  }
  if (phase === METHOD) {
    return new ProtocolError("The method is longer than any that is known", {
      status: 501,
      section: "RFC 9112 3",
    });
  }
  if (phase === REQUEST_TARGET) {
    return new ProtocolError("The request-target is longer than this server takes", {
      status: 414,
      section: "RFC 9110 15.5.15",
    });
  }
  return tooLarge("The field section is larger than this server takes");
}
