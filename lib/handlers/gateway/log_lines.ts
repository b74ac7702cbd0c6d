/**
 * WHAT ANSWERS: what a WSGI app writes to its standard output and error, as lines for the log.
 *
 * Unlike a script, whose author may be anybody, an app is run by whoever reads its log, and everything that it
 * says is told. Only a line that does not end is cut into several. Nothing is escaped here.
 */

/** Characters of a line; the rest is another. */
const LINE_LIMIT = 16_384;

/** Cuts octets into lines. */
export class LogLines {
  readonly #tell: (line: string) => void;
  readonly #decoder = new TextDecoder();
  #line = "";

  /** `tell` is called with each line that is not empty. */
  constructor(tell: (line: string) => void) {
    this.#tell = tell;
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
    for (; rest.length > LINE_LIMIT; rest = rest.slice(LINE_LIMIT)) {
      this.#tell(rest.slice(0, LINE_LIMIT));
    }
    return rest;
  }
}
