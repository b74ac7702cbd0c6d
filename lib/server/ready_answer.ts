/**
 * DRIVER: an answer that is given again and again.
 *
 * Most answers of a site are the same octets for everybody, but for the Date of their second. A handler
 * that knows so wraps such an answer once; the driver then keeps head and content together as they go
 * out, makes them anew each second, and sends them to every peer from the one place where they lie.
 * That saves more than the work of writing the head: 64 copies of an answer do not fit where a
 * processor keeps one, and copying them made a small request dearer by a tenth.
 *
 * Answers that end the connection, to HEAD, or to HTTP/1.0 have heads of their own and go the usual way.
 */

import { toResponseFraming } from "../http1/framing.ts";
import type { FieldBlock } from "../http1/field_block.ts";
import { boundOfResponseHead, serializeResponseHead } from "../http1/response_head.ts";
import type { HttpResponse } from "./handler.ts";

/** Bigger content is sent from where it lies, behind a head of its own: one write more. Octets. */
const LARGEST = 262_144;

/** A response that any number of requests get; nothing of it may change any more. */
export class ReadyAnswer implements HttpResponse {
  /** See `HttpResponse`. */
  readonly status: number;
  /** See `HttpResponse`. */
  readonly fields: FieldBlock;
  /** Octets or nothing: a stream could be sent once only. */
  readonly content: Uint8Array | null;
  #dateLine: Uint8Array | null = null;
  #octets: Uint8Array | null = null;

  /** Takes over the parts of an answer. Throws `TypeError` for a status that is not 200 to 999. */
  constructor(answer: { status: number; fields: FieldBlock; content: Uint8Array | null }) {
    if (!Number.isInteger(answer.status) || answer.status < 200 || answer.status > 999) {
      throw new TypeError(`Cannot answer with status ${answer.status}: it is not 200 to 999`);
    }
    this.status = answer.status;
    this.fields = answer.fields;
    this.content = answer.content;
  }

  /**
   * Head and content as they go out to an HTTP/1.1 peer whose connection persists, with this Date line;
   * null where the content is too big to be kept twice.
   */
  toOctets(dateLine: Uint8Array): Uint8Array | null {
    if (this.#dateLine === dateLine) return this.#octets;
    this.#dateLine = dateLine;
    this.#octets = this.#serialize(dateLine);
    return this.#octets;
  }

  #serialize(dateLine: Uint8Array): Uint8Array | null {
    const { status, fields, content } = this;
    const length = content === null ? 0 : content.length;
    if (length > LARGEST) return null;
    const framing = toResponseFraming(status, { version: "1.1", length });
    const head = { status, fields, framing, dateLine, connection: "" } as const;
    const octets = new Uint8Array(boundOfResponseHead(head) + length);
    const end = serializeResponseHead(head, octets, 0);
    // 204 and 304 have no content to send (RFC 9110 6.4.1).
    if (content === null || framing.kind === "none") return octets.subarray(0, end);
    octets.set(content, end);
    return octets.subarray(0, end + length);
  }
}
