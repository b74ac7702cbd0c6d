/**
 * WHAT ANSWERS: the files that were asked for lately, by the path by which they were asked for.
 *
 * Bounded in number and in octets. The oldest go first, whether they are asked for or not: to keep the
 * order of use would cost each request more than finding a file anew costs now and then.
 */

import type { ServedFile } from "./served_file.ts";

/** How many files are remembered. */
const MOST_FILES = 4_096;
/** How many octets of content are held in memory for them. */
const MOST_OCTETS = 64 * 1024 * 1024;

/** Remembers files. */
export class RememberedFiles {
  readonly #files = new Map<string, ServedFile>();
  #weight = 0;

  /** The file that was found at `key`, if it is remembered and still the same. */
  get(key: string): ServedFile | null {
    const file = this.#files.get(key);
    if (file === undefined) return null;
    if (file.isCurrent()) return file;
    this.forget(key);
    return null;
  }

  /** Remembers that `file` was found at `key`. */
  set(key: string, file: ServedFile): void {
    this.forget(key);
    this.#files.set(key, file);
    this.#weight += file.weight;
    for (const oldest of this.#files.keys()) {
      if (this.#files.size <= MOST_FILES && this.#weight <= MOST_OCTETS) break;
      this.forget(oldest);
    }
  }

  /** Forgets what was found at `key`. */
  forget(key: string): void {
    const file = this.#files.get(key);
    if (file === undefined) return;
    this.#files.delete(key);
    this.#weight -= file.weight;
  }
}
