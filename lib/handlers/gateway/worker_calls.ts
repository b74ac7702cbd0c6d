/**
 * WHAT ANSWERS: the calls that a WSGI worker has: the one under way, and one that lies ahead in its pipe.
 *
 * With one ahead the process goes on without waiting for the server, which takes as long as a small answer. So
 * there is one only where the last answer was quick. It may be taken back while the call before it has not ended.
 * That one may end at the same moment, and then the process has begun with what was taken back: it says which of the
 * two it was, and until then gets nothing more ahead.
 */

import type { WsgiCall } from "./wsgi_call.ts";

/** What takes longer is no small answer, in milliseconds. */
const QUICK = 10;

/** What a worker is at. */
export class WorkerCalls {
  #present: WsgiCall | null = null;
  #ahead: WsgiCall | null = null;
  #isTakingBack = false;
  /** How many were sent, and which of them is under way, counted from 1. */
  #count = 0;
  #number = 0;
  /** When the one under way began, in milliseconds. */
  #began = 0;
  #isQuick = false;

  /** The one under way. */
  get present(): WsgiCall | null {
    return this.#present;
  }

  /** Which one it is of all that were sent, counted from 1. */
  get number(): number {
    return this.#number;
  }

  /** Whether one lies ahead. */
  get hasAhead(): boolean {
    return this.#ahead !== null;
  }

  /** Whether another one may lie ahead. */
  get hasRoom(): boolean {
    return this.#isQuick && this.#present !== null && this.#ahead === null && !this.#isTakingBack;
  }

  /** Whether one was taken back, and the process has not said whether it had begun. */
  get isTakingBack(): boolean {
    return this.#isTakingBack;
  }

  /** Whether the process is at nothing. */
  get isIdle(): boolean {
    return this.#present === null && !this.#isTakingBack;
  }

  /** `call` is sent, and nothing is under way. */
  begin(call: WsgiCall): void {
    this.#count++;
    this.#goOn(call);
  }

  /** `call` is sent, to lie ahead. */
  add(call: WsgiCall): void {
    this.#count++;
    this.#ahead = call;
  }

  /** The one that lies ahead of one that takes longer than so many milliseconds; null where there is none. */
  takeBack(patience: number): WsgiCall | null {
    const call = this.#ahead;
    if (call === null || performance.now() - this.#began < patience) return null;
    this.#ahead = null;
    this.#isTakingBack = true;
    return call;
  }

  /** What was taken back had not begun, or has, and is over. */
  endTakingBack(): void {
    this.#isTakingBack = false;
  }

  /** The one under way has ended. Whether there is another one now. */
  end(): boolean {
    const next = this.#ahead;
    this.#isQuick = performance.now() - this.#began < QUICK;
    this.#present = this.#ahead = null;
    if (next !== null) this.#goOn(next);
    return next !== null;
  }

  /** All are lost; returns the one that lay ahead and has not begun, or null. */
  lose(): WsgiCall | null {
    const ahead = this.#ahead;
    this.#present = this.#ahead = null;
    return ahead;
  }

  #goOn(call: WsgiCall): void {
    this.#number = this.#count;
    this.#began = performance.now();
    this.#present = call;
  }
}
