/**
 * PROTOCOL (RFC 9112 section 6): where a message's content ends. The one file that decides it, for
 * requests and for responses; nobody else reads or writes Content-Length and Transfer-Encoding.
 *
 * A request that two parsers in a row could cut differently is how requests are smuggled, so wherever
 * RFC 9112 leaves a choice between repairing and refusing, this refuses: both fields at once, a
 * repeated length even if it is the same, a transfer coding in HTTP/1.0, any coding beside chunked.
 *
 * The request's list of RFC 9112 6.3, in its order:
 *
 *   Transfer-Encoding there   HTTP/1.0: 400 · beside Content-Length: 400 · "chunked": chunked
 *                             chunked, but not once and last: 400 · other codings: 501
 *   Content-Length there      one line of digits: that many octets · anything else: 400
 *   neither                   no content
 */

import type { Fields } from "./fields.ts";
import { trimOptionalWhiteSpace } from "./octets.ts";
import { badRequest, ProtocolError } from "./protocol_error.ts";

/** How the end of a request's content is found. */
export type RequestFraming =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" };

/** A request without content. */
export const NO_CONTENT: RequestFraming = { kind: "none" };
const CHUNKED: RequestFraming = { kind: "chunked" };

/**
 * Decides a request's framing from its fields and version. Throws `ProtocolError` 400 where the framing is
 * faulty or ambiguous, 501 where a transfer coding is not implemented (RFC 9112 6.1).
 */
export function parseRequestFraming(fields: Fields, version: "1.0" | "1.1"): RequestFraming {
  const codings = fields.getAll("transfer-encoding");
  const lengths = fields.getAll("content-length");
  if (codings.length > 0) {
    if (version === "1.0") {
      throw badRequest("HTTP/1.0 has no Transfer-Encoding", "RFC 9112 6.1");
    }
    if (lengths.length > 0) {
      throw badRequest("Content-Length beside Transfer-Encoding", "RFC 9112 6.3");
    }
    checkTransferCodings(codings);
    return CHUNKED;
  }
  if (lengths.length === 0) return NO_CONTENT;
  if (lengths.length > 1) {
    throw badRequest("Content-Length is there more than once", "RFC 9112 6.3");
  }
  return { kind: "length", length: parseContentLength(lengths[0]!) };
}

/** Only `chunked`, alone and once, passes; each other shape has the status that RFC 9112 6.1 and 6.3 name. */
function checkTransferCodings(lines: string[]): void {
  if (lines.length === 1 && lines[0]!.toLowerCase() === "chunked") return;
  const codings = lines.join(",").split(",").map((coding) =>
    trimOptionalWhiteSpace(coding).toLowerCase()
  );
  const chunked =
    codings.filter((coding) => trimOptionalWhiteSpace(coding.split(";")[0]!) === "chunked").length;
  if (chunked === 0 || codings.at(-1) !== "chunked") {
    throw badRequest("The last transfer coding is not chunked", "RFC 9112 6.3");
  }
  if (chunked > 1 || codings.includes("")) {
    throw badRequest("Transfer-Encoding is malformed", "RFC 9112 6.1");
  }
  throw new ProtocolError("A transfer coding other than chunked is not implemented", {
    status: 501,
    section: "RFC 9112 6.1",
  });
}

function parseContentLength(value: string): number {
  if (!/^[0-9]+$/.test(value)) {
    throw badRequest("Content-Length is not a number of octets", "RFC 9112 6.3");
  }
  const length = Number(value);
  if (!Number.isSafeInteger(length)) {
    throw new ProtocolError("Content-Length is larger than this server can count", {
      status: 413,
      section: "RFC 9110 8.6",
    });
  }
  return length;
}

/** How the end of a response's content is shown to the peer. */
export type ResponseFraming =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "until-close" };

const NO_LENGTH: ResponseFraming = { kind: "none" };
const EMPTY: ResponseFraming = { kind: "length", length: 0 };
const CHUNKED_RESPONSE: ResponseFraming = { kind: "chunked" };
const UNTIL_CLOSE: ResponseFraming = { kind: "until-close" };

/**
 * Decides the framing of a response with `status` to a request of `version`. `length` is the content's
 * number of octets, null where nobody knows it yet. Whether the request was HEAD makes no difference
 * here: its answer has the fields of the answer to GET (RFC 9110 9.3.2). 1xx, 204 and 304 have neither
 * content nor its length (RFC 9110 8.6, RFC 9112 6.3); 205 says that it has none (RFC 9110 15.3.6).
 */
export function toResponseFraming(
  status: number,
  options: { version: "1.0" | "1.1"; length: number | null },
): ResponseFraming {
  if (!mayHaveContent(status)) return status === 205 ? EMPTY : NO_LENGTH;
  if (options.length !== null) return { kind: "length", length: options.length };
  return options.version === "1.1" ? CHUNKED_RESPONSE : UNTIL_CLOSE;
}

/** Whether a response with `status` can carry content (RFC 9110 6.4.1), the request's method aside. */
export function mayHaveContent(status: number): boolean {
  return status >= 200 && status !== 204 && status !== 205 && status !== 304;
}
