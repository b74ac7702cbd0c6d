/**
 * WHAT ANSWERS: a tar archive that nobody has ever written.
 *
 * Where each octet of an archive lies is arithmetic: a header's length follows from the name, the content's
 * from the status, and the rest is padding. So an archive of gigabytes is a table of offsets, and any
 * range of it can be told without the octets before it: headers are made when they are due, and files
 * are opened when it is their turn and named to whoever sends.
 *
 *   offsets[i]              offsets[i + 1]                    length
 *   | header | content | pad | header | content | pad | ...  | two blocks of zeros |
 *
 * The entity-tag is a digest of everything that the octets follow from, files by size, inode and time of
 * change. A file that is not the same any more when its turn comes, or is gone, throws: whoever
 * downloads sees the archive cut short, asks for the rest, and the tag tells them to begin anew.
 */

import { createHash, type Hash, randomUUID } from "node:crypto";
import type { ByteRange } from "../../http1/byte_ranges.ts";
import { ContentParts, type Part } from "../../server/file_slice.ts";
import type { ByteSource } from "../byte_source.ts";
import { FileChanged, type FileIdentity, FileSource, isSameFile } from "./file_source.ts";
import { END, lengthOfTarHeader, padded, serializeTarHeader, type TarEntry } from "./tar_header.ts";

/** A file or folder on disk that goes into an archive. */
export interface ArchivedEntry extends TarEntry {
  /** What the file is known by when its turn comes. */
  readonly identity: FileIdentity;
}

/** 128 bits of a digest tell apart all versions of a folder. */
const TAG_OCTETS = 16;
/** How long after its last change a file may have changed again unnoticed, in milliseconds. */
const SETTLING = 50;
/** Headers and padding are sent together up to so many octets, where no content is between them. */
const GATHERED = 65_536;
/** The digest is fed with pieces of about so many characters. */
const DIGESTED = 65_536;
const ZEROS = new Uint8Array(END);

/** Lays out an archive, entry by entry. */
export class TarBuilder {
  readonly #entries: ArchivedEntry[] = [];
  readonly #offsets: number[] = [0];
  readonly #hash: Hash = createHash("sha256");
  #undigested = "";
  #newest = 0;

  /** How many entries there are. */
  get size(): number {
    return this.#entries.length;
  }

  /** Puts `entry` behind the others. */
  add(entry: ArchivedEntry): void {
    const { path, isFolder, size, modified, mode, identity } = entry;
    this.#entries.push(entry);
    const end = this.#offsets.at(-1)! + lengthOfTarHeader(entry) + padded(size);
    this.#offsets.push(end);
    const milliseconds = identity.mtime?.getTime() ?? 0;
    this.#newest = Math.max(this.#newest, milliseconds);
    // A path holds no NUL, so no two lists of entries give the same text.
    const parts = [path, isFolder, size, modified, mode, identity.ino, milliseconds];
    this.#undigested += parts.join("\0") + "\0";
    if (this.#undigested.length > DIGESTED) this.#digest();
  }

  /**
   * The archive. `pathOf` tells where on disk an entry lies, by its path in the archive. Nothing may be
   * added any more.
   */
  build(pathOf: (path: string) => string): TarSource {
    this.#digest();
    // What changed a moment ago may change again and look the same: such a tag is never given again.
    if (Math.abs(Date.now() - this.#newest) < SETTLING) this.#hash.update(randomUUID());
    return new TarSource(this.#entries, {
      offsets: this.#offsets,
      etag: `"${this.#hash.digest().subarray(0, TAG_OCTETS).toString("base64url")}"`,
      newest: this.#newest,
      pathOf,
    });
  }

  #digest(): void {
    this.#hash.update(this.#undigested);
    this.#undigested = "";
  }
}

/** The content of an archive. One that was built may be sent any number of times, also at the same time. */
export class TarSource implements ByteSource {
  /** Octets. */
  readonly length: number;
  /** A strong entity-tag. */
  readonly etag: string;
  /** When the newest entry changed: milliseconds since 1970, a whole second, not in the future; null if never. */
  readonly lastModified: number | null;
  readonly #entries: readonly ArchivedEntry[];
  /** Where each entry begins, and where the last one ends. */
  readonly #offsets: readonly number[];
  readonly #pathOf: (path: string) => string;

  /** Made by `TarBuilder`. */
  constructor(
    entries: readonly ArchivedEntry[],
    options: {
      offsets: readonly number[];
      etag: string;
      newest: number;
      pathOf: (path: string) => string;
    },
  ) {
    const { offsets, etag, newest, pathOf } = options;
    this.#entries = entries;
    this.#offsets = offsets;
    this.#pathOf = pathOf;
    this.length = offsets.at(-1)! + END;
    this.etag = etag;
    const second = Math.floor(Math.min(newest, Date.now()) / 1000) * 1000;
    this.lastModified = second > 0 ? second : null;
  }

  /** Opens nothing yet. Sending it throws `FileChanged`, or what opening a file throws. */
  slice(range: ByteRange): ContentParts {
    return new ContentParts(range.end - range.start, () => this.#parts(range));
  }

  /** As `slice`, for several ranges and what stands between them. */
  join(pieces: readonly (Uint8Array | ByteRange)[]): ContentParts {
    let length = 0;
    for (const piece of pieces) {
      length += piece instanceof Uint8Array ? piece.length : piece.end - piece.start;
    }
    const partsOf = (range: ByteRange) => this.#parts(range);
    return new ContentParts(length, function* () {
      for (const piece of pieces) {
        if (piece instanceof Uint8Array) yield piece;
        else yield* partsOf(piece);
      }
    });
  }

  *#parts({ start, end }: ByteRange): Generator<Part, void, undefined> {
    /** Octets that are known and go out with the next part. */
    let gathered: Uint8Array[] = [];
    let count = 0;
    const gather = (octets: Uint8Array, offset: number) => {
      const piece = octets.subarray(Math.max(start - offset, 0), Math.max(end - offset, 0));
      gathered.push(piece);
      count += piece.length;
    };
    const take = () => {
      const taken = concatenate(gathered, count);
      gathered = [];
      count = 0;
      return taken;
    };
    for (let i = this.#findEntry(start); i < this.#entries.length; i++) {
      const entry = this.#entries[i]!;
      const offset = this.#offsets[i]!;
      if (offset >= end) break;
      const header = serializeTarHeader(entry);
      gather(header, offset);
      const content = offset + header.length;
      const from = Math.max(start - content, 0);
      const to = Math.min(end - content, entry.size);
      if (from < to) {
        if (count > 0) yield take();
        yield this.#open(entry).slice({ start: from, end: to });
      }
      const behind = content + entry.size;
      gather(ZEROS.subarray(0, padded(entry.size) - entry.size), behind);
      if (count >= GATHERED) yield take();
    }
    gather(ZEROS, this.length - END);
    if (count > 0) yield take();
  }

  /** The entry whose octets lie at `offset`; their number where that is behind all of them. */
  #findEntry(offset: number): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#offsets[middle + 1]! <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * The file's turn may come hours after it was found. The look at its status keeps what has become a FIFO
   * meanwhile from being opened, which could block for ever.
   */
  #open({ path, identity }: ArchivedEntry): FileSource {
    const onDisk = this.#pathOf(path);
    if (!isSameFile(Deno.statSync(onDisk), identity)) {
      throw new FileChanged("Cannot send the archive: a file has changed since it was begun");
    }
    return new FileSource(onDisk, identity);
  }
}

function concatenate(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}
