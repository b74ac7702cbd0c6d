/**
 * PROTOCOL (RFC 9110 section 15): what is thrown when the peer broke a rule.
 *
 * One class for every refusal, so that the driver has one place that turns a fault of the peer into
 * an answer. It carries the status that the RFC names for the fault and the section that states the
 * rule; a test can hold both. The message describes the rule, never the bytes that broke it: it goes
 * back to the peer and into the log, and what the peer sent must not come out there again.
 *
 * "Needs more bytes" is not an error and never arrives here: parsers return null for it.
 */

/** The peer's fault: a message that HTTP/1.1 tells a server to refuse. */
export class ProtocolError extends Error {
  /** `ProtocolError`, by which it is told from others in a log. */
  override readonly name = "ProtocolError";
  /** The status code of the answer, 400 to 505 (RFC 9110 section 15). */
  readonly status: number;
  /** Where the broken rule is written, such as `RFC 9112 5.1`. */
  readonly section: string;

  /** `message` names the rule, starts with a capital, ends without a period and holds no octet that the peer sent. */
  constructor(message: string, options: { status: number; section: string }) {
    super(message);
    this.status = options.status;
    this.section = options.section;
  }
}

/** A `ProtocolError` with status 400 (Bad Request), the status of nearly every syntax rule. */
export function badRequest(message: string, section: string): ProtocolError {
  return new ProtocolError(message, { status: 400, section });
}
