/**
 * COMMAND LINE: lines on their way to a file, a pipe or a terminal, which may be slow, full or gone.
 *
 *              add                 written                  nothing new
 *    QUIET ----------> WRITING ---------------> GATHERING -----------------> QUIET
 *                         ^                         |
 *                         +--- time or size is up --+
 *
 * Nobody waits for a log: lines are kept in memory and written in batches, one write at a time. After
 * quiet the first line goes out in the next turn of the event loop, so that a person sees it at once;
 * then what gathers goes out every few hundredths of a second or every 64 KiB, so that a busy server
 * makes some dozens of writes a second and not one a request.
 *
 * Memory is bounded. Where the reader cannot keep up, new lines are dropped and counted, and the count
 * is told when the queue is empty again. A full disk is tried again; a broken pipe ends the log.
 */

import { LineBuffer } from "./line_buffer.ts";

/** Where the octets go: `Deno.stdout`, or a test's own. */
export interface LogWriter {
  /** Writes what it can of `octets` and resolves to how many were taken. */
  write(octets: Uint8Array): Promise<number>;
}

/** What may differ from what suits most. */
export interface LogSinkOptions {
  /** Told, in a sentence, when lines are lost or writing fails; once each time it begins. */
  readonly onTrouble?: (message: string) => void;
  /** How many octets may wait to be written. */
  readonly capacity?: number;
  /** How long lines gather between two writes, in milliseconds. */
  readonly interval?: number;
  /** How long a write that failed waits before it is tried again, in milliseconds. */
  readonly retry?: number;
}

/** Octets that gather in one place before they are put aside. */
const PIECE = 32_768;
/** Octets that are written without waiting for more. */
const BATCH = 65_536;
/** Octets of one write at the most, more or less a piece. */
const LARGEST_BATCH = 262_144;
/** Some 40,000 lines: a second of the busiest server. */
const DEFAULT_CAPACITY = 8 * 1024 * 1024;
/** A person sees no delay, and it is 25 writes a second at the most. */
const DEFAULT_INTERVAL = 40;
const DEFAULT_RETRY = 1_000;

/** Lines that are put aside. */
interface Piece {
  readonly octets: Uint8Array;
  readonly lines: number;
}

/** A queue of lines with one writer. */
export class LogSink {
  readonly #writer: LogWriter;
  readonly #onTrouble: (message: string) => void;
  readonly #capacity: number;
  readonly #interval: number;
  readonly #retry: number;
  /** The newest lines, how many they are, and where the one begins that is being put. */
  readonly #gathered = new LineBuffer();
  #lines = 0;
  #lineStart = 0;
  /** What is older, in order. */
  #pieces: Piece[] = [];
  /** Lines and octets that wait or are being written. */
  #waiting = 0;
  #size = 0;
  #dropped = 0;
  #isFailing = false;
  /** No more is written. */
  #isEnded = false;
  #isClosing = false;
  #writing: Promise<void> | null = null;
  /** Ends a pause early. */
  #wake: (() => void) | null = null;

  constructor(writer: LogWriter, options: LogSinkOptions = {}) {
    this.#writer = writer;
    this.#onTrouble = options.onTrouble ?? (() => {});
    this.#capacity = options.capacity ?? DEFAULT_CAPACITY;
    this.#interval = options.interval ?? DEFAULT_INTERVAL;
    this.#retry = options.retry ?? DEFAULT_RETRY;
  }

  /** Takes `line`, which ends with its line end, to be written soon. Never throws and never waits. */
  add(line: string): void {
    this.begin()?.text(line);
    this.end();
  }

