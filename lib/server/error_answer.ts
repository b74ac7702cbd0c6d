/**
 * DRIVER: the one place where an error becomes an answer.
 *
 * The peer's fault is a `ProtocolError` and answers with the status that it carries; anything else that
 * was thrown is our fault or the handler's and answers 500. The text says which rule was broken and
 * where it is written, and holds nothing that the peer sent and nothing of our inside.
 */

import { ProtocolError } from "../http1/protocol_error.ts";
import { type OctetsAnswer, textAnswer } from "./text_answer.ts";

/** When somebody who was refused for now may come again, in seconds (RFC 9110 10.2.3). */
const RETRY_AFTER: readonly [name: string, value: string] = ["Retry-After", "10"];

/** The answer to whatever was thrown. */
export function toErrorAnswer(error: unknown): OctetsAnswer {
  if (!(error instanceof ProtocolError)) {
    return textAnswer(500, "The server failed to answer this request");
  }
  return textAnswer(
    error.status,
    describeRefusal(error),
    ...error.status === 503 ? [RETRY_AFTER] : [],
  );
}

/** The broken rule and where it is written. */
export function describeRefusal(error: ProtocolError): string {
  return `${error.message} (${error.section})`;
}
