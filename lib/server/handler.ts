/**
 * DRIVER: the contract between what moves messages and what answers them.
 *
 * A handler is a function from a request to a response. It may answer at once, and then nothing is
 * awaited, or by promise. The messages are the server's own and not the Web's `Request` and `Response`:
 * building those two costs as much as all the rest of a small request.
 *
 * Framing, persistence and Date are not the handler's business, nor is HEAD: it answers as for GET, and
 * the driver leaves the content out.
 */

import type { FieldBlock } from "../http1/field_block.ts";
import type { Fields } from "../http1/fields.ts";
import type { RequestTarget } from "../http1/request_target.ts";
import type { Address } from "../net/transport.ts";
import type { ContentParts, FileSlice } from "./file_slice.ts";

/** Answers requests. What it throws, or rejects with, becomes a 500 (Internal Server Error). */
export type Handler = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;

/**
 * A request whose head is complete and valid. A handler that answers by promise, by stream, or to a
 * request with content may keep it as long as it likes. After an answer that was returned at once the
 * fields are gone, and throw when they are asked: the buffer they lie in belongs to the next request.
 */
export interface HttpRequest {
  /** As sent; methods are case-sensitive (RFC 9110 9.1). */
  readonly method: string;
  /** The request-target, cut into its parts and not decoded. */
  readonly target: RequestTarget;
  /** The version to answer as; a 1.x above 1.1 counts as 1.1. */
  readonly version: "1.0" | "1.1";
  /** The field lines, in wire order; see above for how long they last. */
  readonly fields: Fields;
  /**
   * The content, without transfer coding; null where the request has none. Nothing is read before it
   * is pulled; a peer that waits for 100 (Continue) gets it at the first pull. Errors with a
   * `ProtocolError` where the peer breaks a rule or a limit, and where it ends too early. What is left
   * unread after the answer is thrown away.
   */
  readonly content: ReadableStream<Uint8Array> | null;
  /** The peer's end of the connection. */
  readonly remoteAddress: Address;
  /** Our end of the connection. */
  readonly localAddress: Address;
  /** Whether the request came over TLS. */
  readonly secure: boolean;
  /** Aborts when the peer is gone before the answer is complete. Watching begins when it is first asked for. */
  readonly signal: AbortSignal;
}

/** An answer. One object may answer any number of requests where its content is not a stream. */
export interface HttpResponse {
  /** 200 to 999; the interim 1xx are the driver's own. */
  readonly status: number;
  /** The field lines that are sent, but for those that are the driver's. */
  readonly fields: FieldBlock;
  /** What is sent behind the head, where the request's method and the status allow it. */
  readonly content: Content;
}

/**
 * What a response carries: nothing; octets, which must not change until they are sent; a slice of a
 * file, or a row of parts, which the driver closes when it is done; or a stream, which is chunked (to
 * an HTTP/1.0 peer: ended by the end of the connection) and is cancelled when the peer goes away. A
 * handler that throws inside its stream or its parts cuts the connection short.
 */
export type Content = null | Uint8Array | FileSlice | ContentParts | ReadableStream<Uint8Array>;
