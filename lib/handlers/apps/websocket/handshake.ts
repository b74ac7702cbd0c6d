/**
 * WHAT ANSWERS (RFC 6455 section 4.2): whether a request asks for a WebSocket, and what it is answered.
 *
 * A request that does not ask rightly is refused by an error, as `Deno.upgradeWebSocket` does; an app that
 * lets it through answers with what the error holds: 426 and the version that is spoken here, or 400. So
 * strangers' requests are neither a 500 nor in the log as mistakes of the app.
 *
 * Origin is not looked at: which pages may connect only the app can know.
 */

import { createHash } from "node:crypto";
import { Buffer } from "node:buffer";
import { FieldBlock } from "../../../http1/field_block.ts";
import { hasListMember } from "../../../http1/persistence.ts";
import type { HttpRequest, HttpResponse } from "../../../server/handler.ts";
import { agreeOnDeflate, type MessageDeflate } from "./message_deflate.ts";

/** What is hashed behind the key (RFC 6455 1.3). */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/** 16 octets in base64; of the last digit before `==` only two bits count. */
const KEY = /^[A-Za-z0-9+/]{21}[AQgw]==$/;
const VERSION = "13";
const TEXT = new FieldBlock([["Content-Type", "text/plain; charset=utf-8"]]);
const OFFER = new FieldBlock(
  [["Content-Type", "text/plain; charset=utf-8"], ["Sec-WebSocket-Version", VERSION]],
  "websocket",
);

/** The request does not ask for a WebSocket as it must. */
export class RefusedUpgrade extends TypeError {
  override readonly name = "TypeError";
  /** What the client is told where the app does not say something else. */
  readonly answer: HttpResponse;

  constructor(message: string, { status = 400 }: { status?: 400 | 426 } = {}) {
    super(message);
    this.answer = {
      status,
      fields: status === 426 ? OFFER : TEXT,
      content: new TextEncoder().encode(`${message}\n`),
    };
  }
}

/** What is agreed on. */
export interface Handshake {
  /** The answer's fields, but for Upgrade and Connection. */
  readonly lines: readonly (readonly [name: string, value: string])[];
  readonly deflate: MessageDeflate | null;
}

/**
 * Agrees to what `request`, whose fields are `headers`, asks for; `protocol` is the subprotocol to speak, ""
 * for none. Throws `RefusedUpgrade` where it does not ask for a WebSocket, asks wrongly, or does not
 * offer the subprotocol.
 */
export function shakeHands(
  request: HttpRequest,
  { headers, protocol }: { headers: Headers; protocol: string },
): Handshake {
  if (!hasListMember(headers.get("upgrade") ?? "", "websocket")) {
    throw new RefusedUpgrade("Invalid Header: 'upgrade' header must contain 'websocket'", {
      status: 426,
    });
  }
  if (!hasListMember(headers.get("connection") ?? "", "upgrade")) {
    throw new RefusedUpgrade("Invalid Header: 'connection' header must contain 'Upgrade'");
  }
  if (request.method !== "GET" || request.version !== "1.1" || request.content !== null) {
    throw new RefusedUpgrade("A WebSocket is asked for by GET, over HTTP/1.1, without content");
  }
  if (headers.get("sec-websocket-version") !== VERSION) {
    throw new RefusedUpgrade(
      `Invalid Header: 'sec-websocket-version' header must be '${VERSION}'`,
      { status: 426 },
    );
  }
  const key = headers.get("sec-websocket-key");
  if (key === null || !KEY.test(key)) {
    throw new RefusedUpgrade(
      "Invalid Header: 'sec-websocket-key' header must be 16 octets in base64",
    );
  }
  const deflate = toDeflate(headers.get("sec-websocket-extensions"));
  const lines: [string, string][] = [["Sec-WebSocket-Accept", toAccept(key)]];
  if (protocol !== "") {
    if (!isOffered(protocol, headers)) {
      throw new RefusedUpgrade(
        `Protocol '${protocol}' not in the request's protocol list (non negotiable)`,
      );
    }
    lines.push(["Sec-WebSocket-Protocol", protocol]);
  }
  if (deflate !== null) lines.push(["Sec-WebSocket-Extensions", deflate.extension]);
  return { lines, deflate };
}

/** What proves that a server understood `key` (RFC 6455 4.2.2). */
export function toAccept(key: string): string {
  return createHash("sha1").update(Buffer.from(key + GUID, "latin1")).digest("base64");
}

function toDeflate(offers: string | null): MessageDeflate | null {
  if (offers === null) return null;
  try {
    return agreeOnDeflate(offers);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new RefusedUpgrade(`Invalid Header: ${error.message}`);
  }
}

/** Subprotocols are compared as they are (RFC 6455 11.5). */
function isOffered(protocol: string, headers: Headers): boolean {
  const offered = headers.get("sec-websocket-protocol") ?? "";
  return offered.split(",").some((member) => member.trim() === protocol);
}
