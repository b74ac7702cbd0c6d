/**
 * WHAT ANSWERS (RFC 6455 sections 5.5.1 and 7.4): what a Close frame says: a number, and a reason in UTF-8.
 */

import { CLOSE_CODES, isSendable, SocketFailure } from "./socket_failure.ts";

/** What is left of a control frame behind the number, in octets. */
export const LONGEST_REASON = 123;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const EMPTY = new Uint8Array(0);

/** Why a peer ends the connection. */
export interface CloseReason {
  /** 1005 where it does not say. */
  readonly code: number;
  readonly reason: string;
}

/** Reads the payload of a Close frame. Throws `SocketFailure`: 1002 for a bad number, 1007 for bad UTF-8. */
export function parseClose(payload: Uint8Array): CloseReason {
  if (payload.length === 0) return { code: CLOSE_CODES.none, reason: "" };
  const code = payload.length === 1 ? 0 : payload[0]! << 8 | payload[1]!;
  if (!isSendable(code)) {
    throw new SocketFailure(
      CLOSE_CODES.protocolError,
      "A Close frame has no number that it may have",
    );
  }
  return { code, reason: decodeText(payload.subarray(2)) };
}

/**
 * The payload of a Close frame: nothing for 1005. The reason has to fit: throws `RangeError` where it has
 * more than 123 octets.
 */
export function serializeClose({ code, reason }: CloseReason): Uint8Array {
  if (code === CLOSE_CODES.none) return EMPTY;
  const octets = encoder.encode(reason);
  if (octets.length > LONGEST_REASON) {
    throw new RangeError(`Cannot close with a reason of more than ${LONGEST_REASON} octets`);
  }
  const payload = new Uint8Array(2 + octets.length);
  payload[0] = code >> 8;
  payload[1] = code & 0xff;
  payload.set(octets, 2);
  return payload;
}

/** `octets` as text, a mark of the byte order included. Throws `SocketFailure` (1007) where they are no UTF-8. */
export function decodeText(octets: Uint8Array): string {
  try {
    return decoder.decode(octets);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new SocketFailure(CLOSE_CODES.invalidPayload, "What says it is text is no UTF-8");
  }
}
