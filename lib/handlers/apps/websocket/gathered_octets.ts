/**
 * WHAT ANSWERS: the octets of a message, as they come.
 *
 * A frame says first how long it is, and whoever sends it may lie: memory is taken for what has come and
 * not for what was promised. It grows by doubling, so that a message of many small frames costs no more
 * than its length; where the last frame tells how long all of it is, it grows no further than that.
 */

const EMPTY = new Uint8Array(0);
/** As much is there at once for a message that goes on. */
const FIRST = 512;

/** Octets that are added to until they are taken. */
export class GatheredOctets {
  #octets: Uint8Array<ArrayBuffer> = EMPTY;
  #length = 0;

  /** How many there are. */
  get length(): number {
    return this.#length;
  }

  /**
   * Adds a copy of `piece` and returns it, to be changed in place. `whole` is how long everything becomes;
   * null where nobody knows.
   */
  add(piece: Uint8Array, whole: number | null): Uint8Array<ArrayBuffer> {
    const start = this.#length;
    const end = start + piece.length;
    if (end > this.#octets.length) {
      const roomy = Math.max(end, 2 * this.#octets.length, FIRST);
      const grown = new Uint8Array(whole === null ? roomy : Math.min(whole, roomy));
      grown.set(this.#octets.subarray(0, start));
      this.#octets = grown;
    }
    this.#octets.set(piece, start);
    this.#length = end;
    return this.#octets.subarray(start, end);
  }

  /** All of them, filling their buffer; from then on there are none. */
  take(): Uint8Array<ArrayBuffer> {
    // Whoever gets them may transfer their buffer, so the empty one that all share is never handed out.
    const taken = this.#length > 0 && this.#octets.length === this.#length
      ? this.#octets
      : this.#octets.slice(0, this.#length);
    this.#octets = EMPTY;
    this.#length = 0;
    return taken;
  }
}
