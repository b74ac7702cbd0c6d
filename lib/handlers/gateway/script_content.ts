/**
 * WHAT ANSWERS (RFC 3875 section 6.3): the content that a script writes behind its head.
 *
 *   head --> some milliseconds --+--> the script has ended: the content is whole, and so is the answer
 *                                +--> it goes on: a stream, as the script writes it
 *
 * Most scripts write little and end at once. An answer that is whole says its length, is one write, and can
 * still be a 502 where the script fails in the middle; nobody notices that it waited so long.
 */

import { Buffer } from "node:buffer";
import type { Content } from "../../server/handler.ts";
import { ScriptFault } from "./cgi_response.ts";
import type { ScriptProcess } from "./script_process.ts";

/** For how long a script is waited for that may be about to end, in milliseconds. */
const MOMENT = 5;
/** What is gathered meanwhile, in octets: more is on its way better than here. */
const GATHERING_LIMIT = 65_536;

/** The process that writes it, as far as it matters here. */
type Writer = Pick<ScriptProcess, "read" | "exited" | "exit" | "stop">;

/** What is known of the content when the head is. */
export interface ContentStart {
  /** Its first octets, which came with the head. */
  readonly first: Uint8Array;
  /** How long the script said that it is; null where it did not say. */
  readonly length: number | null;
}

/** Whom to tell. */
export interface ContentEvents {
  /** There is as much as was promised, and the script goes on. */
  readonly onFull: () => void;
  /** What the stream fails with where the process fails with `error`. */
  readonly toFailure: (error: unknown) => unknown;
  /** Nobody wants the rest of the stream. */
  readonly onCancel: () => void;
}

/**
 * The content of the answer of `process`, from `start` on. Rejects with `ScriptFault` where the script broke it off, and
 * as `process.read` does.
 */
export async function toScriptContent(
  process: Writer,
  start: ContentStart,
  events: ContentEvents,
): Promise<Content> {
  const pieces = new PiecesOfLength(start.length ?? Infinity);
  pieces.take(start.first);
  const moment = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => moment.resolve(undefined), MOMENT);
  try {
    while (pieces.left > 0) {
      const next = process.read();
      const piece = await Promise.race([next, moment.promise]);
      if (piece === null) {
        const isOver = await Promise.race([process.exited, moment.promise]) !== undefined;
        if (!isOver) return toStream(process, { pieces, next }, events);
        await checkEnd(process, pieces.left);
        return pieces.whole();
      }
      if (piece === undefined) {
        // It is the stream's reader that hears of a failure.
        next.catch(() => {});
        return toStream(process, { pieces, next }, events);
      }
      pieces.take(piece);
      if (pieces.size > GATHERING_LIMIT && pieces.left > 0) {
        return toStream(process, { pieces, next: null }, events);
      }
    }
  } finally {
    clearTimeout(timer);
  }
  events.onFull();
  return pieces.whole();
}

/** Gives out what has been gathered, then what `next` brings where it is there, then what the process writes. */
function toStream(
  process: Writer,
  { pieces, next }: { pieces: PiecesOfLength; next: Promise<Uint8Array | null> | null },
  { onFull, toFailure, onCancel }: ContentEvents,
): ReadableStream<Uint8Array> {
  let reading = next;
  return new ReadableStream<Uint8Array>({
    start: (controller) => {
      const gathered = pieces.whole();
      if (gathered.length > 0) controller.enqueue(gathered);
    },
    pull: async (controller) => {
      try {
        const piece = await (reading ?? process.read());
        reading = null;
        if (piece === null) {
          await checkEnd(process, pieces.left);
          return controller.close();
        }
        controller.enqueue(pieces.cut(piece));
        if (pieces.left > 0) return;
        controller.close();
        onFull();
      } catch (error) {
        process.stop(error);
        throw toFailure(error);
      }
    },
    cancel: onCancel,
  }, { highWaterMark: 0 });
}

/** Pieces of content that is so long in all. */
class PiecesOfLength {
  /** How many octets are to come. */
  left: number;
  /** How many were taken. */
  size = 0;
  readonly #pieces: Uint8Array[] = [];

  constructor(length: number) {
    this.left = length;
  }

  /** Keeps what of `piece` belongs to the content. */
  take(piece: Uint8Array): void {
    const own = this.cut(piece);
    this.#pieces.push(own);
    this.size += own.length;
  }

  /** What of `piece` belongs to the content. */
  cut(piece: Uint8Array): Uint8Array {
    const own = piece.length > this.left ? piece.subarray(0, this.left) : piece;
    this.left -= own.length;
    return own;
  }

  /** What was taken, as one. */
  whole(): Uint8Array {
    return this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
  }
}

/** Whether the content may end here, with `left` octets of its length to come. Rejects with `ScriptFault`. */
async function checkEnd(process: Writer, left: number): Promise<void> {
  const exit = await process.exit();
  const end = describeEnd(exit) ?? "ended";
  if (left !== Infinity) {
    throw new ScriptFault(`It ${end} with ${left} octets of its Content-Length to come`);
  }
  if (exit !== null && exit.signal !== null) throw new ScriptFault(`It ${end} in its content`);
}

/** What became of a script; null where there is nothing to say. */
export function describeEnd(exit: Deno.CommandStatus | null): string | null {
  if (exit === null || exit.success) return null;
  return exit.signal === null
    ? `ended with exit code ${exit.code}`
    : `was killed by ${exit.signal}`;
}
