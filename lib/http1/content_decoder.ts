/**
 * PROTOCOL (RFC 9112 6.2 and section 7): takes a request's content out of the octets on the wire.
 *
 * A decoder consumes octets and shows, a piece at a time, where content lies among them; it copies
 * nothing and keeps nothing but its place, so it may be fed at any cuts.
 *
 *   chunked:  SIZE --;--> EXTENSION ... --CR--> LF --> DATA --CR LF--> SIZE
 *                                               |(size 0)
 *                                               +--> TRAILER ... --empty line--> done
 *
 * Chunk sizes are hexadecimal digits and nothing else (no sign, no 0x, no white space that the grammar
 * does not have), line ends are CRLF, extensions are read by their grammar and ignored, trailer fields
 * are read by theirs and dropped. What costs the peer little and us much is bounded: the digits of a
 * size, all extensions together, the trailer section.
 */

import type { RequestFraming } from "./framing.ts";
import { CR, FIELD_CONTENT, HEXDIG, isWhiteSpace, LF, OCTET, TCHAR } from "./octets.ts";
import { badRequest, ProtocolError } from "./protocol_error.ts";

/** What a decoder takes besides content. Octets. */
export interface ContentLimits {
  /** The content itself; more is 413. */
  readonly content: number;
  /** All chunk extensions of a message together; more is 400. */
  readonly chunkExtensions: number;
  /** The trailer section, line ends included; more is 431. */
  readonly trailerSection: number;
}

/** Finds content among the octets of a message; `decode` until `isDone`. */
export interface ContentDecoder {
  /** Whether the content has ended; octets behind it belong to the next message. */
  readonly isDone: boolean;
  /** Where the piece lies that the last `decode` found; the two are equal where it found none. */
  readonly pieceStart: number;
  /** One behind the piece's last octet. */
  readonly pieceEnd: number;
  /** How many octets the content still has for certain; 0 where nobody knows. */
  readonly remaining: number;
  /**
   * Consumes octets of `bytes` from `start` to before `end`, up to the end of one piece of content or of
   * the message, and returns the index of the first octet that it did not consume. Throws
   * `ProtocolError` (400, 413, 431) where the octets break a rule or a limit.
   */
  decode(bytes: Uint8Array, start: number, end: number): number;
}

/** A decoder for content that is framed so; null where there is none. Throws 413 for a length over the limit. */
export function toContentDecoder(
  framing: RequestFraming,
  limits: ContentLimits,
): ContentDecoder | null {
  switch (framing.kind) {
    case "none":
      return null;
    case "length":
      if (framing.length > limits.content) throw tooMuchContent();
      return framing.length === 0 ? null : new LengthDecoder(framing.length);
    case "chunked":
      return new ChunkedDecoder(limits);
  }
}

class LengthDecoder implements ContentDecoder {
  pieceStart = 0;
  pieceEnd = 0;
  remaining: number;

  constructor(length: number) {
    this.remaining = length;
  }

  get isDone(): boolean {
    return this.remaining === 0;
  }

  decode(_bytes: Uint8Array, start: number, end: number): number {
    this.pieceStart = start;
    this.pieceEnd = Math.min(end, start + this.remaining);
    this.remaining -= this.pieceEnd - start;
    return this.pieceEnd;
  }
}

/** Above 2^53 - 1 a size can no longer be counted exactly; 13 digits stay below it. */
export const SIZE_DIGITS = 13;

const SIZE = 0;
const AFTER_SIZE = 1;
const BEFORE_NAME = 2;
const NAME = 3;
const AFTER_NAME = 4;
const BEFORE_VALUE = 5;
const TOKEN = 6;
const QUOTED = 7;
const QUOTED_PAIR = 8;
const AFTER_QUOTED = 9;
const SIZE_END = 10;
const DATA = 11;
const DATA_CR = 12;
const DATA_LF = 13;
const TRAILER = 14;
const TRAILER_NAME = 15;
const TRAILER_VALUE = 16;
const TRAILER_END = 17;
const LAST_LF = 18;
const DONE = 19;

class ChunkedDecoder implements ContentDecoder {
  pieceStart = 0;
  pieceEnd = 0;
  /** What is left of the chunk that is being read. */
  remaining = 0;
  readonly #limits: ContentLimits;
  #phase = SIZE;
  #digits = 0;
  #size = 0;
  #content = 0;
  #extensions = 0;
  #trailers = 0;

  constructor(limits: ContentLimits) {
    this.#limits = limits;
  }

  get isDone(): boolean {
    return this.#phase === DONE;
  }

  decode(bytes: Uint8Array, start: number, end: number): number {
    let i = start;
    while (i < end && this.#phase !== DONE) {
      if (this.#phase === DATA) {
        this.pieceStart = i;
        this.pieceEnd = Math.min(end, i + this.remaining);
        this.remaining -= this.pieceEnd - i;
        if (this.remaining === 0) this.#phase = DATA_CR;
        return this.pieceEnd;
      }
      this.#phase = this.#phase < TRAILER
        ? this.#stepChunk(bytes[i]!)
        : this.#stepTrailer(bytes[i]!);
      i++;
    }
    this.pieceStart = this.pieceEnd = i;
    return i;
  }

