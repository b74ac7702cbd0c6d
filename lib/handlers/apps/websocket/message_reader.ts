/**
 * WHAT ANSWERS (RFC 6455 sections 5.2 to 5.5): octets become messages.
 *
 * Pure and incremental: octets are pushed in whatever pieces the network made, messages are asked for until
 * there is none, and each rule is held as soon as the octet that breaks it is there, before anything is
 * gathered for it. Strict: a client's frames are masked, lengths take the fewest octets, reserved bits
 * and opcodes are refused, control frames are short and whole and may stand between the frames of a
 * message, which follow each other otherwise.
 *
 *   0                   1                   2                   3
 *   F RSV opcode  M length     | 16 or 64 more bits of length, then 32 bits of key, then the payload
 *
 * Whether text is UTF-8 and what a Close frame says is seen when the message is complete
 * (`close_frame.ts`, `socket_connection.ts`); compression is looked at there too, this only holds where the
 * bit for it may stand (RFC 7692 section 6).
 */

import { GatheredOctets } from "./gathered_octets.ts";
import { Mask } from "./mask.ts";
import { CLOSE_CODES, SocketFailure } from "./socket_failure.ts";

/** What a frame is (RFC 6455 5.2). */
export const OPCODES = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const;

/** A message whose frames have all come, or a control frame. */
export interface Message {
  /** One of `OPCODES`, but for the continuation. */
  readonly opcode: number;
  /** Whether the payload is as `permessage-deflate` has it. */
  readonly isCompressed: boolean;
  /** Without mask; it fills its buffer, and belongs to whoever asked. */
  readonly payload: Uint8Array<ArrayBuffer>;
}

export interface MessageReaderOptions {
  /** The most octets of a message, as it comes. */
  readonly maxLength: number;
  /** Whether messages may be compressed. */
  readonly mayCompress: boolean;
}

const FIN = 0x80;
const RSV1 = 0x40;
const OTHER_RSV = 0x30;
const OPCODE = 0x0f;
const CONTROL = 0x08;
const MASKED = 0x80;
const LENGTH = 0x7f;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const MOST_OF_CONTROL = 125;
/** Two octets, up to eight of length, four of key. */
const LONGEST_HEAD = 14;
const EMPTY = new Uint8Array(0);

/** Reads the messages of one client. */
export class MessageReader {
  readonly #options: MessageReaderOptions;
  #octets: Uint8Array = EMPTY;
  #at = 0;

  readonly #head = new Uint8Array(LONGEST_HEAD);
  #headLength = 0;
  /** How long the head of this frame is, as far as that is known. */
  #headEnd = 2;
  #isInPayload = false;
  /** What of this frame's payload has not come. */
  #left = 0;

  readonly #mask = new Mask();
  /** The opcode of the message whose frames come; 0 between messages. */
  #opcode: number = OPCODES.continuation;
  #isCompressed = false;
  readonly #data = new GatheredOctets();
  readonly #control = new GatheredOctets();

  constructor(options: MessageReaderOptions) {
    this.#options = options;
  }

  /** Adds `octets`, which must not change until `next` has returned null. All that came before is read. */
  push(octets: Uint8Array): void {
    this.#octets = octets;
    this.#at = 0;
  }

