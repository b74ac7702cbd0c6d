/**
 * WHAT ANSWERS: how the server and a WSGI worker speak: frames over the worker's standard input and output.
 *
 * An octet for the kind, four for the length of the payload (most significant first), the payload. The kinds
 * and their order are told in static/wsgi_channel.py, the worker's side of this. Content is handed on as it
 * comes, for a frame of it may be as long as an app likes; every other frame is bounded and comes as a whole.
 * Neither outlasts the call that hands it on: the octets lie in a buffer that is used again for the next read.
 */

import { Buffer } from "node:buffer";

/** The kinds of frames that a worker gets. */
export const TO_WORKER = {
  request: 0x52,
  content: 0x43,
  end: 0x45,
  failed: 0x58,
  abort: 0x41,
  takenBack: 0x4b,
} as const;

/** The kinds of frames that a worker sends. */
export const FROM_WORKER = {
  started: 0x53,
  failure: 0x46,
  pull: 0x50,
  head: 0x48,
  content: 0x43,
  lines: 0x4c,
  report: 0x4a,
  end: 0x45,
  failed: 0x58,
  takenBack: 0x4b,
} as const;

/** Any of them. */
export type KindFromWorker = typeof FROM_WORKER[keyof typeof FROM_WORKER];

/** Who is told of a worker's frames. */
export interface FrameReceiver {
  /** A whole frame of any kind but content; the payload is the caller's again when this returns. */
  onFrame(kind: KindFromWorker, payload: Uint8Array): void;
  /** The next octets of content, never none; they are the caller's again when this returns. */
  onContent(piece: Uint8Array): void;
}

/** What came is no frame: the process is not the worker that it was started as. */
export class FrameFault extends Error {
  /** The class's name. */
  override readonly name = "FrameFault";
}

const START = 5;
/** Before the variables of a request: whether there is more content, and how long they are. */
const REQUEST_START = 5;
/** The largest frame but for content: a report of what the app raised, the longest of them (static/wsgi_failure.py). */
const PAYLOAD_LIMIT = 262_144;
const NOTHING = new Uint8Array();
const KINDS: ReadonlySet<number> = new Set(Object.values(FROM_WORKER));

/** A frame with this payload. */
export function encodeFrame(kind: number, payload: Uint8Array = NOTHING): Uint8Array {
  const frame = new Uint8Array(START + payload.length);
  putStart(frame, kind);
  frame.set(payload, START);
  return frame;
}

/** Nobody wants the answer to the request that was sent as the `number`-th, counted from 1. */
export function encodeAbort(number: number): Uint8Array {
  const payload = new Uint8Array(4);
  new DataView(payload.buffer).setUint32(0, number);
  return encodeFrame(TO_WORKER.abort, payload);
}

/**
 * A request: its meta-variables, a character of which is an octet; what there is of its content; and whether
 * there is more.
 */
export function encodeRequest(
  variables: Iterable<readonly [name: string, value: string]>,
  { content, isOpen }: { content: Uint8Array; isOpen: boolean },
): Uint8Array {
  let text = "";
  for (const [name, value] of variables) text += `${name}\0${value}\0`;
  const at = START + REQUEST_START;
  const frame = Buffer.allocUnsafeSlow(at + text.length + content.length);
  putStart(frame, TO_WORKER.request);
  frame[START] = isOpen ? 1 : 0;
  frame.writeUInt32BE(text.length, START + 1);
  frame.write(text, at, "latin1");
  frame.set(content, at + text.length);
  return frame;
}

function putStart(frame: Uint8Array, kind: number): void {
  frame[0] = kind;
  const length = frame.length - START;
  frame[1] = length >>> 24;
  frame[2] = length >>> 16;
  frame[3] = length >>> 8;
  frame[4] = length;
}

/** Takes a worker's octets apart, however they are cut. */
export class FrameParser {
  readonly #start = new Uint8Array(START);
  #startLength = 0;
  /** Octets of the payload that are still to come, and those that have. */
  #left = 0;
  #payload: Uint8Array[] = [];

  /** Takes the next octets and tells `receiver` what is complete. Throws `FrameFault`. */
  parse(octets: Uint8Array, receiver: FrameReceiver): void {
    let at = 0;
    for (;;) {
      if (this.#startLength < START) {
        at = this.#takeStart(octets, at);
        if (this.#startLength < START) return;
      }
      const piece = octets.subarray(at, at + this.#left);
      at += piece.length;
      this.#left -= piece.length;
      const kind = this.#start[0] as KindFromWorker;
      if (kind === FROM_WORKER.content) {
        if (piece.length > 0) receiver.onContent(piece);
      } else if (piece.length > 0) {
        this.#payload.push(this.#left > 0 ? piece.slice() : piece);
      }
      if (this.#left > 0) return;
      this.#startLength = 0;
      if (kind !== FROM_WORKER.content) receiver.onFrame(kind, this.#takePayload());
    }
  }

  #takeStart(octets: Uint8Array, from: number): number {
    let at = from;
    const start = this.#start;
    while (this.#startLength < START && at < octets.length) {
      start[this.#startLength++] = octets[at++]!;
    }
    if (this.#startLength < START) return at;
    const [kind = 0, a = 0, b = 0, c = 0, d = 0] = start;
    this.#left = (a << 24 | b << 16 | c << 8 | d) >>> 0;
    if (!KINDS.has(kind) || (kind !== FROM_WORKER.content && this.#left > PAYLOAD_LIMIT)) {
      throw new FrameFault("It wrote something that is no frame");
    }
    return at;
  }

  #takePayload(): Uint8Array {
    const [first = NOTHING, ...others] = this.#payload;
    this.#payload = [];
    return others.length === 0 ? first : Buffer.concat([first, ...others]);
  }
}
