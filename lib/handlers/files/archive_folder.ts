/**
 * WHAT ANSWERS: everything below a folder, found and laid out as a tar archive.
 *
 * Entries come folder by folder in the order of their names, so that the same folder gives the same
 * archive. All of them lie in one folder of the archive, so that whoever unpacks it gets one folder
 * and not its content strewn about.
 *
 *   goes in      regular files that may be read, folders, also empty ones
 *   stays out    what `accepts` refuses, devices, FIFOs, sockets, files that may not be read, and links,
 *                unless they are followed; then what they lead to goes in under their name
 *
 * What cannot be read must not be promised: the length is sent before the first octet, and an archive
 * that breaks off at the same place each time can never be had. What vanishes while it is looked for was
 * never there.
 *
 * A file takes 10 to 20 µs and a folder may hold a hundred thousand, so others get their turn in
 * between. Nothing is kept of the files but what their headers say.
 */

import { giveWay } from "./give_way.ts";
import { toAbsence } from "./locate.ts";
import { TarBuilder, type TarSource } from "./tar_source.ts";

/** What goes into an archive, and how. */
export interface ArchiveOptions {
  /** The name of the folder in the archive; not empty and without a slash. */
  readonly name: string;
  /** Whether what lies at `path` on disk goes in, and what is below it. Asked before anything is opened. */
  readonly accepts: (path: string) => boolean;
  /** Whether links are followed, wherever they lead; `accepts` may refuse them one by one. False unless given. */
  readonly followSymlinks?: boolean;
  /** Files and folders; `ENTRY_LIMIT` unless given. */
  readonly entryLimit?: number;
  /** Ends the search when nobody waits for it any more. */
  readonly signal?: AbortSignal;
}

/**
 * How many files and folders go into an archive: a hundred thousand are a big project with all that it
 * depends on, and each costs about 330 octets for as long as somebody downloads.
 */
export const ENTRY_LIMIT = 250_000;
/** After so many looks, some milliseconds, everybody else gets a turn. */
const TURN = 250;
const READABLE_BY_ALL = 0o444;

/** A folder has more entries than an archive may have. */
export class TooManyEntries extends Error {
  /** The class's name. */
  override readonly name = "TooManyEntries";
}

/**
 * The archive of what lies in `folder`, a path on disk, at this moment. Throws `TooManyEntries`, a `Deno.errors` error
 * where the folder itself cannot be read, and the signal's reason.
 */
export async function archiveFolder(folder: string, options: ArchiveOptions): Promise<TarSource> {
  const root = folder.replace(/(?<=.)[/\\]+$/, "");
  const search = new Search(options);
  const info = Deno.statSync(root);
  const names = await readNames(root, options.entryLimit ?? ENTRY_LIMIT);
  await search.addFolder({ onDisk: root, path: options.name, info }, names);
  const base = root === "/" ? "" : root;
  return search.builder.build((path) => base + path.slice(options.name.length));
}

/** What was found on disk, and its path in the archive. */
interface Found {
  readonly onDisk: string;
  readonly path: string;
  readonly info: Deno.FileInfo;
}

class Search {
  readonly builder = new TarBuilder();
  readonly #options: ArchiveOptions;
  readonly #entryLimit: number;
  /** The folders that lead to where we are, so that a link to one of them ends there. */
  readonly #way: string[] = [];
  #looks = 0;

  constructor(options: ArchiveOptions) {
    this.#options = options;
    this.#entryLimit = options.entryLimit ?? ENTRY_LIMIT;
  }

  /** Adds a folder and everything below it. */
  async addFolder(folder: Found, names: readonly string[]): Promise<void> {
    const { onDisk, path, info } = folder;
    const identity = `${info.dev}:${info.ino}`;
    if (info.ino !== null && this.#way.includes(identity)) return;
    this.#add(folder);
    this.#way.push(identity);
    for (const name of names) {
      if (++this.#looks % TURN === 0) await this.#giveTurn();
      const found = this.#find(
        `${onDisk === "/" ? "" : onDisk}/${name}`,
        `${path}/${name}`,
      );
      if (found === null) continue;
      if (found.info.isDirectory) {
        await this.addFolder(found, await readNamesIfAllowed(found, this.#entryLimit));
      } else {
        this.#add(found);
      }
    }
    this.#way.pop();
  }

  /** What lies at `onDisk`; null where it stays out. */
  #find(onDisk: string, path: string): Found | null {
    const { accepts, followSymlinks = false } = this.#options;
    if (!accepts(onDisk)) return null;
    try {
      const info = followSymlinks ? Deno.statSync(onDisk) : Deno.lstatSync(onDisk);
      if (info.isDirectory) return { onDisk, path, info };
      return info.isFile && isReadable(onDisk, info) ? { onDisk, path, info } : null;
    } catch (error) {
      toAbsence(error);
      return null;
    }
  }

  #add({ path, info }: Found): void {
    const { builder } = this;
    if (builder.size >= this.#entryLimit) throw tooMany(this.#entryLimit);
    const isFolder = info.isDirectory;
    const size = isFolder ? 0 : info.size;
    const { mtime } = info;
    builder.add({
      path,
      isFolder,
      size,
      modified: Math.floor((mtime?.getTime() ?? 0) / 1000),
      // Whoever unpacks it must be able to put something into a folder.
      mode: isFolder ? (info.mode ?? 0o755) & 0o777 | 0o700 : (info.mode ?? 0o644) & 0o777,
      identity: isFolder ? { ...info, size } : info,
    });
  }

  async #giveTurn(): Promise<void> {
    await giveWay();
    this.#options.signal?.throwIfAborted();
  }
}

/** What all may read we may read; opening tells about the others. */
function isReadable(path: string, { mode }: Deno.FileInfo): boolean {
  if (mode !== null && (mode & READABLE_BY_ALL) === READABLE_BY_ALL) return true;
  Deno.openSync(path).close();
  return true;
}

/** Names in a folder, in the order of their code units. Throws `TooManyEntries`. */
async function readNames(folder: string, limit: number): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (names.push(name) > limit) throw tooMany(limit);
  }
  return names.sort();
}

/** A folder that may not be read goes in as if it were empty. */
async function readNamesIfAllowed({ onDisk }: Found, limit: number): Promise<string[]> {
  try {
    return await readNames(onDisk, limit);
  } catch (error) {
    toAbsence(error);
    return [];
  }
}

function tooMany(limit: number): TooManyEntries {
  return new TooManyEntries(`Cannot archive the folder: it has more than ${limit} entries`);
}
