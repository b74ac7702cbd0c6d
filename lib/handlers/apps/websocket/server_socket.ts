/**
 * WHAT ANSWERS: the server's end of a WebSocket, as the Web has it (WHATWG WebSockets 3.1).
 *
 * It is a `WebSocket` by its prototype and an event target by its make. Where Deno's own server side is
 * more permissive than the Web, so is this: a server may close with the numbers that say something about a
 * server, as 1011. `binaryType` begins as Deno's does, "arraybuffer", for a Blob is read by promise.
 *
 * Sending is in the order of the calls; only a Blob has to be waited for, and then what is sent behind it
 * waits too. What goes over the wire, and when that ends, is `socket_connection.ts`.
 */

import type { UpgradedWire } from "../../../server/upgrade.ts";
import { type CloseReason, LONGEST_REASON } from "./close_frame.ts";
import { GuardedSocket } from "./guarded_socket.ts";
import type { MessageDeflate } from "./message_deflate.ts";
import { SocketConnection } from "./socket_connection.ts";
import { CLOSE_CODES, isSendable } from "./socket_failure.ts";

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

const encoder = new TextEncoder();

type Handler = ((this: ServerSocket, event: Event) => unknown) | null;

export interface SocketOptions {
  readonly url: string;
  /** The subprotocol that was agreed on; "" for none. */
  readonly protocol: string;
  readonly deflate: MessageDeflate | null;
  /** In seconds; 0: none. */
  readonly idleTimeout: number;
  /** How long the client may take to answer a Close frame, in seconds. */
  readonly closeTimeout: number;
  /** The most octets of a message. */
  readonly maxMessage: number;
  /** Told what listeners throw. */
  readonly report: (error: unknown) => void;
}

/** A WebSocket whose peer asked for it. */
export class ServerSocket extends GuardedSocket {
  readonly #options: SocketOptions;
  readonly #handlers = new Map<string, Handler>();
  #binaryType: BinaryType = "arraybuffer";
  #readyState = CONNECTING;
  #connection: SocketConnection | null = null;
  /** What to close with where that was asked for before the connection was there. */
  #closesWith: CloseReason | null = null;
  /** Settles when what was sent as a Blob, and all behind it, has been handed on; null where nothing waits. */
  #later: Promise<void> | null = null;
  /** Octets that wait for a Blob, and those that nobody will ever take. */
  #held = 0;

  constructor(options: SocketOptions) {
    super(options.report);
    this.#options = options;
  }

  get url(): string {
    return this.#options.url;
  }

  get protocol(): string {
    return this.#options.protocol;
  }

  get extensions(): string {
    return this.#options.deflate?.extension ?? "";
  }

  get readyState(): number {
    return this.#readyState;
  }

  get bufferedAmount(): number {
    return this.#held + (this.#connection?.waiting ?? 0);
  }

  get binaryType(): BinaryType {
    return this.#binaryType;
  }

  /** What is neither is passed over, as the Web does. */
  set binaryType(type: BinaryType) {
    if (type === "blob" || type === "arraybuffer") this.#binaryType = type;
  }

  get onopen(): Handler {
    return this.#handlers.get("open") ?? null;
  }

  set onopen(handler: Handler) {
    this.#handle("open", handler);
  }

  get onmessage(): Handler {
    return this.#handlers.get("message") ?? null;
  }

  set onmessage(handler: Handler) {
    this.#handle("message", handler);
  }

  get onerror(): Handler {
    return this.#handlers.get("error") ?? null;
  }

  set onerror(handler: Handler) {
    this.#handle("error", handler);
  }

  get onclose(): Handler {
    return this.#handlers.get("close") ?? null;
  }

  set onclose(handler: Handler) {
    this.#handle("close", handler);
  }

  /** Sends a message; throws `InvalidStateError` before the connection is open, and does nothing after. */
  send(data: string | ArrayBufferLike | ArrayBufferView | Blob): void {
    if (this.#readyState === CONNECTING) {
      throw new DOMException("'readyState' not OPEN", "InvalidStateError");
    }
    if (data instanceof Blob) return this.#sendLater(data.size, () => data.bytes());
    const message = toMessage(data);
    const isNow = this.#later === null && this.#readyState === OPEN;
    if (isNow) return this.#connection!.send(message);
    const octets = typeof message === "string" ? encoder.encode(message) : message.slice();
    this.#sendLater(octets.length, () => typeof message === "string" ? message : octets);
  }

