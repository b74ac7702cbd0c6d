/**
 * WHAT ANSWERS: the compressed files that lie beside a file: `app.js.br`, `app.js.zst`, `app.js.gz`.
 *
 * Whoever builds a site may compress it better than a server has the time to. A sibling counts where it
 * is not older than its file; an older one was made of something else.
 *
 * Looking for a file that is not there costs 17 µs, ten times what one costs that is, because of the error
 * that is thrown; most files would pay that three times. But a name cannot appear or vanish without
 * the folder's mtime changing, and the folder is there. So it is the folder that is looked at, and the
 * three names only where it has changed. Siblings that are known are looked at each time, since a file
 * can be written anew without its folder noticing.
 *
 * File systems count mtimes in steps of up to two seconds, and something may happen twice within a
 * step. What was learned from a folder that had just changed is therefore not believed the next time.
 */

import type { ContentCoding } from "../../http1/content_codings.ts";
import { toAbsence } from "./locate.ts";

/** A file that holds another's content in a coding. */
export interface Sibling {
  /** The coding that its name tells. */
  readonly coding: ContentCoding;
  /** Where it lies. */
  readonly path: string;
  /** Its own status: length, entity-tag and date of the variant are those of this file. */
  readonly info: Deno.FileInfo;
}

/** What a sibling's age is judged by. */
export interface Dated {
  /** When it was last changed; null where the system does not tell. */
  readonly mtime: Date | null;
}

/** What is known of one file: the folder's mtime, and the codings that there are names for. */
interface Knowledge {
  readonly folderTime: number;
  readonly codings: readonly ContentCoding[];
}

/** The extension of each coding's siblings, in our order of preference. */
export const SIBLING_EXTENSIONS: readonly (readonly [ContentCoding, extension: string])[] = [
  ["br", ".br"],
  ["zstd", ".zst"],
  ["gzip", ".gz"],
];

const EXTENSION_OF = new Map(SIBLING_EXTENSIONS);
const NO_SIBLINGS: readonly Sibling[] = [];
/** After this time a folder's next change gives it another mtime. Milliseconds. */
const SETTLING_MS = 2_000;
/** Of how many files it is remembered; a few megabytes at most. */
const REMEMBERED_COUNT = 10_000;

/** Finds siblings, and remembers where there are none. */
export class SiblingFinder {
  readonly #isServed: (path: string) => boolean;
  readonly #known = new Map<string, Knowledge>();

  /** `isServed` says whether a path that exists may be served, links and all; it is asked of each sibling found. */
  constructor(options: { isServed: (path: string) => boolean }) {
    this.#isServed = options.isServed;
  }

  /**
   * The siblings of the file at `path` that are regular files, not empty, not older than it and may be
   * served; in our order of preference. Costs 2 µs where it is known that there are none. Throws what
   * is neither absence nor refusal, such as a failing disk.
   */
  find(path: string, file: Dated): readonly Sibling[] {
    const folderTime = statOrNull(folderOf(path))?.mtime?.getTime() ?? null;
    const known = this.#known.get(path);
    const isKnown = known !== undefined && known.folderTime === folderTime;
    if (isKnown && known.codings.length === 0) return NO_SIBLINGS;
    const candidates = isKnown ? known.codings : [...EXTENSION_OF.keys()];
    const present: Sibling[] = [];
    for (const coding of candidates) {
      const siblingPath = path + EXTENSION_OF.get(coding)!;
      const info = statOrNull(siblingPath);
      if (info !== null) present.push({ coding, path: siblingPath, info });
    }
    if (!isKnown) this.#remember(path, { folderTime, codings: present.map((one) => one.coding) });
    return present.filter((sibling) => isCurrent(sibling, file) && this.#isServed(sibling.path));
  }

  #remember(
    path: string,
    { folderTime, codings }: { folderTime: number | null; codings: readonly ContentCoding[] },
  ): void {
    if (folderTime === null || Date.now() - folderTime < SETTLING_MS) {
      this.#known.delete(path);
      return;
    }
    if (this.#known.size >= REMEMBERED_COUNT) this.#known.clear();
    this.#known.set(path, { folderTime, codings });
  }
}

/** Whether the sibling holds something, and is not older than `file`; where a date is missing it may be. */
export function isCurrent({ info }: Pick<Sibling, "info">, file: Dated): boolean {
  return info.isFile && info.size > 0 && info.mtime !== null && file.mtime !== null &&
    info.mtime.getTime() >= file.mtime.getTime();
}

function statOrNull(path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch (error) {
    // Throws on what is neither absence nor refusal.
    toAbsence(error);
    return null;
  }
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1) || ".";
}
