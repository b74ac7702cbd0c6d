/**
 * WHAT ANSWERS: a setting that makes no sense to the handler it is meant for.
 *
 * How to serve is written down by people: a pattern, a media type, a password's hash. The handler whose
 * setting it is reads the text, for it alone knows what is right, and says what is wrong in one line;
 * the command line shows that line and ends.
 */

/** A setting cannot be understood or used. Its message is for whoever started the server. */
export class SettingError extends Error {
  /** The class's name. */
  override readonly name = "SettingError";
  /** What to give instead: the message's second half. */
  readonly advice: string;

  /** The message is `refusal`, which names the culprit, a colon and `advice`. */
  constructor(refusal: string, advice: string) {
    super(`${refusal}: ${advice}`);
    this.advice = advice;
  }
}

/** `text` as a message shows it: as it is where that is unmistakable, otherwise quoted and escaped. */
export function quoteUnlessPlain(text: string): string {
  return /^[\x21\x23-\x26\x28-\x7e]+$/.test(text) ? text : JSON.stringify(text);
}
