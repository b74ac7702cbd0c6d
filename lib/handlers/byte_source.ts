/**
 * WHAT ANSWERS: where the octets of a representation come from.
 *
 * A representation needs two things of its content: a part of it, and several parts with other octets
 * between them. Whoever holds the content says how: in memory both are octets; a file would name the
 * part and leave the reading to whoever sends, so that nobody ever holds the whole of it.
 */

import type { ByteRange } from "../http1/byte_ranges.ts";
import type { Content } from "../server/handler.ts";

/** Content of a known length that can be taken in parts. */
export interface ByteSource {
  /** Octets. */
  readonly length: number;
  /** The octets of `range`, for one answer; octets in memory may be sent again and again. */
  slice(range: ByteRange): Content;
  /** One content of several pieces: octets as they are, and ranges of this source. */
  join(pieces: readonly (Uint8Array | ByteRange)[]): Content;
}

/** Content that is in memory and never changes. */
export class MemorySource implements ByteSource {
  readonly #octets: Uint8Array;

  /** `octets` are kept, not copied. */
  constructor(octets: Uint8Array) {
    this.#octets = octets;
  }

  /** Octets. */
  get length(): number {
    return this.#octets.length;
  }

  /** A view; nothing is copied. */
  slice({ start, end }: ByteRange): Uint8Array {
    return this.#octets.subarray(start, end);
  }

  /** A copy of all pieces, one behind the other. */
  join(pieces: readonly (Uint8Array | ByteRange)[]): Uint8Array {
    const parts = pieces.map((piece) => piece instanceof Uint8Array ? piece : this.slice(piece));
    const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
    let offset = 0;
    for (const part of parts) {
      whole.set(part, offset);
      offset += part.length;
    }
    return whole;
  }
}
