/**
 * DRIVER: big buffers, lent for the time of a transfer.
 *
 * An idle connection keeps a small buffer only. What it needs beyond that, it borrows from here and
 * brings back, so that the memory in use follows the transfers under way and not the connections. A
 * borrower that fails may keep its buffer: the pool does not count them, and the garbage collector
 * takes care.
 */

/** Buffers of one size, used again and again. */
export class BufferPool {
  readonly #size: number;
  readonly #keep: number;
  readonly #idle: Uint8Array[] = [];

  /** Lends buffers of `size` octets; keeps `keep` idle ones at the most. */
  constructor(size: number, keep: number) {
    this.#size = size;
    this.#keep = keep;
  }

  /** A buffer with anything in it. It is the borrower's until it is given back. */
  take(): Uint8Array {
    return this.#idle.pop() ?? new Uint8Array(this.#size);
  }

  /** Takes back a buffer of this pool that nobody uses any more. */
  give(buffer: Uint8Array): void {
    if (this.#idle.length < this.#keep) this.#idle.push(buffer);
  }
}
