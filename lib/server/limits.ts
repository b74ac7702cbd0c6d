/**
 * DRIVER: every number that a peer controls has its bound here, with a name, a default and a reason.
 *
 * Octets and counts bound what one peer can make us hold; seconds bound how long it can make us wait.
 * Where a peer exceeds one, it gets the status that is named, if it can still be told.
 */

import type { ContentLimits } from "../http1/content_decoder.ts";
import type { HeadLimits } from "../http1/request_head.ts";

/** Octets and counts. */
export interface Limits extends HeadLimits, ContentLimits {
  /** Content that the handler left unread and that is read and thrown away to keep the connection; beyond it the connection ends. */
  readonly drain: number;
  /** Connections at the same time; at the limit accepting pauses and nobody is dropped. */
  readonly connections: number;
  /** Of these, from one IPv4 address or one /64 of IPv6; those beyond it get 503. `Infinity` counts nobody. */
  readonly connectionsPerAddress: number;
  /** Requests on one connection; the last answer says `Connection: close`. */
  readonly requestsPerConnection: number;
  /**
   * Octets a second. Of the time for which a peer is waited for, to send content or to take an answer, no
   * stretch as long as the deadline for silence may bring less on average: 408 for content where nothing is
   * answered yet, otherwise the connection is cut. 0 lets everybody take their time.
   */
  readonly minRate: number;
}

/** The limits unless others are asked for. */
export const DEFAULT_LIMITS: Limits = {
  // RFC 9112 section 3 asks for 8,000 for the whole request-line; the method has its own 32.
  requestTarget: 8_000,
  // Four times what a browser with many cookies sends; node takes 16 KiB, nginx 32.
  fieldSection: 32_768,
  // Browsers send 15 to 30.
  fieldCount: 100,
  // Big enough for a photograph or a form; an app that takes more asks for more.
  content: 64 * 1024 * 1024,
  // Nobody sends any. Without a bound, one octet of content can cost the reader any number.
  chunkExtensions: 4_096,
  // Thrown away in any case.
  trailerSection: 8_192,
  // Reading this much costs less than a new connection.
  drain: 262_144,
  // 12 KB each when idle: 400 MB at the most.
  connections: 32_768,
  // Whole offices and whole mobile networks come from one address, and behind a proxy everybody does.
  connectionsPerAddress: Infinity,
  // Nothing wears out; a connection is sent away now and then so that load can move.
  requestsPerConnection: 100_000,
  // Apache's mod_reqtimeout asks for as much. GPRS at its worst, one time slot on a bad line, carries
  // twice that; who wants to keep all connections busy for ever has to pay for 130 Mbit/s.
  minRate: 500,
};

/** Seconds; fractions count. */
export interface Deadlines {
  /** From accepting to the end of the TLS handshake; the connection is closed. Plain connections have none. */
  readonly handshake: number;
  /** From a request's first octet to the end of its head; 408. */
  readonly head: number;
  /** Silence while content is waited for; 408. */
  readonly content: number;
  /**
   * Silence while the peer takes nothing of the answer; the connection is cut. Where the system has taken much
   * at once it is up to six times as long (`SLOWEST` in phase.ts tells why).
   */
  readonly answer: number;
  /** Silence between two requests, and before the first; the connection is closed. */
  readonly idle: number;
  /** From the last octet of a last answer to the peer's end of the connection. */
  readonly linger: number;
}

/** The deadlines unless others are asked for. */
export const DEFAULT_DEADLINES: Deadlines = {
  // Two round trips, and a client's few milliseconds of arithmetic.
  handshake: 10,
  // A head is one packet or two.
  head: 15,
  // Longer than any pause that TCP makes to repair a loss on a bad line.
  content: 30,
  answer: 30,
  // Browsers keep their side for one to five minutes; a new connection costs them a round trip.
  idle: 60,
  // A round trip on a bad line, so that the answer arrives before a reset can overtake it.
  linger: 2,
};
