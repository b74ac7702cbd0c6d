/**
 * DRIVER: deadlines without a timer for each.
 *
 * A connection's deadline is a number: the tick at which its patience ends. One timer counts the ticks
 * and looks at every connection. Setting a deadline is an addition, and a deadline is kept to within
 * one tick, never early. Ticks are counted, not read off a clock: a clock that jumps hurts nobody, and
 * an event loop that was blocked does not make everybody late at once.
 *
 * What has arrived is not late, even where nobody has looked yet: an event loop that was blocked may run the
 * timer before it asks the sockets. So whose deadline has come gets another look before it expires.
 *
 * Ticks of a second come when the clock's second begins, which is also when the Date line has to be
 * made anew. While there is nothing to watch there is no timer, so the sweep keeps no process alive.
 */

import { type Look, lookAtSockets } from "./look_at_sockets.ts";

/** What has a deadline. */
export interface Expirable {
  /** The tick at which `expire` is called; `NEVER` for none. */
  readonly deadline: number;
  /** The deadline has passed, and nothing has come meanwhile. Sets another one, or `NEVER`. */
  expire(): void;
  /** A tick has passed, and the deadline has not: the moment to see how fast somebody goes. */
  pass?(): void;
}

/**
 * The deadline of what may take any time: 17 years of seconds. Infinity would make every deadline a
 * floating-point number, which the engine keeps in a box.
 */
export const NEVER = 2 ** 29;

/** Counts ticks and calls those whose deadline has come. */
export class Sweep<Watched extends Expirable = Expirable> implements Iterable<Watched> {
  /** The present tick. */
  ticks = 0;
  readonly #watched: Set<Watched> = new Set();
  /** The length of a tick in milliseconds. */
  readonly period: number;
  readonly #onTick: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Under way, for the sake of those whose deadline has come. */
  #look: Look | null = null;

  /** `period` is the length of a tick in milliseconds; `onTick` is called at each, and before the first. */
  constructor(period: number, onTick: () => void = () => {}) {
    this.period = period;
    this.#onTick = onTick;
  }

  /** How many are watched. */
  get size(): number {
    return this.#watched.size;
  }

  /** How many ticks last at least `seconds`, wherever in a tick one begins to count. */
  toTicks(seconds: number): number {
    return 1 + Math.ceil(seconds * 1000 / this.period);
  }

  /** Watches `expirable` until `remove`. */
  add(expirable: Watched): void {
    this.#watched.add(expirable);
    if (this.#timer !== undefined) return;
    this.#onTick();
    this.#schedule();
  }

  /** Stops watching `expirable`. */
  remove(expirable: Watched): void {
    this.#watched.delete(expirable);
    if (this.#watched.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#look?.cancel();
    this.#look = null;
  }

  /** Those who are watched. */
  [Symbol.iterator](): Iterator<Watched> {
    return this.#watched[Symbol.iterator]();
  }

  #schedule(): void {
    this.#timer = setTimeout(() => this.#tick(), this.period - Date.now() % this.period);
  }

  #tick(): void {
    this.#schedule();
    this.ticks++;
    this.#onTick();
    const late: Watched[] = [];
    for (const expirable of this.#watched) {
      if (expirable.deadline <= this.ticks) late.push(expirable);
      else expirable.pass?.();
    }
    // Who became late during a look has it half behind him; the next tick is early enough.
    if (late.length === 0 || this.#look !== null) return;
    this.#look = lookAtSockets(() => {
      this.#look = null;
      for (const expirable of late) {
        const isStillLate = this.#watched.has(expirable) && expirable.deadline <= this.ticks;
        if (isStillLate) expirable.expire();
      }
    });
  }
}
