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
import type { ContentParts, FileSlice, SizedStream } from "./file_slice.ts";
import type { Upgrade } from "./upgrade.ts";

/** Answers requests. What it throws, or rejects with, becomes a 500 (Internal Server Error). */
export type Handler = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;

/**
 * A request whose head is complete and valid. A handler that answers by promise, by stream, or to a
 * request with content may keep it as long as it likes. After an answer that was returned at once the
 * fields are gone, and throw when they are asked: the buffer they lie in belongs to the next request.
 * So does what is read from them, `authority` and what trusted proxies say, unless it was asked for before.
 */
export interface HttpRequest {
  /** As sent; methods are case-sensitive (RFC 9110 9.1). */
  readonly method: string;
  /** The request-target, cut into its parts and not decoded. */
  readonly target: RequestTarget;
  /**
   * Where the handler is mounted: what stood before `target`'s path when the request arrived, as it was
   * sent and without a slash at its end; "" at the root. Whoever names a path of his own to the client
   * puts this before it.
   */
  readonly base: string;
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
  /**
   * The client: the peer's end of the connection, or whom a trusted proxy names. Port 0 is one that was
   * not told.
   */
  readonly remoteAddress: Address;
  /** Our end of the connection. */
  readonly localAddress: Address;
  /** Whether the client sent the request over TLS, to us or to a trusted proxy. */
  readonly secure: boolean;
  /**
   * The host that the client asked for, perhaps with a port: what a trusted proxy says, else that of the
   * request-target, else Host; null where there is none. Whoever sends a request may write there what he
   * likes: it is good for making URLs, not for deciding whom to let in.
   */
  readonly authority: string | null;
  /**
   * Who asks, where a handler in between has checked it; the driver never does. Whose password was found
   * right is told here, and the password itself is then nobody's business any more.
   */
  readonly user?: string | undefined;
  /** Aborts when the peer is gone before the answer is complete. Watching begins when it is first asked for. */
  readonly signal: AbortSignal;
}

/** An answer. One object may answer any number of requests where its content is not a stream. */
export interface HttpResponse {
  /** 200 to 999, or 101 where the content is an `Upgrade`; the other 1xx are the driver's own. */
  readonly status: number;
  /** The field lines that are sent, but for those that are the driver's. */
  readonly fields: FieldBlock;
  /** What is sent behind the head, where the request's method and the status allow it. */
  readonly content: Content;
}

/**
 * What a response carries: nothing; octets, which must not change until they are sent; a slice of a
 * file, or a row of parts, which the driver closes when it is done; or a stream, which is chunked (to
 * an HTTP/1.0 peer: ended by the end of the connection) unless its length is told, and is cancelled when
 * the peer goes away. A handler that throws inside its stream or its parts cuts the connection short.
 * Behind a 101 comes what takes the connection over.
 */
export type Content =
  | null
  | Uint8Array
  | FileSlice
  | ContentParts
  | SizedStream
  | ReadableStream<Uint8Array>
  | Upgrade;
