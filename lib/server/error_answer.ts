/**
 * DRIVER: the one place where an error becomes an answer.
 *
 * The peer's fault is a `ProtocolError` and answers with the status that it carries; anything else that
 * was thrown is our fault or the handler's and answers 500. The text says which rule was broken and
 * where it is written, and holds nothing that the peer sent and nothing of our inside.
 */

import { ProtocolError } from "../http1/protocol_error.ts";
import { type OctetsAnswer, textAnswer } from "./text_answer.ts";

/** The answer to whatever was thrown. */
export function toErrorAnswer(error: unknown): OctetsAnswer {
  return error instanceof ProtocolError
    ? textAnswer(error.status, describeRefusal(error))
    : textAnswer(500, "The server failed to answer this request");
}

/** The broken rule and where it is written. */
export function describeRefusal(error: ProtocolError): string {
  return `${error.message} (${error.section})`;
}
