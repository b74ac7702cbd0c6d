/**
 * WHAT ANSWERS: a big file that is compressed while it is sent.
 *
 *   nothing --first pull--> running --end of the file--> over
 *      |                       |--the file is too short, or fails--> over, the stream errors
 *      '-------cancelled-------'---------------------------------> over
 *
 * A pull reads a piece of the file and compresses it, again until something comes out, and then waits
 * for the next pull: a slow client holds its own stream back, and what is in memory is one coding's
 * window and one piece. The file is closed and the window freed at the end of each of the ways above.
 *
 * A window is megabytes (5.7 for br, 4.4 for zstd, 1.0 for gzip, each measured with the stream around
 * it; of noise brotli gathers 8 MB more), and a client may read as slowly as it likes. So only some
 * streams run at a time; while they do, others are sent the file as it is, which costs a buffer.
 *
 * Octets that are made anew each time are never promised to be the same, so there are no ranges of them.
 */

import type { ContentCoding } from "../../http1/content_codings.ts";
import type { FileSlice } from "../../server/file_slice.ts";
import { Compressor, PIECE_OCTETS } from "./compressor.ts";

/** How many files are compressed while they are sent, at a time: some 100 MB for all of them. */
export const STREAM_COUNT_LIMIT = 16;

/** Compresses files into streams, some at a time. */
export class StreamCompressor {
  readonly #limit: number;
  #running = 0;

  /** `limit` is how many streams there may be before `isBusy`. */
  constructor(options: { limit?: number } = {}) {
    this.#limit = options.limit ?? STREAM_COUNT_LIMIT;
  }

  /** How many streams are neither at their end nor cancelled. */
  get running(): number {
    return this.#running;
  }

  /** Whether so many streams run that the next file had better be sent as it is. */
  get isBusy(): boolean {
    return this.#running >= this.#limit;
  }

  /**
   * `slice` in that coding. Owns the file from now on, and closes it when the stream has been read or is
   * cancelled. The stream errors with `Deno.errors.UnexpectedEof` where the file is shorter than the
   * slice, and with what reading it throws.
   */
  stream(slice: FileSlice, coding: ContentCoding): ReadableStream<Uint8Array> {
    this.#running++;
    const run = new Run(slice, { coding, onOver: () => this.#running-- });
    // Nothing is read ahead: an answer to HEAD is cancelled without having cost anything.
    return new ReadableStream(run, { highWaterMark: 0 });
  }
}

/** What lies behind one stream. */
class Run implements UnderlyingDefaultSource<Uint8Array> {
  readonly #slice: FileSlice;
  readonly #coding: ContentCoding;
  readonly #onOver: () => void;
  #buffer: Uint8Array | null = null;
  #compressor: Compressor | null = null;
  #left: number;
  #isWorking = false;
  #isCancelled = false;
  #isOver = false;

  constructor(slice: FileSlice, options: { coding: ContentCoding; onOver: () => void }) {
    this.#slice = slice;
    this.#coding = options.coding;
    this.#onOver = options.onOver;
    this.#left = slice.length;
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    this.#isWorking = true;
    try {
      const { pieces, isLast } = await this.#advance();
      // What has been cancelled takes nothing any more.
      if (this.#isCancelled) return this.#end();
      for (const piece of pieces) controller.enqueue(piece);
      if (!isLast) return;
      this.#end();
      controller.close();
    } catch (error) {
      this.#end();
      throw error;
    } finally {
      this.#isWorking = false;
    }
  }

  cancel(): void {
    this.#isCancelled = true;
    // The library may be in the middle of a piece; then `pull` ends when that is done.
    if (!this.#isWorking) this.#end();
  }

  /** Goes on until something comes out. */
  async #advance(): Promise<{ pieces: Uint8Array[]; isLast: boolean }> {
    const { offset, length } = this.#slice;
    if (this.#compressor === null) {
      this.#compressor = await Compressor.open(this.#coding, { purpose: "streamed", length });
      if (offset > 0) this.#slice.file.seekSync(offset, 0);
    }
    for (;;) {
      if (this.#isCancelled) return { pieces: [], isLast: true };
      if (this.#left === 0) return { pieces: await this.#compressor.finish(), isLast: true };
      const pieces = await this.#compressor.push(this.#read());
      if (pieces.length > 0) return { pieces, isLast: false };
    }
  }

  #read(): Uint8Array {
    const buffer = this.#buffer ??= new Uint8Array(PIECE_OCTETS);
    const count = this.#slice.file.readSync(buffer.subarray(0, this.#left));
    if (count === null || count === 0) {
      throw new Deno.errors.UnexpectedEof("Cannot send the whole file: it has become shorter");
    }
    this.#left -= count;
    return buffer.subarray(0, count);
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#slice.file.close();
    this.#compressor?.close();
    this.#buffer = null;
    this.#onOver();
  }
}
