/**
 * WHAT ANSWERS: what a script writes to its standard error, as lines for the log.
 *
 * A script that goes wrong may write for ever, so how many lines of it are told has a rate: some at once, then
 * a few a second. What is left out is counted, and told with the next line that is not. Lines are short, too:
 * a longer one counts as several.
 */

import { LogLines } from "./log_lines.ts";

/** Characters of a line. */
const LINE_LIMIT = 1_000;
/** Lines at once. */
const BURST = 100;
/** Lines a second, after that. */
const RATE = 10;

/** Cuts octets into lines, and passes over those that come too fast. */
export class DiagnosticLines {
  readonly #tell: (line: string) => void;
  readonly #now: () => number;
  readonly #lines: LogLines;
  #allowance = BURST;
  #counted: number;
  #omitted = 0;

  /** `tell` is called with each line; `now` counts milliseconds. */
  constructor(tell: (line: string) => void, now: () => number = () => performance.now()) {
    this.#tell = tell;
    this.#now = now;
    this.#counted = now();
    this.#lines = new LogLines((line) => this.#takeLine(line), LINE_LIMIT);
  }

  /** Takes what was written next. */
  take(octets: Uint8Array): void {
    this.#lines.take(octets);
  }

  /** Nothing more will come: tells of a last line without an end, and of what was left out. */
  end(): void {
    this.#lines.end();
    this.#tellOmitted();
  }

  #takeLine(line: string): void {
    if (!this.#mayTell()) {
      this.#omitted++;
      return;
    }
    this.#tellOmitted();
    this.#tell(line);
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
