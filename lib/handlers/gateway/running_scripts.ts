/**
 * WHAT ANSWERS: how many scripts run at the same time.
 *
 * Each is a process with memory of its own, and a peer needs one small request to start it; so there is a
 * bound, for all folders of scripts together, and nobody waits for a place: who finds none is told to come again.
 */

import type { ScriptProcess } from "./script_process.ts";

/** Processes at the same time, unless another number is given. */
const LIMIT = 16;

/** The scripts that run now. */
export class RunningScripts {
  readonly #limit: number;
  readonly #processes = new Set<ScriptProcess>();
  #places = 0;

  /** Lets `limit` scripts run at the same time. */
  constructor(limit: number = LIMIT) {
    this.#limit = limit;
  }

  /** How many places are taken: by scripts that run, or are about to. */
  get size(): number {
    return this.#places;
  }

  /** Takes a place, which `leave` or the end of a process that was added gives back; false where there is none. */
  enter(): boolean {
    if (this.#places >= this.#limit) return false;
    this.#places++;
    return true;
  }

  /** Gives a place back in which nothing was started. */
  leave(): void {
    this.#places--;
  }

  /** Keeps `process` in the place that was taken for it. */
  add(process: ScriptProcess): void {
    this.#processes.add(process);
    process.exited.then(() => this.#places--);
    process.settled.then(() => this.#processes.delete(process));
  }

  /** Stops all scripts, and resolves when none is left. For the end of the server: answers under way are cut. */
  async stop(): Promise<void> {
    for (const process of this.#processes) process.stop(new Error("The server ends"));
    await this.settled();
  }

  /** Resolves when nothing runs; never rejects. */
  async settled(): Promise<void> {
    while (this.#processes.size > 0) {
      await Promise.all(Array.from(this.#processes, ({ settled }) => settled));
    }
  }
}
