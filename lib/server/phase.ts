/**
 * DRIVER: what a connection is waiting for, how long it will, and how fast it has to go meanwhile.
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
/** For the end of the TLS handshake. */
export const HANDSHAKE = 8;
/** For whatever the protocol that took over waits for. */
export const UPGRADED = 9;

/** One of the phases above. */
export type Phase = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

/** For each phase, how many ticks of `sweep` it may last. */
export function toPatience(deadlines: Deadlines, sweep: Sweep): readonly number[] {
  const { handshake, idle, head, content, answer, linger } = deadlines;
  const patience: number[] = [];
  patience[IDLE] = sweep.toTicks(idle);
  patience[HEAD] = sweep.toTicks(head);
  patience[ANSWERING] = NEVER;
  patience[CONTENT] = sweep.toTicks(content);
  patience[SENDING] = sweep.toTicks(answer);
  patience[DRAINING] = sweep.toTicks(content);
  patience[LINGERING] = sweep.toTicks(linger);
  patience[CLOSED] = NEVER;
  patience[HANDSHAKE] = sweep.toTicks(handshake);
  patience[UPGRADED] = NEVER;
  return patience;
}

/**
 * What a slow but honest peer takes of an answer: 64 kbit/s, in octets a second.
 *
 * It is asked for only where the system's buffers hide how much arrives. Linux tells of room for more when a
 * third of its buffer is free, and the peer's system tells it in lumps, too: on loopback, a curl that takes 60 KB
 * each second seemed silent for 70 s at a time. So what the system takes buys the peer time, at this rate,
 * and no more than `STRETCH` times its patience.
 */
const SLOWEST = 8_192;
const STRETCH = 6;

/** How much of an answer buys a tick, and how many ticks can be bought in advance. */
export function toCredit(
  minRate: number,
  { answer }: Deadlines,
  sweep: Sweep,
): { readonly price: number; readonly most: number } {
  const rate = Math.max(minRate, SLOWEST);
  return { price: rate * sweep.period / 1_000, most: STRETCH * sweep.toTicks(answer) };
}

/**
 * For each phase, how many octets the peer has to move while it is waited for as long as the phase's
 * patience, at `minRate` octets a second; 0 where nobody counts.
 */
export function toPace(minRate: number, { content, answer }: Deadlines): readonly number[] {
  const pace = new Array<number>(UPGRADED + 1).fill(0);
  pace[CONTENT] = pace[DRAINING] = Math.ceil(minRate * content);
  pace[SENDING] = Math.ceil(minRate * answer);
  return pace;
}
