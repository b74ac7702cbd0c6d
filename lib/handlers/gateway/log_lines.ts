/**
 * WHAT ANSWERS: what a program writes to its standard output and error, as lines for the log.
 *
 * Everything is told: an app in Python is run by whoever reads its log. Only a line that does not end is cut into
 * several. Nothing is escaped here; whoever prints the lines does that. For scripts, whose author may be anybody,
 * `diagnostic_lines.ts` leaves out what comes too fast.
 */

/** Characters of a line; the rest is another. */
const LINE_LIMIT = 16_384;

/** Cuts octets into lines. */
export class LogLines {
  readonly #tell: (line: string) => void;
  readonly #limit: number;
  readonly #decoder = new TextDecoder();
  #line = "";

  /** `tell` is called with each line that is not empty, at most `limit` characters of it at a time. */
  constructor(tell: (line: string) => void, limit: number = LINE_LIMIT) {
    this.#tell = tell;
    this.#limit = limit;
  }

  /** Takes what was written next. */
  take(octets: Uint8Array): void {
    this.#takeText(this.#decoder.decode(octets, { stream: true }));
  }

  /** Nothing more will come: tells of a last line without an end. */
  end(): void {
    this.#takeText(`${this.#decoder.decode()}\n`);
  }

  #takeText(text: string): void {
    const lines = (this.#line + text).split("\n");
    this.#line = lines.pop()!;
    for (const line of lines) {
      const rest = this.#cut(line.replace(/\r$/, ""));
      if (rest !== "") this.#tell(rest);
    }
    this.#line = this.#cut(this.#line);
  }

  /** Tells the beginning of a line that is too long; returns the rest. */
  #cut(line: string): string {
    let rest = line;
    for (; rest.length > this.#limit; rest = rest.slice(this.#limit)) {
      this.#tell(rest.slice(0, this.#limit));
    }
    return rest;
  }
}
