/**
 * PROTOCOL (RFC 9112 sections 4, 6 and 7): what is sent around a response's content.
 *
 * A head is put together from octets that were made before: the status-line, the Date of this second,
 * the block of fields, the few lines that say framing and persistence. Copying them costs 80 ns;
 * joining strings and encoding the result costs 600. Interim responses and the frame around chunks
 * are here too: everything this server writes that is not content.
 */

import type { FieldBlock } from "./field_block.ts";
import type { ResponseFraming } from "./framing.ts";
import { toStatusLine } from "./status.ts";

/** What a response head is made of. */
export interface ResponseHeadParts {
  readonly status: number;
  readonly fields: FieldBlock;
  readonly framing: ResponseFraming;
  /** The whole Date line with its CRLF (RFC 9110 6.6.1). */
  readonly dateLine: Uint8Array;
  /** What the peer is told about the connection: nothing, that it ends, or, in HTTP/1.0, that it lives on. */
  readonly connection: "" | "close" | "keep-alive";
}

const encoder = new TextEncoder();
const CONTENT_LENGTH = encoder.encode("Content-Length: ");
const TRANSFER_ENCODING = encoder.encode("Transfer-Encoding: chunked\r\n");
const CLOSE = encoder.encode("Connection: close\r\n");
const KEEP_ALIVE = encoder.encode("Connection: keep-alive\r\n");
/** The longest line for framing, the longest for persistence, and the empty line. */
const MOST_BESIDE = CONTENT_LENGTH.length + 16 + 2 + KEEP_ALIVE.length + 2;

/** No head of these parts is longer than this. Octets. */
export function boundOfResponseHead(parts: ResponseHeadParts): number {
  return toStatusLine(parts.status).length + parts.dateLine.length + parts.fields.octets.length +
    MOST_BESIDE;
}

/**
 * Writes the head, from the status-line to the empty line, into `target` from `offset` on and returns
 * where it ends. There must be room for `boundOfResponseHead`.
 */
export function serializeResponseHead(
  parts: ResponseHeadParts,
  target: Uint8Array,
  offset: number,
): number {
  const { framing, connection } = parts;
  let end = put(toStatusLine(parts.status), target, offset);
  end = put(parts.dateLine, target, end);
  end = put(parts.fields.octets, target, end);
  if (framing.kind === "length") {
    end = put(CONTENT_LENGTH, target, end);
    end = putNumber(framing.length, target, end);
    end = putLineEnd(target, end);
  } else if (framing.kind === "chunked") {
    end = put(TRANSFER_ENCODING, target, end);
  }
  if (connection === "close") end = put(CLOSE, target, end);
  else if (connection === "keep-alive") end = put(KEEP_ALIVE, target, end);
  return putLineEnd(target, end);
}

function put(octets: Uint8Array, target: Uint8Array, offset: number): number {
  target.set(octets, offset);
  return offset + octets.length;
}

function putLineEnd(target: Uint8Array, offset: number): number {
  target[offset] = 0x0d;
  target[offset + 1] = 0x0a;
  return offset + 2;
}

/** `number` in decimal digits. */
function putNumber(number: number, target: Uint8Array, offset: number): number {
  let end = offset + 1;
  for (let power = 10; power <= number; power *= 10) end++;
  let rest = number;
  for (let i = end - 1; i >= offset; i--) {
    const quotient = Math.floor(rest / 10);
    target[i] = 0x30 + (rest - quotient * 10);
    rest = quotient;
  }
  return end;
}

const SWITCH = encoder.encode("Connection: Upgrade\r\nUpgrade: ");

/**
 * The head that ends HTTP on a connection (RFC 9110 15.2.2): 101, behind which `protocol` is spoken. It is none of
 * those above, for nothing frames what comes behind it. `protocol` must be a protocol's name.
 */
export function encodeUpgradeHead(
  parts: { readonly protocol: string; readonly fields: FieldBlock; readonly dateLine: Uint8Array },
): Uint8Array {
  const lines = [
    toStatusLine(101),
    parts.dateLine,
    SWITCH,
    encoder.encode(`${parts.protocol}\r\n`),
    parts.fields.octets,
    encoder.encode("\r\n"),
  ];
  const head = new Uint8Array(lines.reduce((length, line) => length + line.length, 0));
  lines.reduce((end, line) => put(line, head, end), 0);
  return head;
}

/** The interim response that asks for the content (RFC 9110 15.2.1). */
export const CONTINUE: Uint8Array = encoder.encode("HTTP/1.1 100 Continue\r\n\r\n");

/** What goes behind the octets of a chunk (RFC 9112 7.1). */
export const CHUNK_END: Uint8Array = encoder.encode("\r\n");
/** The last chunk and an empty trailer section. */
export const LAST_CHUNK: Uint8Array = encoder.encode("0\r\n\r\n");

/** The line before a chunk of `size` octets, `size` above 0. */
export function encodeChunkLine(size: number): Uint8Array {
  return encoder.encode(size.toString(16) + "\r\n");
}
