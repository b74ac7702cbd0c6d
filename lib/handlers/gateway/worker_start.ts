/**
 * WHAT ANSWERS: what a WSGI worker says until it has imported the app, or why it never does.
 *
 * Where a start is one of many attempts, what is printed is kept until the outcome is known, so that the same
 * traceback is not told again and again.
 */

import { FROM_WORKER, type KindFromWorker } from "./wsgi_frames.ts";

/** Why there is no app. */
export interface StartFailure {
  /** On one line, for whoever starts it. */
  readonly message: string;
  /** What was printed and has not been told; Python's traceback among it. */
  readonly lines: readonly string[];
  /** In development: what the app raised, as JSON; null where it did not get so far. */
  readonly report: string | null;
}

/** Lines that are kept. */
const KEPT_LINES = 1_000;

const decoder = new TextDecoder();

/** One start. */
export class WorkerStart {
  /** Why there is no app, where it says so itself, and Python's own words for it. */
  #refusal: string | null = null;
  readonly #trace: string[] = [];
  #report: string | null = null;
  /** What is printed, where that is not told before the outcome is known. */
  #held: string[] | null;
  #lastLine = "";

  /** With `isQuiet` what is printed is kept. */
  constructor(isQuiet: boolean) {
    this.#held = isQuiet ? [] : null;
  }

  /** A frame has come. Whether the app is imported. */
  take(kind: KindFromWorker, payload: Uint8Array): boolean {
    const text = decoder.decode(payload);
    if (kind === FROM_WORKER.lines) this.#trace.push(...text.split("\n"));
    else if (kind === FROM_WORKER.report) this.#report = text;
    else if (kind === FROM_WORKER.failure) this.#refusal = text;
    return kind === FROM_WORKER.started;
  }

  /** A line was printed. Whether it is kept. */
  keep(line: string): boolean {
    this.#lastLine = line;
    if (this.#held === null) return false;
    if (this.#held.length < KEPT_LINES) this.#held.push(line);
    return true;
  }

  /** What was kept; from now on nothing is. */
  release(): string[] {
    const held = this.#held ?? [];
    this.#held = null;
    return held;
  }

  /** Says why there is no app, where nobody has said it. */
  refuse(why: string): void {
    this.#refusal ??= why;
  }

  /** The process has ended. */
  end(how: string): void {
    this.refuse(this.#lastLine === "" ? `Python ${how}` : `Python ${how}: ${this.#lastLine}`);
  }

  /** Why there is no app. */
  toFailure(): StartFailure {
    const lines = [...this.#held ?? [], ...this.#trace];
    return { message: this.#refusal ?? "nobody knows why", lines, report: this.#report };
  }
}
