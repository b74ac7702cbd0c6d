/**
 * WHAT ANSWERS: what a script writes to its standard error, as lines for the log.
 *
 * A script that goes wrong may write for ever, so lines have a length, and how many of them there are has a
 * rate: some at once, then a few a second. What is left out is counted, and told with the next line that is
 * not. Nothing is escaped here; whoever prints the lines does that.
 */

/** Octets of a line; what is longer is cut. */
const LINE_LIMIT = 1_000;
/** Lines at once. */
const BURST = 100;
/** Lines a second, after that. */
const RATE = 10;
const LF = 0x0a;

/** Cuts octets into lines. */
export class DiagnosticLines {
  readonly #tell: (line: string) => void;
  readonly #now: () => number;
  readonly #line = new Uint8Array(LINE_LIMIT);
  /** Octets of the line so far, whether they were kept or not. */
  #length = 0;
  #allowance = BURST;
  #counted: number;
  #omitted = 0;

  /** `tell` is called with each line; `now` counts milliseconds. */
  constructor(tell: (line: string) => void, now: () => number = () => performance.now()) {
    this.#tell = tell;
    this.#now = now;
    this.#counted = now();
  }

  /** Takes what was written next. */
  take(octets: Uint8Array): void {
    for (let start = 0; start < octets.length;) {
      const end = octets.indexOf(LF, start);
      const part = octets.subarray(start, end < 0 ? octets.length : end);
      const room = Math.max(0, LINE_LIMIT - this.#length);
      this.#line.set(part.subarray(0, room), LINE_LIMIT - room);
      this.#length += part.length;
      start += part.length;
      if (end < 0) continue;
      start++;
      this.#endLine();
    }
  }

  /** Nothing more will come: tells of a last line without an end, and of what was left out. */
  end(): void {
    this.#endLine();
    this.#tellOmitted();
  }

  #endLine(): void {
    const length = this.#length;
    this.#length = 0;
    const kept = this.#line.subarray(0, Math.min(length, LINE_LIMIT));
    const text = new TextDecoder().decode(kept).replace(/\r$/, "");
    if (text === "") return;
    if (!this.#mayTell()) {
      this.#omitted++;
      return;
    }
    this.#tellOmitted();
    this.#tell(length > LINE_LIMIT ? `${text} [and ${length - LINE_LIMIT} octets more]` : text);
  }

  #mayTell(): boolean {
    const now = this.#now();
    const earned = (now - this.#counted) / 1_000 * RATE;
    this.#counted = now;
    this.#allowance = Math.min(BURST, this.#allowance + earned);
    if (this.#allowance < 1) return false;
    this.#allowance--;
    return true;
  }

  #tellOmitted(): void {
    if (this.#omitted > 0) this.#tell(`[${this.#omitted} lines left out]`);
    this.#omitted = 0;
  }
}