  /** The phase after `octet` in a chunk's first line or at its end. */
  #stepChunk(octet: number): number {
    const octetClass = OCTET[octet]!;
    const phase = this.#phase;
    if (phase > SIZE && phase < SIZE_END && ++this.#extensions > this.#limits.chunkExtensions) {
      throw badRequest("There are more chunk extensions than this server takes", "RFC 9112 7.1.1");
    }
    switch (phase) {
      case SIZE:
        if ((octetClass & HEXDIG) !== 0) return this.#addDigit(octet);
        if (this.#digits === 0) break;
        if (octet === CR) return SIZE_END;
        if (octet === 0x3b) return BEFORE_NAME;
        if (isWhiteSpace(octet)) return AFTER_SIZE;
        break;
      case AFTER_SIZE:
        if (octet === 0x3b) return BEFORE_NAME;
        if (isWhiteSpace(octet)) return AFTER_SIZE;
        break;
      case BEFORE_NAME:
        if ((octetClass & TCHAR) !== 0) return NAME;
        if (isWhiteSpace(octet)) return BEFORE_NAME;
        break;
      case NAME:
        if ((octetClass & TCHAR) !== 0) return NAME;
        if (octet === CR) return SIZE_END;
        if (octet === 0x3b) return BEFORE_NAME;
        if (octet === 0x3d) return BEFORE_VALUE;
        if (isWhiteSpace(octet)) return AFTER_NAME;
        break;
      case AFTER_NAME:
        if (octet === 0x3b) return BEFORE_NAME;
        if (octet === 0x3d) return BEFORE_VALUE;
        if (isWhiteSpace(octet)) return AFTER_NAME;
        break;
      case BEFORE_VALUE:
        if ((octetClass & TCHAR) !== 0) return TOKEN;
        if (octet === 0x22) return QUOTED;
        if (isWhiteSpace(octet)) return BEFORE_VALUE;
        break;
      case TOKEN:
        if ((octetClass & TCHAR) !== 0) return TOKEN;
        if (octet === CR) return SIZE_END;
        if (octet === 0x3b) return BEFORE_NAME;
        if (isWhiteSpace(octet)) return AFTER_SIZE;
        break;
      case QUOTED:
        if (octet === 0x22) return AFTER_QUOTED;
        if (octet === 0x5c) return QUOTED_PAIR;
        if ((octetClass & FIELD_CONTENT) !== 0) return QUOTED;
        break;
      case QUOTED_PAIR:
        if ((octetClass & FIELD_CONTENT) !== 0) return QUOTED;
        break;
      case AFTER_QUOTED:
        if (octet === CR) return SIZE_END;
        if (octet === 0x3b) return BEFORE_NAME;
        if (isWhiteSpace(octet)) return AFTER_SIZE;
        break;
      case SIZE_END:
        if (octet === LF) return this.#beginChunk();
        break;
      case DATA_CR:
        if (octet === CR) return DATA_LF;
        throw badRequest("A chunk is longer than its size says", "RFC 9112 7.1");
      case DATA_LF:
        if (octet === LF) return SIZE;
        throw badRequest("A chunk is longer than its size says", "RFC 9112 7.1");
    }
    throw badRequest("The line before a chunk is malformed", "RFC 9112 7.1");
  }

  #addDigit(octet: number): number {
    if (++this.#digits > SIZE_DIGITS) {
      throw badRequest("A chunk size has more digits than this server takes", "RFC 9112 7.1");
    }
    this.#size = this.#size * 16 + (octet <= 0x39 ? octet - 0x30 : (octet | 0x20) - 0x57);
    return SIZE;
  }

  #beginChunk(): number {
    const size = this.#size;
    this.#size = 0;
    this.#digits = 0;
    if (size === 0) return TRAILER;
    this.#content += size;
    if (this.#content > this.#limits.content) throw tooMuchContent();
    this.remaining = size;
    return DATA;
  }

  /** The phase after `octet` in the trailer section. */
  #stepTrailer(octet: number): number {
    const octetClass = OCTET[octet]!;
    if (++this.#trailers > this.#limits.trailerSection) {
      throw new ProtocolError("The trailer section is larger than this server takes", {
        status: 431,
        section: "RFC 6585 5",
      });
    }
    switch (this.#phase) {
      case TRAILER:
        if (octet === CR) return LAST_LF;
        if ((octetClass & TCHAR) !== 0) return TRAILER_NAME;
        break;
      case TRAILER_NAME:
        if ((octetClass & TCHAR) !== 0) return TRAILER_NAME;
        if (octet === 0x3a) return TRAILER_VALUE;
        break;
      case TRAILER_VALUE:
        if (octet === CR) return TRAILER_END;
        if ((octetClass & FIELD_CONTENT) !== 0) return TRAILER_VALUE;
        break;
      case TRAILER_END:
        if (octet === LF) return TRAILER;
        break;
      case LAST_LF:
        if (octet === LF) return DONE;
        break;
    }
    throw badRequest("The trailer section is malformed", "RFC 9112 7.1.2");
  }
}

function tooMuchContent(): ProtocolError {
  return new ProtocolError("The content is larger than this server takes", {
    status: 413,
    section: "RFC 9110 15.5.14",
  });
}