  /** Where the next line is to be put, with its line end; then call `end`. Null where no more is written. */
  begin(): LineBuffer | null {
    if (this.#isEnded) return null;
    this.#lineStart = this.#gathered.length;
    return this.#gathered;
  }

  /** Takes the line that was put since `begin`, as `add` does. */
  end(): void {
    if (this.#isEnded) return;
    const length = this.#gathered.length - this.#lineStart;
    if (this.#size + length > this.#capacity) {
      this.#gathered.truncate(this.#lineStart);
      this.#dropped++;
      return;
    }
    this.#lines++;
    this.#waiting++;
    this.#size += length;
    if (this.#gathered.length >= PIECE) this.#putAside();
    if (this.#writing === null) this.#writing = this.#run();
    else if (this.#size >= BATCH && !this.#isFailing) this.#wake?.();
  }

  /** Writes what waits, for `patience` milliseconds at the most; what is added later is thrown away. */
  async close(patience: number): Promise<void> {
    this.#isClosing = true;
    this.#wake?.();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const over = new Promise<void>((resolve) => timer = setTimeout(resolve, patience));
    await Promise.race([this.#writing, over]);
    clearTimeout(timer);
    if (!this.#isEnded) this.#end();
  }

  async #run(): Promise<void> {
    await this.#pause(0);
    while (!this.#isEnded && this.#size > 0) {
      await this.#writeAll(this.#takeBatch());
      if (this.#size === 0) this.#tellLoss();
      if (this.#size < BATCH) await this.#pause(this.#interval);
    }
    this.#writing = null;
  }

  #putAside(): void {
    if (this.#lines === 0) return;
    this.#pieces.push({ octets: this.#gathered.take(), lines: this.#lines });
    this.#lines = 0;
  }

  /** The oldest pieces, as many as one write takes, as one. */
  #takeBatch(): Piece {
    this.#putAside();
    let count = 0;
    let [lines, length] = [0, 0];
    while (count < this.#pieces.length && length < LARGEST_BATCH) {
      const piece = this.#pieces[count++]!;
      lines += piece.lines;
      length += piece.octets.length;
    }
    const pieces = this.#pieces.splice(0, count);
    if (pieces.length === 1) return pieces[0]!;
    const octets = new Uint8Array(length);
    let end = 0;
    for (const piece of pieces) {
      octets.set(piece.octets, end);
      end += piece.octets.length;
    }
    return { octets, lines };
  }

  async #writeAll({ octets, lines }: Piece): Promise<void> {
    let written = 0;
    while (written < octets.length) {
      try {
        const count = await this.#writer.write(octets.subarray(written));
        if (count === 0) throw new Deno.errors.WriteZero("nothing was taken");
        written += count;
        this.#isFailing = false;
      } catch (error) {
        this.#tellFailure(error);
        if (this.#isEnded) return;
        await this.#pause(this.#retry);
      }
    }
    this.#waiting -= lines;
    this.#size -= octets.length;
  }

  #tellFailure(error: unknown): void {
    if (this.#isEnded) return;
    const reason = error instanceof Error ? error.message : String(error);
    // A pipe that nobody reads will never be read again. And the last words are tried once: a full
    // disk does not keep the program alive.
    const isFinal = this.#isClosing || error instanceof Deno.errors.BrokenPipe ||
      error instanceof Deno.errors.BadResource;
    if (!this.#isFailing || isFinal) {
      const consequence = isFinal ? "no more is written" : "it is tried again";
      this.#onTrouble(`Cannot write the log: ${reason}; ${consequence}`);
    }
    this.#isFailing = true;
    if (isFinal) this.#end();
  }

  #end(): void {
    this.#isEnded = true;
    this.#dropped += this.#waiting;
    this.#gathered.take();
    this.#lines = 0;
    this.#pieces = [];
    this.#tellLoss();
  }

  #tellLoss(): void {
    const count = this.#dropped;
    this.#dropped = 0;
    if (count > 0) this.#onTrouble(`The log lost ${count} ${count === 1 ? "line" : "lines"}`);
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isClosing) return resolve();
      const timer = setTimeout(() => this.#wake?.(), milliseconds);
      this.#wake = () => {
        this.#wake = null;
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
