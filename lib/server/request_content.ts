/**
 * DRIVER: a request's content, read from the connection when somebody wants it.
 *
 * One reader at a time, whoever asks: the handler pulls through a `ReadableStream` without a queue, and
 * after the answer the connection drains what is left through the same `read`. The stream is made when
 * it is asked for. 100 (Continue) goes out before the first read that has to wait, if the peer waits
 * for it (RFC 9110 10.1.1).
 */

import type { ContentDecoder } from "../http1/content_decoder.ts";
import { badRequest } from "../http1/protocol_error.ts";
import type { Input } from "./input.ts";
import type { Observer } from "./observer.ts";

/** What the content needs of its connection. */
export interface ContentWire {
  readonly input: Input;
  /** Whom to tell what was received. */
  readonly context: { readonly observer: Observer };
  /** Waits for octets of content under the content's deadline; resolves to their number, null at the peer's end. */
  receiveContent(): Promise<number | null>;
  /** Sends 100 (Continue), unless the final answer has begun. */
  sendContinue(): Promise<void>;
  /** The last octet of content has been read. */
  endContent(): void;
}

/** The content of one request. */
export class RequestContent {
  readonly #wire: ContentWire;
  readonly #decoder: ContentDecoder;
  #expectsContinue: boolean;
  #reading: Promise<Uint8Array | null> | null = null;
  #failure: unknown = null;
  #isClosed = false;
  #stream: ReadableStream<Uint8Array> | null = null;

  constructor(
    wire: ContentWire,
    options: { decoder: ContentDecoder; expectsContinue: boolean },
  ) {
    this.#wire = wire;
    this.#decoder = options.decoder;
    this.#expectsContinue = options.expectsContinue;
  }

  /** Whether all of it has been read. */
  get isDone(): boolean {
    return this.#decoder.isDone;
  }

  /** What made reading fail, null where nothing did. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Whether the peer still waits for 100 (Continue), so that nobody knows if it will send the content. */
  get isAwaited(): boolean {
    return this.#expectsContinue && this.#wire.input.isEmpty;
  }

  /**
   * Sends 100 (Continue) if the peer waits for it and somebody holds the stream: an answer that is made
   * of the content reads it only after its own head, and that is too late to ask for it.
   */
  async open(): Promise<void> {
    if (this.isAwaited && this.#stream !== null) await this.#continue();
  }

  async #continue(): Promise<void> {
    this.#expectsContinue = false;
    await this.#wire.sendContinue();
  }

  /** How many octets are certainly still to come over the wire. */
  get outstanding(): number {
    return Math.max(0, this.#decoder.remaining - (this.#wire.input.end - this.#wire.input.start));
  }

  /** The content as a stream; the same one each time. */
  get stream(): ReadableStream<Uint8Array> {
    return this.#stream ??= new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const piece = await this.read();
        if (piece === null) controller.close();
        else controller.enqueue(piece);
      },
    }, { highWaterMark: 0 });
  }

  /**
   * The next piece, which is the reader's own; null at the end. Waits for a reader that is at it
   * already. Rejects with a `ProtocolError` where the peer breaks a rule or a limit or ends too early,
   * with a `Deno.errors` error where the connection breaks, and with a `TypeError` after `close`.
   */
  read(): Promise<Uint8Array | null> {
    const turn = this.#reading === null ? this.#next() : this.#reading.then(() => this.#next());
    this.#reading = turn;
    return turn;
  }

  /** Ends all reading: the exchange is over. */
  close(): void {
    this.#isClosed = true;
  }

  async #next(): Promise<Uint8Array | null> {
    try {
      return await this.#decodeNext();
    } catch (error) {
      this.#failure ??= error;
      throw error;
    }
  }

  async #decodeNext(): Promise<Uint8Array | null> {
    const { input } = this.#wire;
    for (;;) {
      if (this.#isClosed) throw new TypeError("Cannot read content: its request is over");
      if (this.#failure !== null) throw this.#failure;
      while (!this.#decoder.isDone && !input.isEmpty) {
        input.start = this.#decoder.decode(input.bytes, input.start, input.end);
        const { pieceStart, pieceEnd } = this.#decoder;
        // A copy: the buffer is the connection's, and pieces may be transferred or changed.
        const piece = input.bytes.slice(pieceStart, pieceEnd);
        if (this.#decoder.isDone) this.#wire.endContent();
        if (piece.length === 0) continue;
        this.#wire.context.observer.onContent?.(piece.length);
        return piece;
      }
      if (this.#decoder.isDone) return null;
      if (this.#expectsContinue) await this.#continue();
      if (await this.#wire.receiveContent() === null) {
        throw badRequest("The content ends before its framing says so", "RFC 9112 8");
      }
    }
  }
}
