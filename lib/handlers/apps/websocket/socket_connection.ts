/**
 * WHAT ANSWERS (RFC 6455 sections 5 to 7): one WebSocket connection, from the 101 to its end.
 *
 *   OPEN --close(), the server stops--> Close sent --Close comes--> over
 *   OPEN --Close comes--> Close sent back --> over
 *   OPEN --a rule is broken, a wire that breaks, silence--> over, with an error
 *
 * Octets are read only when all that came before has been handled, and not while more than a little waits
 * to be taken by the peer: one who sends and does not read is held up by his own doing. To pings only the
 * last pong is sent while the one before waits (RFC 6455 5.5.3). A peer from whom nothing comes is pinged
 * after half the idle timeout, and given up after the other half.
 *
 * The Web's own object is in `server_socket.ts`; this one knows no events.
 */

import type { UpgradedWire } from "../../../server/upgrade.ts";
import { type CloseReason, decodeText, parseClose, serializeClose } from "./close_frame.ts";
import { serializeFrame } from "./frame.ts";
import type { MessageDeflate } from "./message_deflate.ts";
import { type Message, MessageReader, OPCODES } from "./message_reader.ts";
import { CLOSE_CODES, SocketFailure } from "./socket_failure.ts";

/** How a connection ended. */
export interface Ending extends CloseReason {
  /** Whether both sides said that it ends. */
  readonly wasClean: boolean;
  /** What went wrong; null where nothing did. */
  readonly error: Error | null;
}

export interface ConnectionOptions {
  /** Null where messages are not compressed. */
  readonly deflate: MessageDeflate | null;
  /** How long nothing may come from the peer, in seconds; 0: for ever. */
  readonly idleTimeout: number;
  /** How long the peer may take to answer a Close frame, in seconds. */
  readonly closeTimeout: number;
  /** The most octets of a message, compressed or not. */
  readonly maxMessage: number;
  /** Called with each message, octets that belong to it; not after `close`. */
  readonly onMessage: (data: string | Uint8Array<ArrayBuffer>) => void;
  /** Called when the connection begins to end other than by `close`. */
  readonly onClosing: () => void;
}

/** With more octets waiting for the peer to take them, nothing more is read from it. */
const READ_BELOW = 2 ** 20;
/** With more octets waiting, what is sent besides ends the connection: nobody reads there. */
const MOST_WAITING = 2 ** 26;
const EMPTY = new Uint8Array(0);
const encoder = new TextEncoder();

/** Speaks with one client. */
export class SocketConnection {
  readonly #wire: UpgradedWire;
  readonly #options: ConnectionOptions;
  readonly #end = Promise.withResolvers<Ending>();
  #isOver = false;
  #hasSentClose = false;
  /** Octets of messages that the system has not taken. */
  #waiting = 0;
  /** Settles with the last write; never rejects. */
  #lastWrite: Promise<void> = Promise.resolve();
  #closeTimer: ReturnType<typeof setTimeout> | undefined;

  #hasHeard = false;
  #hasPinged = false;
  #bufferedBefore = 0;
  /** Octets handed to the wire, and how many of them it had sent at the last look. */
  #written = 0;
  #takenBefore = 0;

  #isPongWaiting = false;
  /** The ping to answer when the pong before is gone. */
  #unanswered: Uint8Array | null = null;

  constructor(wire: UpgradedWire, options: ConnectionOptions) {
    this.#wire = wire;
    this.#options = options;
  }

  /** How many octets of messages the system has not taken. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Reads until the connection is over, and says how that came; never rejects. */
  async run(): Promise<Ending> {
    const { draining } = this.#wire;
    const { idleTimeout } = this.#options;
    const leave = () => {
      if (this.#isOver || this.#hasSentClose) return;
      this.#options.onClosing();
      this.close({ code: CLOSE_CODES.goingAway, reason: "" });
    };
    draining.addEventListener("abort", leave);
    if (draining.aborted) leave();
    const timer = idleTimeout > 0
      ? setInterval(() => this.#checkLife(), idleTimeout * 1000 / 2)
      : undefined;
    this.#receive().catch((error) => this.#break(error));
    try {
      return await this.#end.promise;
    } finally {
      draining.removeEventListener("abort", leave);
      clearInterval(timer);
      clearTimeout(this.#closeTimer);
    }
  }

  /** Sends a message, of which it keeps nothing. After `close` and the end it is dropped. */
  send(data: string | Uint8Array): void {
    if (this.#isOver || this.#hasSentClose) return;
    if (this.#wire.buffered > MOST_WAITING) {
      return this.#break(new Error("The peer does not read what it is sent"));
    }
    const octets = typeof data === "string" ? encoder.encode(data) : data;
    const deflated = this.#options.deflate?.deflate(octets) ?? null;
    const frame = serializeFrame(deflated ?? octets, {
      opcode: typeof data === "string" ? OPCODES.text : OPCODES.binary,
      isCompressed: deflated !== null,
    });
    this.#waiting += octets.length;
    this.#write(frame).then(() => {
      this.#waiting -= octets.length;
    });
  }

  /** Says that the connection ends, and waits for the peer to say so. A second call does nothing. */
  close(reason: CloseReason): void {
    if (this.#isOver || this.#hasSentClose) return;
    this.#sendClose(reason);
    this.#giveUpSoon(() => ({
      code: CLOSE_CODES.abnormal,
      reason: "",
      wasClean: false,
      error: null,
    }));
  }

