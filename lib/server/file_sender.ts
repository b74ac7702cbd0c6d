/**
 * DRIVER: sends slices of files.
 *
 * A file is read into a buffer that is lent and written from there, without the system's sendfile. Reads
 * are synchronous: 36 µs for 256 KiB that the system has in memory, where an asynchronous one costs 93;
 * nginx reads so too. The bigger the piece the cheaper, as long as all pieces under way fit into the
 * processor's cache: so a few transfers get 1 MiB each, some more 256 KiB, and a crowd 64 KiB.
 *
 * That is also what bounds memory: a peer that takes nothing makes the server hold one buffer, and only
 * the first of them a big one.
 *
 * A file may shrink while it is sent. Its length has been promised by then, so the answer is cut. What it
 * has grown by is not sent.
 */

import { BufferPool } from "./buffer_pool.ts";
import { type ContentParts, FileSlice } from "./file_slice.ts";
import type { Output } from "./output.ts";

/** Buffers of a size that are kept for the next transfer, though none is under way. */
const MOST_IDLE = 256;
/** From the largest to the smallest; `most` may be lent at a time. */
const PIECES = [
  { size: 1_048_576, most: 4 },
  { size: 262_144, most: 16 },
  { size: 65_536, most: Infinity },
].map(({ size, most }) => ({
  size,
  most,
  lent: 0,
  buffers: new BufferPool(size, Math.min(most, MOST_IDLE)),
}));

/** Called with the number of octets of content that have been sent since the last time. */
export type OnSent = (octets: number) => void;

/**
 * Sends `slice` behind what `output` has taken, and closes its file. Rejects with what the transport or
 * the file fails with, and with `UnexpectedEof` where the file is shorter than it was.
 */
export async function sendSlice(
  output: Output,
  slice: FileSlice,
  onSent: OnSent,
): Promise<void> {
  const { file, offset, length } = slice;
  try {
    file.seekSync(offset, 0);
    let left = length;
    while (left > 0) left -= await sendPiece(output, { file, left, onSent });
  } finally {
    file.close();
  }
}

/** Sends as much of what is left as one buffer takes; resolves to how much that was. */
async function sendPiece(
  output: Output,
  { file, left, onSent }: { file: FileSlice["file"]; left: number; onSent: OnSent },
): Promise<number> {
  const piece = choosePiece(left);
  piece.lent++;
  try {
    const buffer = piece.buffers.take();
    const start = output.moveInto(buffer);
    const end = fill(file, buffer.subarray(0, Math.min(buffer.length, start + left)), start);
    await output.writeOwn(buffer.subarray(0, end));
    // Where the write failed the system may still read from the buffer, and it is not lent again.
    piece.buffers.give(buffer);
    onSent(end - start);
    return end - start;
  } finally {
    piece.lent--;
  }
}

/** The largest that is free and not larger than needed. */
function choosePiece(left: number): typeof PIECES[number] {
  return PIECES.find(({ lent, most }, rank) =>
    lent < most && left > (PIECES[rank + 1]?.size ?? 0)
  )!;
}

/** Fills `buffer` from `start` on with what the file has next; returns where that ends. */
function fill(file: FileSlice["file"], buffer: Uint8Array, start: number): number {
  let end = start;
  while (end < buffer.length) {
    const count = file.readSync(end === 0 ? buffer : buffer.subarray(end));
    if (count === null || count === 0) {
      throw new Deno.errors.UnexpectedEof("Cannot send the whole file: it has become shorter");
    }
    end += count;
  }
  return end;
}

/**
 * Sends the parts of `content` behind what `output` has taken, and not an octet more than its length. `onFailure`
 * is called where making a part fails. Rejects as `sendSlice` does.
 */
export async function sendParts(
  output: Output,
  content: ContentParts,
  options: { onSent: OnSent; onFailure: (error: unknown) => void },
): Promise<void> {
  const { onSent, onFailure } = options;
  let left = content.length;
  try {
    for (const part of partsOf(content, onFailure)) {
      if (part.length > left) {
        if (part instanceof FileSlice) part.file.close();
        throw new RangeError("Cannot send the parts: they are longer than their length");
      }
      left -= part.length;
      if (part instanceof FileSlice) {
        await sendSlice(output, part, onSent);
      } else {
        await output.write(part);
        onSent(part.length);
      }
    }
    if (left > 0) throw new RangeError("Cannot send the parts: they are shorter than their length");
  } finally {
    content.close();
  }
}

/** The parts; what their maker throws is told apart from what sending them throws. */
function* partsOf(
  content: ContentParts,
  onFailure: (error: unknown) => void,
): Iterable<Uint8Array | FileSlice> {
  const parts = content.parts()[Symbol.iterator]();
  try {
    for (;;) {
      let next: IteratorResult<Uint8Array | FileSlice>;
      try {
        next = parts.next();
      } catch (error) {
        onFailure(error);
        throw error;
      }
      if (next.done) return;
      yield next.value;
    }
  } finally {
    parts.return?.();
  }
}