  /**
   * The next message; null where more octets are needed. Throws `SocketFailure` where the client breaks a
   * rule or the limit; then there is nothing more to be read.
   */
  next(): Message | null {
    while (true) {
      if (!this.#isInPayload && !this.#readHead()) return null;
      if (!this.#readPayload()) return null;
      const message = this.#endFrame();
      if (message !== null) return message;
    }
  }

  /** Whether the head of a frame is complete. */
  #readHead(): boolean {
    while (this.#at < this.#octets.length) {
      this.#head[this.#headLength++] = this.#octets[this.#at++]!;
      if (this.#headLength === 1) this.#checkFirst(this.#head[0]!);
      else if (this.#headLength === 2) this.#headEnd = this.#checkSecond(this.#head[1]!);
      if (this.#headLength === this.#headEnd && this.#headLength > 2) {
        this.#beginPayload();
        return true;
      }
    }
    this.#octets = EMPTY;
    this.#at = 0;
    return false;
  }

  #checkFirst(octet: number): void {
    const opcode = octet & OPCODE;
    const isFollowing = this.#opcode !== OPCODES.continuation;
    if ((octet & OTHER_RSV) !== 0) throw breach("A reserved bit is set");
    if ((opcode & CONTROL) !== 0) {
      if (opcode > OPCODES.pong) throw breach("The opcode is reserved");
      if ((octet & FIN) === 0) throw breach("A control frame is fragmented");
    } else {
      if (opcode > OPCODES.binary) throw breach("The opcode is reserved");
      if (opcode === OPCODES.continuation && !isFollowing) {
        throw breach("A continuation has nothing before it");
      }
      if (opcode !== OPCODES.continuation && isFollowing) {
        throw breach("A message begins inside another");
      }
    }
    const mayCompress = this.#options.mayCompress &&
      (opcode === OPCODES.text || opcode === OPCODES.binary);
    if ((octet & RSV1) !== 0 && !mayCompress) throw breach("A reserved bit is set");
  }

  /** How long the head is. */
  #checkSecond(octet: number): number {
    if ((octet & MASKED) === 0) throw breach("A client's frame is not masked");
    const length = octet & LENGTH;
    if ((this.#head[0]! & CONTROL) !== 0 && length > MOST_OF_CONTROL) {
      throw breach("A control frame is too long");
    }
    return 6 + (length === LENGTH_64 ? 8 : length === LENGTH_16 ? 2 : 0);
  }

  #beginPayload(): void {
    const first = this.#head[0]!;
    const length = this.#payloadLength();
    if ((first & CONTROL) === 0) {
      if (this.#data.length + length > this.#options.maxLength) {
        throw new SocketFailure(CLOSE_CODES.tooBig, "The message is too long");
      }
      const opcode = first & OPCODE;
      if (opcode !== OPCODES.continuation) {
        this.#opcode = opcode;
        this.#isCompressed = (first & RSV1) !== 0;
      }
    }
    this.#mask.begin(this.#head, this.#headEnd - 4);
    this.#left = length;
    this.#isInPayload = true;
    this.#headLength = 0;
    this.#headEnd = 2;
  }

  #payloadLength(): number {
    const head = this.#head;
    const length = head[1]! & LENGTH;
    if (length < LENGTH_16) return length;
    const view = new DataView(head.buffer);
    if (length === LENGTH_16) {
      const long = view.getUint16(2);
      if (long < LENGTH_16) throw breach("A length takes more octets than it needs");
      return long;
    }
    const upper = view.getUint32(2);
    const longer = upper * 2 ** 32 + view.getUint32(6);
    if (upper >= 2 ** 31) throw breach("A length has its first bit set");
    if (longer < 2 ** 16) throw breach("A length takes more octets than it needs");
    return longer;
  }

  /** Whether the payload of a frame is complete. */
  #readPayload(): boolean {
    const end = Math.min(this.#octets.length, this.#at + this.#left);
    if (end > this.#at) {
      const first = this.#head[0]!;
      const gathered = (first & CONTROL) === 0 ? this.#data : this.#control;
      const whole = (first & FIN) === 0 ? null : gathered.length + this.#left;
      this.#mask.remove(gathered.add(this.#octets.subarray(this.#at, end), whole));
      this.#left -= end - this.#at;
      this.#at = end;
    }
    return this.#left === 0;
  }

  /** The message that this frame completes. */
  #endFrame(): Message | null {
    const first = this.#head[0]!;
    this.#isInPayload = false;
    if ((first & CONTROL) !== 0) {
      return { opcode: first & OPCODE, isCompressed: false, payload: this.#control.take() };
    }
    if ((first & FIN) === 0) return null;
    const opcode = this.#opcode;
    this.#opcode = OPCODES.continuation;
    return { opcode, isCompressed: this.#isCompressed, payload: this.#data.take() };
  }
}

function breach(message: string): SocketFailure {
  return new SocketFailure(CLOSE_CODES.protocolError, message);
}
