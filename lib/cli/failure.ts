/**
 * COMMAND LINE: an end that was foreseen.
 *
 * Whoever started the program reads one line that says what cannot be done, because of what, and what
 * to do; the exit status tells scripts whose turn it is. Any other error is a fault of ours and is
 * shown with its stack.
 */

/** The command line or the environment asks for something that does not exist or does not fit. */
export const USAGE = 2;
/** What was asked for could not be done. */
export const FAILED = 1;

/** Ends the program with `exitStatus` after printing `message`. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly exitStatus: number;

  /** `options` may name what the failure comes from. */
  constructor(message: string, exitStatus: number, options?: ErrorOptions) {
    super(message, options);
    this.exitStatus = exitStatus;
  }
}
