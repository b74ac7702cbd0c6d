/**
 * DRIVER: who watches. The driver prints nothing; it tells what happened, and the command line makes log
 * lines of it.
 */

import type { Address } from "../net/transport.ts";
import type { HttpRequest } from "./handler.ts";

/** One answered request. */
export interface Exchange {
  /** Null where what the peer sent was no valid request. */
  readonly request: HttpRequest | null;
  /** The peer's end of the connection. */
  readonly remoteAddress: Address;
  /** The status code of the answer. */
  readonly status: number;
  /** Octets of content that were sent, chunk frames not counted. */
  readonly contentLength: number;
  /** When the request's head was complete, as `performance.now()` counts; 0 where nobody wants to know. */
  readonly began: number;
  /** Whether the answer was cut short. */
  readonly isCut: boolean;
  /** The broken rule, where the peer broke one. */
  readonly refusal: string | null;
}

/** Told what happens; each may be left out. What they do delays the connection, so they do little. */
export interface Observer {
  /** Whether `began` is wanted: looking at the clock costs each request 60 ns. */
  readonly isTimed?: boolean;
  /** An answer has been handed to the wire, as a whole or as far as it went. */
  onExchange?(exchange: Exchange): void;
  /** The handler threw, or its stream failed; the peer saw a 500 or a cut answer. */
  onHandlerError?(error: unknown, request: HttpRequest): void;
  /** A connection broke: the peer's or the network's doing, in the course of things. */
  onBroken?(error: unknown, remoteAddress: Address): void;
  /** Accepting failed; it goes on after `pause` milliseconds. */
  onAcceptError?(error: unknown, pause: number): void;
}
