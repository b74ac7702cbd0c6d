/**
 * COMMAND LINE: why something that is there was not served.
 *
 *   Not served: /.env: a name begins with a dot (see --dotfiles)
 *
 * To the peer it is a 404 like any other; the person who started the server should learn the reason
 * without having to ask. But whoever looks for holes asks for hundreds of such names, and asks again, so
 * each path is told of once a minute, and in a minute no more than a screenful or two. What is kept in
 * memory is those paths.
 */

import { escapeControls } from "./escape.ts";

/** After this many milliseconds a path is told of again. */
const PERIOD = 60_000;
/** So many paths are told of within the period. */
export const PATH_LIMIT = 50;

/** Writes the notes. */
export class RefusalNotes {
  readonly #note: (text: string) => void;
  readonly #clock: () => number;
  /** When each path was told of, oldest first. */
  readonly #told = new Map<string, number>();
  #silentSince = -Infinity;

  /** `note` gets a line without its end; `clock` is in milliseconds since whenever. */
  constructor(note: (text: string) => void, clock: () => number = () => performance.now()) {
    this.#note = note;
    this.#clock = clock;
  }

  /** Tells that `path` is not served because of `reason`, unless that was told a moment ago. */
  add(path: string, reason: string): void {
    const now = this.#clock();
    for (const [old, at] of this.#told) {
      if (now - at < PERIOD) break;
      this.#told.delete(old);
    }
    if (this.#told.has(path)) return;
    if (this.#told.size < PATH_LIMIT) {
      this.#told.set(path, now);
      this.#note(`Not served: ${escapeControls(path)}: ${escapeControls(reason)}`);
    } else if (now - this.#silentSince >= PERIOD) {
      this.#silentSince = now;
      this.#note("Not served: more paths than are worth a line each; see the request log");
    }
  }
}
