/**
 * DRIVER (RFC 9112 section 7): sends the content of a response that is a stream.
 *
 * Each piece goes out as it comes, and the next one is not asked for before it is sent: a peer that
 * reads slowly holds its own stream back and nothing piles up. Where the stream fails, the last chunk is
 * not sent, so that the peer sees that the content is short. Where a length was promised, the stream is
 * held to it.
 */

import { CHUNK_END, encodeChunkLine, LAST_CHUNK } from "../http1/response_head.ts";
import type { Output } from "./output.ts";

/**
 * Sends `stream` behind what `output` has taken, `chunked` or bare, as the head said. Where `length` is not
 * null, a stream with less octets fails, and one with more is cancelled at its place. `onWait` is called
 * before each wait for the stream, `onSent` with the number of octets of each piece that was sent,
 * `onFailure` where the stream fails, and not the transport. Rejects with what either fails with, and with
 * the reason of `gone` when that aborts; the stream is cancelled then.
 */
export async function sendStream(
  output: Output,
  stream: ReadableStream<Uint8Array>,
  options: {
    length: number | null;
    chunked: boolean;
    gone: AbortSignal;
    onWait: () => void;
    onSent: (octets: number) => void;
    onFailure: (error: unknown) => void;
  },
): Promise<void> {
  const { length, chunked, gone, onWait, onSent, onFailure } = options;
  let left = length ?? Infinity;
  const reader = stream.getReader();
  // Cancelling ends a read that waits; a source that fails while it is cancelled has nobody left to tell.
  const cancel = () => reader.cancel(gone.reason).catch(() => undefined);
  gone.addEventListener("abort", cancel);
  try {
    // The head does not wait for the first piece, which may take long.
    await output.flush();
    for (;;) {
      onWait();
      const value = await nextPiece(reader).catch((error) => {
        onFailure(error);
        throw error;
      });
      gone.throwIfAborted();
      if (value === null) break;
      const piece = value.length > left ? value.subarray(0, left) : value;
      left -= piece.length;
      // A chunk of no octets would be the last one.
      if (piece.length > 0) {
        if (chunked) output.take(encodeChunkLine(piece.length));
        if (!output.take(piece)) await output.write(piece);
        if (chunked) output.take(CHUNK_END);
        await output.flush();
        onSent(piece.length);
      }
      if (piece !== value) {
        await reader.cancel();
        break;
      }
    }
    if (length !== null && left > 0) {
      const error = new RangeError("Cannot send the stream: it is shorter than its length");
      onFailure(error);
      throw error;
    }
    if (chunked) output.take(LAST_CHUNK);
    await output.flush();
  } catch (error) {
    await reader.cancel(error).catch(() => undefined);
    throw error;
  } finally {
    gone.removeEventListener("abort", cancel);
  }
}

async function nextPiece(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<Uint8Array | null> {
  const { done, value } = await reader.read();
  if (done) return null;
  if (value instanceof Uint8Array) return value;
  throw new TypeError("Cannot send content: the stream gave something that is no Uint8Array");
}
