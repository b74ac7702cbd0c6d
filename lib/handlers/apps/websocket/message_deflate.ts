/**
 * WHAT ANSWERS (RFC 7692): messages that are compressed, `permessage-deflate`.
 *
 * A context that lasts from message to message compresses small ones better and costs 256 KiB a
 * connection, whether anything is said or not; so it is agreed that neither side keeps one
 * (`server_no_context_takeover`, `client_no_context_takeover`: a server may ask for both), each message stands
 * by itself, and a connection that is idle holds nothing. A message is compressed and inflated in one go,
 * which holds up everybody else for some 20 ms a MiB at the worst; so longer ones are sent as they are, and
 * so are those that fit into a packet anyway.
 *
 * What is inflated is bounded while it is made: a few octets may stand for a thousand times as many.
 */

import { Buffer } from "node:buffer";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { parseList } from "../../../http1/list_syntax.ts";
import { CLOSE_CODES, SocketFailure } from "./socket_failure.ts";

/** Messages of fewer octets are sent as they are. */
const SHORTEST = 1024;
/** Longer ones too. */
const LONGEST = 2 ** 20;
/** Between zlib's fastest and its usual 6: half the time of that, a twentieth more octets. */
const LEVEL = 3;
/** What is left out at the end of each message (RFC 7692 7.2.1). */
const TAIL_LENGTH = 4;
/** That, and a block that ends all: without it, a message that breaks off would look like a shorter one. */
const END = Uint8Array.of(0x00, 0x00, 0xff, 0xff, 0x01, 0x00, 0x00, 0xff, 0xff);

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const VALUE = `(${TOKEN})|"(${TOKEN})"`;
const PARAMETER = `[ \\t]*;[ \\t]*(${TOKEN})(?:[ \\t]*=[ \\t]*(?:${VALUE}))?`;
const EXTENSION = new RegExp(`(${TOKEN})((?:${PARAMETER})*)`, "y");
const EACH_PARAMETER = new RegExp(PARAMETER, "g");
/** More extensions are no offer but an attack. */
const MOST_EXTENSIONS = 32;
const WINDOW_BITS = /^(?:[89]|1[0-5])$/;

/** What compresses and inflates the messages of a connection. */
export class MessageDeflate {
  /** What was agreed on, as Sec-WebSocket-Extensions says it. */
  readonly extension: string;
  readonly #windowBits: number;

  /** `windowBits` is how far back what is sent may refer, as a power of two; 15, the most, where null. */
  constructor(windowBits: number | null) {
    this.#windowBits = windowBits ?? 15;
    const size = windowBits === null ? "" : `; server_max_window_bits=${windowBits}`;
    this.extension =
      `permessage-deflate; server_no_context_takeover; client_no_context_takeover${size}`;
  }

  /** The message that is sent instead of `octets`; null where that is not worth it. */
  deflate(octets: Uint8Array): Uint8Array | null {
    const { length } = octets;
    if (length < SHORTEST || length > LONGEST) return null;
    const deflated = deflateRawSync(octets, {
      level: LEVEL,
      windowBits: this.#windowBits,
      finishFlush: constants.Z_SYNC_FLUSH,
    });
    const shorter = deflated.subarray(0, deflated.length - TAIL_LENGTH);
    return shorter.length < length ? shorter : null;
  }

  /**
   * The message that was sent as `octets`; it fills its buffer. Throws `SocketFailure`: 1009 where it has
   * more than `maxLength` octets, 1007 where it is no whole message.
   */
  inflate(octets: Uint8Array, maxLength: number): Uint8Array<ArrayBuffer> {
    try {
      const inflated = inflateRawSync(Buffer.concat([octets, END]), {
        // Zlib takes no bound of 0.
        maxOutputLength: Math.max(1, maxLength),
      });
      if (inflated.length <= maxLength) return new Uint8Array(inflated);
    } catch (error) {
      const isTooBig = error instanceof Error && "code" in error &&
        error.code === "ERR_BUFFER_TOO_LARGE";
      if (!isTooBig) {
        throw new SocketFailure(
          CLOSE_CODES.invalidPayload,
          "A compressed message cannot be inflated",
        );
      }
    }
    throw new SocketFailure(CLOSE_CODES.tooBig, "The message is too long");
  }
}

/**
 * Agrees to the first of the offers in `extensions`, a value of Sec-WebSocket-Extensions, that can be met;
 * null where there is none. Throws `SyntaxError` where the value is no list of extensions (RFC 6455 9.1).
 */
export function agreeOnDeflate(extensions: string): MessageDeflate | null {
  const offers = parseList(extensions, { member: EXTENSION, most: MOST_EXTENSIONS });
  if (offers === null) throw new SyntaxError("Sec-WebSocket-Extensions is malformed");
  for (const [, name, parameters = ""] of offers) {
    if (name !== "permessage-deflate") continue;
    const agreed = agreeOn(parameters);
    if (agreed !== null) return agreed;
  }
  return null;
}

/** Null where an offer has a parameter that is unknown, stands there twice, or has a bad value (RFC 7692 7.1). */
function agreeOn(parameters: string): MessageDeflate | null {
  const seen = new Set<string>();
  let windowBits: number | null = null;
  for (const [, name = "", plain, quoted] of parameters.matchAll(EACH_PARAMETER)) {
    const value = plain ?? quoted ?? null;
    if (seen.has(name)) return null;
    seen.add(name);
    switch (name) {
      case "server_no_context_takeover":
      case "client_no_context_takeover":
        if (value !== null) return null;
        break;
      case "client_max_window_bits":
        // Whatever a client can do, we can read: there is always room for the largest window.
        if (value !== null && !WINDOW_BITS.test(value)) return null;
        break;
      case "server_max_window_bits":
        // Zlib cannot do 8.
        if (value === null || !WINDOW_BITS.test(value) || value === "8") return null;
        windowBits = Number(value);
        break;
      default:
        return null;
    }
  }
  return new MessageDeflate(windowBits);
}