  /**
   * Closes the connection when all that was sent before has gone. Throws `InvalidAccessError` for a number
   * that is none to close with, `SyntaxError` where the reason has more than 123 octets.
   */
  close(code?: number, reason: string = ""): void {
    const number = code === undefined ? CLOSE_CODES.none : Math.trunc(Number(code));
    if (code !== undefined && !isSendable(number)) {
      throw new DOMException(`Cannot close with ${code}`, "InvalidAccessError");
    }
    const text = String(reason);
    if (encoder.encode(text).length > LONGEST_REASON) {
      throw new DOMException(
        `Cannot close with a reason of more than ${LONGEST_REASON} octets`,
        "SyntaxError",
      );
    }
    if (this.#readyState >= CLOSING) return;
    // A reason needs a number to stand behind.
    const isBare = code === undefined && text === "";
    const closing = {
      code: isBare || code !== undefined ? number : CLOSE_CODES.normal,
      reason: text,
    };
    this.#readyState = CLOSING;
    const connection = this.#connection;
    if (connection === null) this.#closesWith = closing;
    else if (this.#later === null) connection.close(closing);
    else void this.#later.then(() => connection.close(closing));
  }

  /** Speaks over `wire` until the connection is over. Throws `TypeError` at the second call. */
  async run(wire: UpgradedWire): Promise<void> {
    if (this.#connection !== null) {
      throw new TypeError("Cannot upgrade: the response was answered with before");
    }
    const { deflate, idleTimeout, closeTimeout, maxMessage } = this.#options;
    const connection = new SocketConnection(wire, {
      deflate,
      idleTimeout,
      closeTimeout,
      maxMessage,
      onMessage: (data) => this.#onMessage(data),
      onClosing: () => this.#readyState = CLOSING,
    });
    this.#connection = connection;
    if (this.#closesWith === null) {
      this.#readyState = OPEN;
      this.dispatchEvent(new Event("open"));
    } else {
      connection.close(this.#closesWith);
    }
    const { code, reason, wasClean, error } = await connection.run();
    this.#readyState = CLOSED;
    if (error !== null) {
      this.dispatchEvent(new ErrorEvent("error", { message: error.message, error }));
    }
    this.dispatchEvent(new CloseEvent("close", { code, reason, wasClean }));
  }

  #onMessage(message: string | Uint8Array<ArrayBuffer>): void {
    if (this.#readyState !== OPEN) return;
    const data = typeof message === "string"
      ? message
      : this.#binaryType === "blob"
      ? new Blob([message])
      : message.buffer;
    this.dispatchEvent(new MessageEvent("message", { data }));
  }

  /** Sends what `toData` will give, in its turn. What is sent after the end counts, and goes nowhere. */
  #sendLater(size: number, toData: () => string | Uint8Array | Promise<Uint8Array>): void {
    this.#held += size;
    if (this.#readyState !== OPEN) return;
    const before = this.#later ?? Promise.resolve();
    const later = before.then(toData).then((data) => {
      this.#connection!.send(data);
      this.#held -= size;
    }).catch(this.#options.report).finally(() => {
      if (this.#later === later) this.#later = null;
    });
    this.#later = later;
  }

  /** A handler keeps the place among the listeners that the first one took. */
  #handle(type: string, handler: Handler): void {
    if (!this.#handlers.has(type)) {
      this.addEventListener(type, (event) => this.#handlers.get(type)?.call(this, event));
    }
    this.#handlers.set(type, typeof handler === "function" ? handler : null);
  }
}

function toMessage(data: string | ArrayBufferLike | ArrayBufferView): string | Uint8Array {
  if (typeof data === "string") return data;
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  const isBuffer = data instanceof ArrayBuffer || data instanceof SharedArrayBuffer;
  return isBuffer ? new Uint8Array(data) : String(data);
}
