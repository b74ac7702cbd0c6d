/**
 * WHAT ANSWERS: what an app threw, told in the same words whatever language it is written in.
 *
 *   a JavaScript error -- script_failure.ts --+
 *                                             +--> AppFailure --> error_page.ts, failure_text.ts
 *   a Python exception -- python_failure.ts --+
 *
 * In development only. Everything in it is text from somebody's program, not escaped, and bounded:
 * whoever throws may have put a request into his message.
 */

/** What went wrong in an app. */
export interface AppFailure {
  /** What the app is written in. TypeScript counts as JavaScript, which it is when it runs. */
  readonly language: "JavaScript" | "Python";
  /** What runs it: `Deno 2.7.11`. */
  readonly runtime: string;
  /** Whether it was answering a request, or being loaded. */
  readonly when: "answering" | "loading";
  /** What was thrown, and behind it what led to it; never empty, at most `ERROR_LIMIT`. */
  readonly errors: readonly FailedError[];
}

/** One of the errors of a failure. */
export interface FailedError {
  /**
   * How it belongs to the one before: `thrown` is the first; `cause` has been named as the reason; during the
   * handling of a `context` the one before was raised; a `member` is one of several in a group.
   */
  readonly relation: "thrown" | "cause" | "context" | "member";
  /** The name of its class, or `type` of what is thrown and is no error. */
  readonly type: string;
  /** What it says; may be empty, may have many lines. */
  readonly message: string;
  /** The calls that were open, the innermost first; at most `FRAME_LIMIT`. */
  readonly frames: readonly Frame[];
}

/** One call that was open. */
export interface Frame {
  /** A path, or what the runtime calls a place that is no file. */
  readonly file: string;
  /** From 1; null where it is not known. */
  readonly line: number | null;
  /** From 1; null where it is not known. */
  readonly column: number | null;
  /** Null outside of functions. */
  readonly function: string | null;
  /** Whether the file is the app's own, and none of a library or the runtime. */
  readonly isOwn: boolean;
  /** The lines around, in order; empty where they cannot be read. */
  readonly source: readonly SourceLine[];
}

/** A line of a file. */
export interface SourceLine {
  /** From 1. */
  readonly number: number;
  /** Without its end, and cut where it is long. */
  readonly text: string;
}

/** Errors of a failure. */
export const ERROR_LIMIT = 8;
/** Frames of an error: a recursion without end has more, and they are all the same. */
export const FRAME_LIMIT = 60;
/** Characters of a message. */
export const MESSAGE_LIMIT = 20_000;
/** Characters of a name. */
export const NAME_LIMIT = 1_000;
/** Lines that are shown before and after the one that is meant. */
export const LINES_AROUND = 4;
/** Characters of a line of source. */
export const LINE_LIMIT = 300;

/** `text`, cut with a mark where it is longer than `limit`. */
export function cutAt(text: string, limit: number): string {
  return text.length > limit ? `${text.slice(0, limit)} …` : text;
}
