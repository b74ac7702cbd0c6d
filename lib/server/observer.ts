/**
 * DRIVER: who watches. The driver prints nothing and counts nothing; it tells what happened, and the command
 * line makes log lines and metrics of it.
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
  /** Octets of content that were sent, chunk frames not counted; after a 101 all that were sent behind its head. */
  readonly contentLength: number;
  /** When the request's head was complete, as `performance.now()` counts; 0 where nobody wants to know. */
  readonly began: number;
  /** Whether the answer was cut short. */
  readonly isCut: boolean;
  /** The broken rule, where the peer broke one. */
  readonly refusal: string | null;
  /** Where that rule is written, such as `RFC 9112 5.1`: one of the few that the sources name. */
  readonly section: string | null;
}

/** Told what happens; each may be left out. What they do delays the connection, so they do little. */
export interface Observer {
  /** Whether `began` is wanted: looking at the clock costs each request 60 ns. */
  readonly isTimed?: boolean;
  /** A connection has been accepted. */
  onAccept?(): void;
  /** A connection that was accepted has been closed, whoever ended it. */
  onClose?(): void;
  /** So many octets of a request's content, or after a 101, have been received, chunk framing not counted. */
  onContent?(length: number): void;
  /** An answer has been handed to the wire, as a whole or as far as it went; a 101 when what it began has ended. */
  onExchange?(exchange: Exchange): void;
  /** The handler threw, or its stream failed; the peer saw a 500 or a cut answer. */
  onHandlerError?(error: unknown, request: HttpRequest): void;
  /** A connection broke: the peer's or the network's doing, in the course of things. */
  onBroken?(error: unknown, remoteAddress: Address): void;
  /** Somebody was refused because there are as many connections from this address as there may be. */
  onCrowd?(remoteAddress: Address): void;
  /** Accepting failed; it goes on after `pause` milliseconds. */
  onAcceptError?(error: unknown, pause: number): void;
}
