/**
 * WHAT ANSWERS (RFC 1952, RFC 7932, RFC 8878): octets in, compressed octets out.
 *
 * node:zlib has all three codings, and in Deno all of it runs on the thread that asked, whatever its
 * functions promise: a megabyte of brotli in one call would hold up every connection for 16 ms and more.
 * So content goes in by pieces of 64 KiB, and between two of them everybody else gets a turn.
 *
 * The library is loaded when it is first used, for loading it makes Deno 2.9.6 start 20 ms later.
 * Deno 2.7.11 and 2.9.6 have all three codings; a test says so of the Deno that runs it.
 *
 * How hard to try depends on how often the result is sent. Measured on 170 text files from this machine's
 * disk, 4 MB: size in per cent of the original for files below 32 KiB and above, and speed for the latter.
 *
 *          br 5         zstd 6        gzip 6        br 3          zstd 3        gzip 4
 *   small  28.7         31.1          30.7          31.9          32.3          31.0
 *   big    16.6         17.2          18.4          18.4          18.5          18.8
 *   speed   63 MB/s     108 MB/s      118 MB/s      118 MB/s      393 MB/s      175 MB/s
 *
 * What is kept is made once, so the smallest that costs no more than some milliseconds: above brotli 5,
 * zstd 6 and gzip 6 nothing is won but at a tenth of the speed (brotli 9: 16.2 % at 8 MB/s). What is
 * streamed is made for each client anew, so speed counts, and zstd comes first.
 */

import type { ContentCoding } from "../../http1/content_codings.ts";
import type { Transform } from "node:stream";
import { giveWay } from "./give_way.ts";

/** What the compressed octets are for: being `kept` and sent often, or being `streamed` once. */
export type Purpose = "kept" | "streamed";

/** How much is compressed before others get a turn: a millisecond, and the peaks of brotli 5 are ten. Octets. */
export const PIECE_OCTETS = 65_536;

/** The level of each coding; see above for what they cost. */
export const LEVELS: Readonly<Record<Purpose, Readonly<Record<ContentCoding, number>>>> = {
  kept: { br: 5, zstd: 6, gzip: 6 },
  streamed: { br: 3, zstd: 3, gzip: 4 },
};

// A compressed piece comes out as one chunk, not as four.
const OUTPUT_OCTETS = 65_536;

/** One run of one coding. Whoever opens it closes it. */
export class Compressor {
  readonly #stream: Transform;
  #made: Uint8Array[] = [];
  #reject: ((error: Error) => void) | null = null;

  private constructor(stream: Transform) {
    this.#stream = stream;
    stream.on("data", (chunk: Uint8Array) => this.#made.push(chunk));
    stream.on("error", (error) => this.#reject?.(error));
  }

  /** Begins a run; `length` is how many octets there will be, which helps brotli and binds nobody. */
  static async open(
    coding: ContentCoding,
    options: { purpose: Purpose; length: number },
  ): Promise<Compressor> {
    const zlib = await import("node:zlib");
    return new Compressor(createStream(zlib, { coding, ...options }));
  }

  /** Takes `octets`, which may be used again when this resolves, and gives what is ready: often nothing. */
  async push(octets: Uint8Array): Promise<Uint8Array[]> {
    for (let at = 0; at < octets.length; at += PIECE_OCTETS) {
      const piece = octets.subarray(at, at + PIECE_OCTETS);
      await this.#run((done) => this.#stream.write(piece, done));
      await giveWay();
    }
    return this.#take();
  }

  /** Ends the content and gives the rest. */
  async finish(): Promise<Uint8Array[]> {
    await this.#run((done) => this.#stream.once("end", () => done()).end());
    return this.#take();
  }

  /** Frees the coding's memory, megabytes of it; also in the middle of the content. Does nothing the second time. */
  close(): void {
    this.#stream.destroy();
  }

  /** Waits until what `start` begins calls `done`, or the stream fails, which may be said in both ways. */
  #run(start: (done: (error?: Error | null) => void) => unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      start((error) => error ? reject(error) : resolve());
    });
  }

  #take(): Uint8Array[] {
    const made = this.#made;
    this.#made = [];
    return made;
  }
}

/** All of `octets` in that coding, made in pieces to be kept. `octets` must not change meanwhile. */
export async function compress(octets: Uint8Array, coding: ContentCoding): Promise<Uint8Array> {
  const compressor = await Compressor.open(coding, { purpose: "kept", length: octets.length });
  try {
    const begun = await compressor.push(octets);
    const pieces = [...begun, ...await compressor.finish()];
    const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
    let end = 0;
    for (const piece of pieces) {
      whole.set(piece, end);
      end += piece.length;
    }
    return whole;
  } finally {
    compressor.close();
  }
}

function createStream(
  zlib: typeof import("node:zlib"),
  options: { coding: ContentCoding; purpose: Purpose; length: number },
): Transform {
  const { coding, purpose, length } = options;
  const level = LEVELS[purpose][coding];
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT, ZSTD_c_compressionLevel } = zlib.constants;
  const chunkSize = OUTPUT_OCTETS;
  switch (coding) {
    case "br": {
      // The hint has 32 bits.
      const hint = Math.min(length, 0x7fff_ffff);
      const params = { [BROTLI_PARAM_QUALITY]: level, [BROTLI_PARAM_SIZE_HINT]: hint };
      return zlib.createBrotliCompress({ chunkSize, params });
    }
    case "zstd":
      return zlib.createZstdCompress({ chunkSize, params: { [ZSTD_c_compressionLevel]: level } });
    case "gzip":
      return zlib.createGzip({ chunkSize, level });
  }
}
