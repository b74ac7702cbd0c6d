/**
 * DRIVER: the receiving side of a connection: a buffer, and what of it is not consumed yet.
 *
 *   buffer  | consumed ........ | received, not consumed | room for the next read |
 *                               start                    end
 *
 * The buffer for heads is small, 2 KiB, for it is what an idle connection costs. Where no request that was cut
 * out of it can still be asked for its fields, it is used again from its beginning. Otherwise it is
 * written once: the next head comes behind, and where room runs out a new buffer takes its place and
 * the old one lives as long as its requests. That is safe, and costs less than copying heads.
 *
 * Content comes through a big buffer that is lent while content is read, and reused at once, for pieces
 * of content are copied out. Where another protocol takes over, the small buffer is the usual one, and the big one
 * is for whoever fills it.
 */

import type { Transport } from "../net/transport.ts";
import { BufferPool } from "./buffer_pool.ts";

const HEAD_BUFFER = 2_048;
/** A head that did not fit into what is left would cost a second read, 3 µs; a new buffer costs a tenth. */
const HEAD_ROOM = 1_024;
/** What one read of content may bring: the size at which more no longer makes an upload faster. */
const contentBuffers = new BufferPool(65_536, 32);
/** What a read has to bring so that the next one, of another protocol, gets such a buffer, too. */
const WORTHWHILE = 16_384;
/** Where octets go that nobody will look at, of all connections alike. */
const abyss = new Uint8Array(16_384);

/** What has been received and not consumed. */
export class Input {
  /** The received octets that are not consumed lie from `start` to before `end`. */
  bytes: Uint8Array = new Uint8Array(HEAD_BUFFER);
  start = 0;
  end = 0;
  readonly #transport: Transport;
  #isLent = false;
  /** Somebody may still want what the buffer holds of requests that are consumed. */
  #isKept = false;
  /** A read that was begun and that nobody has awaited to its end. */
  #pending: Promise<number | null> | null = null;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  get isEmpty(): boolean {
    return this.start === this.end;
  }

  /** The requests in the buffer may be kept by somebody: it is not written again. */
  keep(): void {
    this.#isKept = true;
  }

  /** The last request is over and released: if nothing else is in the buffer, it is used again. */
  rewind(): void {
    if (this.isEmpty && !this.#isKept && this.#pending === null) this.start = this.end = 0;
  }

  /**
   * Begins a read of head octets, or goes on waiting for the read that was begun before. Call
   * `accept` with the number it resolves to.
   */
  receiveHead(): Promise<number | null> {
    if (this.#pending !== null) return this.#pending;
    if (this.bytes.length - this.end < HEAD_ROOM || this.#isOversized) this.#renew();
    return this.#transport.read(this.end === 0 ? this.bytes : this.bytes.subarray(this.end));
  }

  /** As `receiveHead`, for content: there must be no octets left that are not consumed. */
  receiveContent(): Promise<number | null> {
    if (this.#pending !== null) return this.#pending;
    if (!this.#isLent) {
      this.bytes = contentBuffers.take();
      this.#isLent = true;
    }
    this.start = this.end = 0;
    return this.#transport.read(this.bytes);
  }

  /**
   * Begins a read of another protocol's octets, when all before are consumed, or goes on waiting for the read that was
   * begun before. Its peers may be silent for hours, so the big buffer is lent only while much comes.
   */
  receiveOctets(): Promise<number | null> {
    if (this.#pending !== null) return this.#pending;
    if (this.#isKept) {
      this.#renew();
    } else if (this.#isLent && this.end < WORTHWHILE) {
      contentBuffers.give(this.bytes);
      this.bytes = new Uint8Array(HEAD_BUFFER);
      this.#isLent = false;
    } else if (!this.#isLent && this.end === this.bytes.length) {
      this.bytes = contentBuffers.take();
      this.#isLent = true;
    }
    this.start = this.end = 0;
    return this.#pending = this.#transport.read(this.bytes);
  }

  /** Takes note of what a read brought. */
  accept(count: number | null): void {
    this.#pending = null;
    this.end += count ?? 0;
  }

  /** Content has ended: what came behind it moves into a buffer for heads. */
  endContent(): void {
    if (!this.#isLent || this.#pending !== null) return;
    const lent = this.bytes;
    this.#renew();
    contentBuffers.give(lent);
    this.#isLent = false;
  }

  /** Begins a read whose octets nobody wants, or goes on waiting for the read that was begun before. */
  receiveNothing(): Promise<number | null> {
    const pending = this.#pending;
    this.#pending = null;
    return pending ?? this.#transport.read(abyss);
  }

  /**
   * Begins a read that nobody waits for, to learn when the peer ends or breaks the connection. What it
   * brings instead is kept for the next `receiveHead`.
   */
  watch(on: { end: () => void; failure: (error: unknown) => void }): void {
    if (this.#pending !== null || !this.isEmpty || this.#isLent) return;
    const reading = this.receiveHead();
    this.#pending = reading;
    reading.then((count) => count === null && on.end(), on.failure);
  }

  /** Whether a buffer grew for one big head that is consumed by now. */
  get #isOversized(): boolean {
    return this.bytes.length > HEAD_BUFFER && this.isEmpty;
  }

  /** A new buffer for heads, with room, that begins with what is not consumed. */
  #renew(): void {
    const kept = this.end - this.start;
    const size = kept + HEAD_ROOM <= HEAD_BUFFER ? HEAD_BUFFER : 2 * (kept + HEAD_ROOM);
    const bytes = new Uint8Array(size);
    bytes.set(this.bytes.subarray(this.start, this.end));
    this.bytes = bytes;
    this.start = 0;
    this.end = kept;
    this.#isKept = false;
  }
}
