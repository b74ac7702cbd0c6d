/**
 * DRIVER: whether what a handler returned is an answer.
 *
 * Handlers in plain JavaScript can return anything, and whatever is none of the things that can be sent is a
 * fault of theirs that shall be told before the head is out. A 101 has rules of its own: it answers a request
 * that asks for the protocol (RFC 9110 7.8) and ends with its head, for what comes behind belongs to the protocol.
 */

import { FieldBlock } from "../http1/field_block.ts";
import { asksForProtocol } from "../http1/protocol_upgrade.ts";
import type { RequestHead } from "../http1/request_rules.ts";
import { ContentParts, FileSlice, SizedStream } from "./file_slice.ts";
import type { HttpResponse } from "./handler.ts";
import { Upgrade } from "./upgrade.ts";

/** A protocol's name, and perhaps its version (RFC 9110 7.8). */
const PROTOCOL = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:\/[!#$%&'*+\-.^_`|~0-9A-Za-z]+)?$/;

/** The answer to the request with this head, where it is one. Throws `TypeError`. */
export function checkAnswer(answer: HttpResponse, head: RequestHead): HttpResponse {
  const { status, fields, content } = answer;
  if (!Number.isInteger(status) || (status < 200 && status !== 101) || status > 999) {
    throw new TypeError(`Cannot answer with status ${status}: it is not 200 to 999`);
  }
  if (status < 300 && head.method === "CONNECT") {
    throw new TypeError(`Cannot answer CONNECT with status ${status}: no tunnels are made here`);
  }
  if (!(fields instanceof FieldBlock)) {
    throw new TypeError("Cannot answer: fields is no FieldBlock");
  }
  if (status !== 101 && isContent(content)) return answer;
  if (content instanceof Upgrade) {
    checkUpgrade(status, { upgrade: content, head });
    return answer;
  }
  if (status === 101) throw new TypeError("Cannot answer with status 101: content is no Upgrade");
  throw new TypeError(
    "Cannot answer: content is neither null nor octets nor a file nor a stream",
  );
}

function checkUpgrade(
  status: number,
  { upgrade: { protocol }, head }: { upgrade: Upgrade; head: RequestHead },
): void {
  if (status !== 101) {
    throw new TypeError(`Cannot answer with status ${status}: an Upgrade goes with 101 alone`);
  }
  if (typeof protocol !== "string" || !PROTOCOL.test(protocol)) {
    throw new TypeError(`Cannot upgrade to ${JSON.stringify(protocol)}: that names no protocol`);
  }
  if (!asksForProtocol(head, protocol)) {
    throw new TypeError(`Cannot upgrade to ${protocol}: the request does not ask for it`);
  }
  const { framing } = head;
  if (framing.kind === "chunked" || (framing.kind === "length" && framing.length > 0)) {
    throw new TypeError(`Cannot upgrade to ${protocol}: the request has content`);
  }
}

function isContent(content: unknown): boolean {
  return content === null || content instanceof Uint8Array || content instanceof FileSlice ||
    content instanceof ContentParts || content instanceof ReadableStream ||
    content instanceof SizedStream;
}
