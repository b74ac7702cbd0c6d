/**
 * WHAT ANSWERS (RFC 6455 section 7.4): why a WebSocket connection ends, as numbers.
 *
 * Whoever breaks a rule is told by a Close frame with one of these, and the connection is over. Numbers
 * that only stand for something inside a program (1005: none came, 1006: no Close frame came) are never
 * sent, and whoever sends one breaks a rule.
 */

/** Why a connection ends (RFC 6455 7.4.1). */
export const CLOSE_CODES = {
  /** All was said. */
  normal: 1000,
  /** The server stops, or the page is left. */
  goingAway: 1001,
  /** A frame, or a row of frames, that must not be. */
  protocolError: 1002,
  /** The Close frame held no number; never sent. */
  none: 1005,
  /** There was no Close frame; never sent. */
  abnormal: 1006,
  /** What says it is text is none, or what says it is compressed is not. */
  invalidPayload: 1007,
  /** A message longer than is taken here. */
  tooBig: 1009,
} as const;

/** The peer broke a rule or a limit; the connection has to end. */
export class SocketFailure extends Error {
  override readonly name = "SocketFailure";
  /** What the peer is told. */
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Whether `code` may stand in a Close frame: registered by now, or open to everybody (RFC 6455 7.4.2). */
export function isSendable(code: number): boolean {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
    (code >= 3000 && code <= 4999);
}
