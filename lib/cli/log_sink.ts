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

/** Where the octets go: `Deno.stdout`, or a test's own. */
export interface LogWriter {
  /** Writes what it can of `octets` and resolves to how many were taken. */
  write(octets: Uint8Array): Promise<number>;
}

/** What may differ from what suits most. */
export interface LogSinkOptions {
  /** Told, in a sentence, when lines are lost or writing fails; once each time it begins. */
  readonly onTrouble?: (message: string) => void;
  /** How many characters may wait to be written. */
  readonly capacity?: number;
  /** How long lines gather between two writes, in milliseconds. */
  readonly interval?: number;
  /** How long a write that failed waits before it is tried again, in milliseconds. */
  readonly retry?: number;
}

/**
 * Characters that are encoded together. Line by line costs 0.6 µs each, since a string that was put
 * together has to be laid out first; a whole write at a time is dearer again (0.4 against 0.3 µs a
 * line), since so many strings outlive a collection of young garbage.
 */
const PIECE = 32_768;
/** Characters that are written without waiting for more. */
const BATCH = 65_536;
/** Characters of one write at the most, more or less a piece. */
const LARGEST_BATCH = 262_144;
/** Some 40,000 lines: a second of the busiest server. */
const DEFAULT_CAPACITY = 8 * 1024 * 1024;
/** A person sees no delay, and it is 25 writes a second at the most. */
const DEFAULT_INTERVAL = 40;
const DEFAULT_RETRY = 1_000;

/** Encoded lines. */
interface Piece {
  readonly octets: Uint8Array;
  readonly lines: number;
  readonly characters: number;
}

/** A queue of lines with one writer. */
export class LogSink {
  readonly #writer: LogWriter;
  readonly #encoder = new TextEncoder();
  readonly #onTrouble: (message: string) => void;
  readonly #capacity: number;
  readonly #interval: number;
  readonly #retry: number;
  /** The newest lines, not yet encoded, and how many characters they have. */
  #lines: string[] = [];
  #gathered = 0;
  /** What is older, in order. */
  #pieces: Piece[] = [];
  /** Lines and characters that wait or are being written. */
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
    if (this.#isEnded) return;
    const { length } = line;
    if (this.#size + length > this.#capacity) {
      this.#dropped++;
      return;
    }
    this.#lines.push(line);
    this.#waiting++;
    this.#size += length;
    this.#gathered += length;
    if (this.#gathered >= PIECE) this.#encode();
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

  #encode(): void {
    if (this.#lines.length === 0) return;
    const octets = this.#encoder.encode(this.#lines.join(""));
    this.#pieces.push({ octets, lines: this.#lines.length, characters: this.#gathered });
    this.#lines = [];
    this.#gathered = 0;
  }

  /** The oldest pieces, as many as one write takes, as one. */
  #takeBatch(): Piece {
    this.#encode();
    let count = 0;
    let [lines, characters, length] = [0, 0, 0];
    while (count < this.#pieces.length && characters < LARGEST_BATCH) {
      const piece = this.#pieces[count++]!;
      lines += piece.lines;
      characters += piece.characters;
      length += piece.octets.length;
    }
    const octets = new Uint8Array(length);
    let end = 0;
    for (const piece of this.#pieces.splice(0, count)) {
      octets.set(piece.octets, end);
      end += piece.octets.length;
    }
    return { octets, lines, characters };
  }

  async #writeAll({ octets, lines, characters }: Piece): Promise<void> {
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
    this.#size -= characters;
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
    this.#lines = [];
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
