/**
 * DRIVER: what a connection is waiting for, and how long it will.
 *
 * Numbers and not strings, for every request passes through three of them.
 */

import type { Deadlines } from "./limits.ts";
import { NEVER } from "./sweep.ts";
import type { Sweep } from "./sweep.ts";

/** For the first octet of a request. */
export const IDLE = 0;
/** For the rest of a head. */
export const HEAD = 1;
/** For the handler, or for the stream that it answered with. */
export const ANSWERING = 2;
/** For content that the handler reads. */
export const CONTENT = 3;
/** For the peer to take octets of an answer. */
export const SENDING = 4;
/** For content that nobody reads. */
export const DRAINING = 5;
/** For the peer's end, after ours. */
export const LINGERING = 6;
/** For nothing. */
export const CLOSED = 7;

/** One of the phases above. */
export type Phase = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;

/** For each phase, how many ticks of `sweep` it may last. */
export function toPatience(deadlines: Deadlines, sweep: Sweep): readonly number[] {
  const { idle, head, content, answer, linger } = deadlines;
  const patience: number[] = [];
  patience[IDLE] = sweep.toTicks(idle);
  patience[HEAD] = sweep.toTicks(head);
  patience[ANSWERING] = NEVER;
  patience[CONTENT] = sweep.toTicks(content);
  patience[SENDING] = sweep.toTicks(answer);
  patience[DRAINING] = sweep.toTicks(content);
  patience[LINGERING] = sweep.toTicks(linger);
  patience[CLOSED] = NEVER;
  return patience;
}