  async #receive(): Promise<void> {
    const { deflate, maxMessage } = this.#options;
    const reader = new MessageReader({ maxLength: maxMessage, mayCompress: deflate !== null });
    while (!this.#isOver) {
      while (this.#wire.buffered > READ_BELOW && !this.#isOver) await this.#lastWrite;
      const octets = await this.#wire.read();
      if (octets === null) throw new Error("The peer left without a Close frame");
      this.#hasHeard = true;
      reader.push(octets);
      while (!this.#isOver) {
        const message = reader.next();
        if (message === null) break;
        if (this.#take(message)) return;
      }
    }
  }

  /** Whether it was the last message. */
  #take(message: Message): boolean {
    const { opcode, payload } = message;
    switch (opcode) {
      case OPCODES.ping:
        this.#answerPing(payload);
        break;
      case OPCODES.pong:
        break;
      case OPCODES.close:
        this.#takeClose(parseClose(payload));
        return true;
      default:
        // Nobody listens any more, so nobody looks.
        if (!this.#hasSentClose) this.#options.onMessage(this.#toData(message));
    }
    return false;
  }

  #toData({ opcode, isCompressed, payload }: Message): string | Uint8Array<ArrayBuffer> {
    const { deflate, maxMessage } = this.#options;
    const octets = isCompressed ? deflate!.inflate(payload, maxMessage) : payload;
    return opcode === OPCODES.text ? decodeText(octets) : octets;
  }

  #answerPing(payload: Uint8Array): void {
    if (this.#hasSentClose) return;
    if (this.#isPongWaiting) {
      this.#unanswered = payload;
      return;
    }
    this.#isPongWaiting = true;
    this.#write(serializeFrame(payload, { opcode: OPCODES.pong })).then(() => {
      this.#isPongWaiting = false;
      const next = this.#unanswered;
      this.#unanswered = null;
      if (next !== null && !this.#isOver) this.#answerPing(next);
    });
  }

  #takeClose(reason: CloseReason): void {
    const ending = { ...reason, wasClean: true, error: null };
    if (this.#hasSentClose) return this.#finish(ending);
    this.#options.onClosing();
    this.#sendClose(reason);
    this.#finishWhenSent(ending);
  }

  #sendClose(reason: CloseReason): void {
    this.#hasSentClose = true;
    void this.#write(serializeFrame(serializeClose(reason), { opcode: OPCODES.close }));
  }

  /** Ends what cannot go on; the peer is told why where it is at fault. */
  #break(error: unknown): void {
    if (this.#isOver) return;
    const ending: Ending = {
      code: CLOSE_CODES.abnormal,
      reason: "",
      wasClean: false,
      error: error instanceof Error ? error : new Error(String(error)),
    };
    // To leave without a word when we have said that it ends is bad manners and no error.
    if (!(error instanceof SocketFailure)) {
      return this.#finish(this.#hasSentClose ? { ...ending, error: null } : ending);
    }
    if (!this.#hasSentClose) {
      this.#options.onClosing();
      this.#sendClose({ code: error.code, reason: error.message });
    }
    this.#finishWhenSent(ending);
  }

  #finishWhenSent(ending: Ending): void {
    void this.#lastWrite.then(() => this.#finish(ending));
    this.#giveUpSoon(() => ending);
  }

  #giveUpSoon(toEnding: () => Ending): void {
    clearTimeout(this.#closeTimer);
    const { closeTimeout } = this.#options;
    this.#closeTimer = setTimeout(() => this.#finish(toEnding()), closeTimeout * 1000);
  }

  #finish(ending: Ending): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#closeTimer);
    this.#end.resolve(ending);
  }

  /** Never rejects: a wire that breaks ends the connection. */
  #write(octets: Uint8Array): Promise<void> {
    this.#written += octets.length;
    const written = this.#wire.write(octets).catch((error) => this.#break(error));
    this.#lastWrite = written;
    return written;
  }

  /** Looks after every half of the idle timeout whether the peer is there: it sends, or takes what is sent. */
  #checkLife(): void {
    const { buffered } = this.#wire;
    const taken = this.#written - buffered;
    // What the system takes at once says nothing about the peer; what had to wait does.
    const isAlive = this.#hasHeard || (this.#bufferedBefore > 0 && taken > this.#takenBefore);
    this.#hasHeard = false;
    this.#bufferedBefore = buffered;
    this.#takenBefore = taken;
    if (isAlive) {
      this.#hasPinged = false;
    } else if (this.#hasPinged) {
      this.#break(new Error("No response from ping frame."));
    } else if (!this.#hasSentClose) {
      this.#hasPinged = true;
      void this.#write(serializeFrame(EMPTY, { opcode: OPCODES.ping }));
    }
  }
}
