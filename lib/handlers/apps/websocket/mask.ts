/**
 * WHAT ANSWERS (RFC 6455 section 5.3): taking the mask off what a client sends.
 *
 * Octet i of a payload is exclusive-or'ed with octet i modulo 4 of the key. Here that is done in place and
 * four octets at a time, with the key turned so that it fits where the first whole word of the buffer
 * begins; a payload may come in pieces, so the mask remembers how far it is.
 */

/** Below this, in octets, making a view of words costs more than it saves. */
const WORTH_WORDS = 64;

const turned = new Uint8Array(4);
/** The same four octets, in the order of this machine, whatever that is. */
const turnedWord = new Int32Array(turned.buffer);

/** The mask of one frame after the other. */
export class Mask {
  readonly #key = new Uint8Array(4);
  #position = 0;

  /** Begins a frame whose key stands in `octets` from `start` on. */
  begin(octets: Uint8Array, start: number): void {
    for (let i = 0; i < 4; i++) this.#key[i] = octets[start + i]!;
    this.#position = 0;
  }

  /** Takes the mask off the next octets of the frame, in place. */
  remove(octets: Uint8Array): void {
    const key = this.#key;
    const position = this.#position;
    const { length } = octets;
    let i = 0;
    if (length >= WORTH_WORDS) {
      const lead = -octets.byteOffset & 3;
      for (; i < lead; i++) octets[i]! ^= key[(position + i) & 3]!;
      for (let k = 0; k < 4; k++) turned[k] = key[(position + lead + k) & 3]!;
      const word = turnedWord[0]!;
      const count = (length - lead) >> 2;
      const words = new Int32Array(octets.buffer, octets.byteOffset + lead, count);
      for (let k = 0; k < count; k++) words[k]! ^= word;
      i += 4 * count;
    }
    for (; i < length; i++) octets[i]! ^= key[(position + i) & 3]!;
    this.#position = (position + length) & 3;
  }
}
