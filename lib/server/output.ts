/**
 * DRIVER: the sending side of a connection.
 *
 * Heads and small content gather in a buffer that is lent from the first octet to the end of the write,
 * so that an answer is one write and so are pipelined answers. Big content is never copied as a whole:
 * its beginning fills up the write that carries its head, the rest goes out from where it lies. And a
 * ready-made answer that is alone is not copied at all.
 *
 * Nothing piles up behind a peer that takes nothing: whoever writes waits until the system has taken his
 * octets, and one write waits for the other, so that their octets never mix.
 */

import {
  boundOfResponseHead,
  type ResponseHeadParts,
  serializeResponseHead,
} from "../http1/response_head.ts";
import type { Transport } from "../net/transport.ts";
import { BufferPool } from "./buffer_pool.ts";

/** Head and content of most pages together; one write's worth on loopback and in a fast network. */
const OUTPUT_BUFFER = 16_384;
const outputBuffers = new BufferPool(OUTPUT_BUFFER, 64);

/** What is to be sent. */
export class Output {
  readonly #transport: Transport;
  readonly #onProgress: () => void;
  #buffer: Uint8Array | null = null;
  #length = 0;
  /** What is to be sent as it lies, when nothing else is; `#length` is 0 then. */
  #whole: Uint8Array | null = null;
  /** Octets that the peer has taken, as far as the system tells; whoever measures it sets it back. */
  sent = 0;
  /** How many write or wait to, and the last of them. */
  #writers = 0;
  #turn: Promise<void> | null = null;
  /** Ends the wait for the write under way. */
  #abandon: ((reason: Error) => void) | null = null;
  /** Why nothing is sent any more. */
  #reason: Error | null = null;

  /** `onProgress` is called each time before octets are handed to the transport. */
  constructor(transport: Transport, onProgress: () => void) {
    this.#transport = transport;
    this.#onProgress = onProgress;
  }

  get isEmpty(): boolean {
    return this.#length === 0 && this.#whole === null;
  }

  /** Whether somebody waits for octets to be sent; `send` is not counted. */
  get isBusy(): boolean {
    return this.#writers > 0;
  }

  /** Takes a head if it and `more` octets behind it fit beside what is there; false where they do not. */
  takeHead(head: ResponseHeadParts, more: number): boolean {
    const buffer = this.#gather();
    if (buffer === null) return false;
    if (boundOfResponseHead(head) + more > buffer.length - this.#length) return false;
    this.#length = serializeResponseHead(head, buffer, this.#length);
    return true;
  }

  /** Takes `octets` if they fit beside what is there; false where they do not, and nothing is taken. */
  take(octets: Uint8Array): boolean {
    const buffer = this.#gather();
    if (buffer === null || octets.length > buffer.length - this.#length) return false;
    buffer.set(octets, this.#length);
    this.#length += octets.length;
    return true;
  }

  /**
   * As `take`, for octets that never change: if they are alone until they are sent they are not copied,
   * and may be as many as they like.
   */
  takeWhole(octets: Uint8Array): boolean {
    if (!this.isEmpty) return this.take(octets);
    this.#whole = octets;
    return true;
  }

  /** The buffer in which things gather, with what was to be sent alone; null where that is too large. */
  #gather(): Uint8Array | null {
    if (this.#whole !== null && this.#whole.length > OUTPUT_BUFFER) return null;
    const buffer = this.#buffer ??= outputBuffers.take();
    if (this.#whole !== null) {
      buffer.set(this.#whole);
      this.#length = this.#whole.length;
      this.#whole = null;
    }
    return buffer;
  }

  /** Moves what has gathered, and was not taken whole, to the beginning of `buffer`, which is large, and returns how much it is. */
  moveInto(buffer: Uint8Array): number {
    const taken = this.#buffer;
    const length = this.#length;
    if (taken === null || length === 0) return 0;
    buffer.set(taken.subarray(0, length));
    this.#buffer = null;
    this.#length = 0;
    outputBuffers.give(taken);
    return length;
  }

  /** Begins to send what has been taken; `settle` what it resolves to. Not to be called while empty. */
  send(): Promise<number> {
    this.#onProgress();
    return this.#transport.write(this.#whole ?? this.#buffer!.subarray(0, this.#length));
  }

  /**
   * Ends what `send` began, which has sent `count` octets: null where these were all, and else a
   * promise for the rest. Two steps, so that the usual case awaits one promise and no more.
   */
  settle(count: number): Promise<unknown> | null {
    this.sent += count;
    const whole = this.#whole;
    if (whole !== null) {
      this.#whole = null;
      return count < whole.length ? this.#writeAll(whole.subarray(count)) : null;
    }
    const buffer = this.#buffer!;
    const length = this.#length;
    this.#buffer = null;
    this.#length = 0;
    if (count < length) return this.#writeLent(buffer, count, length);
    outputBuffers.give(buffer);
    return null;
  }

  /** Sends what has been taken. */
  async flush(): Promise<void> {
    const whole = this.#whole;
    const buffer = this.#buffer;
    const length = this.#length;
    this.#whole = this.#buffer = null;
    this.#length = 0;
    if (whole !== null) await this.#writeAll(whole);
    if (buffer !== null) await this.#writeLent(buffer, 0, length);
  }

  async #writeLent(buffer: Uint8Array, start: number, end: number): Promise<void> {
    await this.#writeAll(buffer.subarray(start, end));
    outputBuffers.give(buffer);
  }

  /** Sends what has been taken and `octets` behind it. */
  async write(octets: Uint8Array): Promise<void> {
    const gathered = this.#gather();
    const room = gathered === null || this.isEmpty ? 0 : gathered.length - this.#length;
    this.take(octets.subarray(0, room));
    await this.flush();
    await this.#writeAll(octets.subarray(room));
  }

  /** Sends `octets`, when nothing else has been taken. */
  async writeOwn(octets: Uint8Array): Promise<void> {
    await this.#writeAll(octets);
  }

  /** Sends a head of any size behind what has been taken. */
  async writeHead(head: ResponseHeadParts): Promise<void> {
    await this.flush();
    const octets = new Uint8Array(boundOfResponseHead(head));
    await this.#writeAll(octets.subarray(0, serializeResponseHead(head, octets, 0)));
  }

  /**
   * Ends the wait of whoever sends, now and later, with `reason`. Deno lets a write complete that has begun, even on
   * a connection that was closed here, so a peer that takes nothing could make its sender wait for ever.
   */
  abandon(reason: Error): void {
    this.#reason = reason;
    this.#abandon?.(reason);
  }

  #writeAll(octets: Uint8Array): Promise<void> {
    const before = this.#writers++ === 0 ? null : this.#turn;
    const turn = before === null ? this.#push(octets) : before.then(() => this.#push(octets));
    this.#turn = turn;
    return turn;
  }

  async #push(octets: Uint8Array): Promise<void> {
    try {
      let sent = 0;
      while (sent < octets.length) {
        if (this.#reason !== null) throw this.#reason;
        this.#onProgress();
        const rest = sent === 0 ? octets : octets.subarray(sent);
        const count = await new Promise<number>((resolve, reject) => {
          this.#abandon = reject;
          this.#transport.write(rest).then(resolve, reject);
        });
        sent += count;
        this.sent += count;
      }
      this.#abandon = null;
    } finally {
      this.#writers--;
    }
  }
}
