/**
 * WHAT ANSWERS: what there is to list in a folder.
 *
 * Read first, look at each entry later: reading tells the names and what kind of thing each is, and that
 * sorts out what is never served (dot-files, devices, FIFOs, sockets). Size and time need a stat of
 * each, 2 to 3 µs when made synchronously and twenty times that otherwise; so they are made in slices,
 * by a generator that gives way (yields) between them.
 *
 * What vanishes between the two is left out, and so is what may not be looked at: it could not be
 * fetched either. Names that are no UTF-8 do not come here at all, Deno passes over them.
 */

import { giveWay } from "./give_way.ts";
import { toSortKey } from "./listing_entry.ts";
import type { Entry } from "./listing_entry.ts";

/** The three questions to the file system; `Deno` answers them. */
export interface DirectoryReader {
  /** Follows links. Throws where there is nothing, or nothing that may be looked at. */
  statSync(path: string): Deno.FileInfo;
  /** At once. */
  readDirSync(path: string): Iterable<Deno.DirEntry>;
  /** Beside other work. */
  readDir(path: string): AsyncIterable<Deno.DirEntry>;
}

/** Which entries there are for everybody to see. */
export interface EntryRules {
  /** Whether names with a dot in front are shown; `.well-known` always is. */
  readonly showDotfiles: boolean;
  /** Whether what the symbolic link at `path` leads to, which exists, is served; it may throw for no. */
  readonly isLinkServed: (path: string) => boolean;
}

/** How many entries are read or looked at before others get their turn: about 2 ms. */
const SLICE = 500;
/** The years 1 to 9999, which a time with four digits for its year can name. */
const EARLIEST = Date.parse("0001-01-01T00:00:00Z");
const LATEST = Date.UTC(10_000, 0);

/** The entries of the folder at `path` that might be shown, read at once. Throws what the reader throws. */
export function readNow(path: string, { reader, showDotfiles }: ReadOptions): Deno.DirEntry[] {
  const found: Deno.DirEntry[] = [];
  for (const entry of reader.readDirSync(path)) {
    if (isListable(entry, showDotfiles)) found.push(entry);
  }
  return found;
}

/** The same, read beside other work: for folders that look big. */
export async function readBeside(
  path: string,
  { reader, showDotfiles }: ReadOptions,
): Promise<Deno.DirEntry[]> {
  const found: Deno.DirEntry[] = [];
  let count = 0;
  for await (const entry of reader.readDir(path)) {
    if (isListable(entry, showDotfiles)) found.push(entry);
    // The names are all there after the first wait; going through them would wait for nothing.
    if (++count % SLICE === 0) await giveWay();
  }
  return found;
}

interface ReadOptions {
  readonly reader: DirectoryReader;
  readonly showDotfiles: boolean;
}

function isListable(entry: Deno.DirEntry, showDotfiles: boolean): boolean {
  const { name } = entry;
  if (!showDotfiles && name.charCodeAt(0) === 0x2e && name !== ".well-known") return false;
  return entry.isFile || entry.isDirectory || entry.isSymlink;
}

/** Looks at each of `found` in the folder at `path`, yielding null between slices; returns what is shown. */
export function* toEntries(
  found: readonly Deno.DirEntry[],
  options: { path: string; reader: DirectoryReader; rules: EntryRules },
): Generator<null, Entry[]> {
  const { reader, rules } = options;
  const folder = options.path.endsWith("/") ? options.path : `${options.path}/`;
  const entries: Entry[] = [];
  for (let i = 0; i < found.length; i++) {
    if (i > 0 && i % SLICE === 0) yield null;
    const { name, isSymlink } = found[i]!;
    const info = statOrNull(folder + name, { isSymlink, reader, rules });
    if (info === null) continue;
    const time = info.mtime?.getTime() ?? NaN;
    entries.push({
      name,
      key: toSortKey(name),
      isFolder: info.isDirectory,
      size: info.size,
      modified: time >= EARLIEST && time < LATEST ? time : null,
    });
  }
  return entries;
}

function statOrNull(
  path: string,
  options: { isSymlink: boolean; reader: DirectoryReader; rules: EntryRules },
): Deno.FileInfo | null {
  const { isSymlink, reader, rules } = options;
  try {
    const info = reader.statSync(path);
    const isServed = (info.isFile || info.isDirectory) && (!isSymlink || rules.isLinkServed(path));
    return isServed ? info : null;
  } catch {
    // Gone, a link to nothing or in a circle, or not for us: whichever it is, it cannot be fetched.
    return null;
  }
}
