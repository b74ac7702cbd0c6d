/**
 * WHAT ANSWERS: the content of a file on disk, opened when an answer needs it.
 *
 * A 304, a HEAD or a 416 needs nothing of it. An answer with content opens the file and looks at it again:
 * where it is not the one whose length and entity-tag the answer says, because it was replaced a
 * moment ago, nothing is sent under the wrong name. A file that changes all the time, as a log does,
 * would never be answered so; it is pinned: opened first, and described as what was opened.
 */

import type { ByteRange } from "../../http1/byte_ranges.ts";
import { ContentParts, FileSlice, type OpenFile } from "../../server/file_slice.ts";
import type { ByteSource } from "../byte_source.ts";

/**
 * What makes a file the same file as before, as far as the system tells: Deno has no finer times than
 * these. `Deno.FileInfo` is one.
 */
export interface FileIdentity {
  /** Octets. */
  readonly size: number;
  /** The number of its inode; null where the system has none. */
  readonly ino: number | null;
  /** Who may do what with it; null where the system does not tell. */
  readonly mode: number | null;
  /** When its content was last changed, to the millisecond; null where the system does not tell. */
  readonly mtime: Date | null;
  /** When anything about it was last changed, to the second; null where the system does not tell. */
  readonly ctime: Date | null;
  /** When it was made, to the millisecond; null where the system does not tell. */
  readonly birthtime: Date | null;
}

/** The file is not the one any more that it was when its status was asked for. */
export class FileChanged extends Error {
  /** `FileChanged`, by which it is told from others in a log. */
  override readonly name = "FileChanged";
}

/** Whether two statuses are of the same version of the same file. */
export function isSameFile(a: FileIdentity, b: FileIdentity): boolean {
  return a.size === b.size && a.ino === b.ino && a.mode === b.mode &&
    a.mtime?.getTime() === b.mtime?.getTime() && a.ctime?.getTime() === b.ctime?.getTime() &&
    a.birthtime?.getTime() === b.birthtime?.getTime();
}

/** A file's content. */
export class FileSource implements ByteSource {
  readonly #path: string;
  readonly #identity: FileIdentity;
  #pinned: Deno.FsFile | null;

  /** `identity` is the file's status, by which it is known again, or which it had when `pinned` was opened. */
  constructor(path: string, identity: FileIdentity, pinned: Deno.FsFile | null = null) {
    this.#path = path;
    this.#identity = identity;
    this.#pinned = pinned;
  }

  /** Octets. */
  get length(): number {
    return this.#identity.size;
  }

  /** Opens the file. Throws `FileChanged`, or what opening it throws. */
  slice({ start, end }: ByteRange): FileSlice {
    return new FileSlice(this.#open(), { offset: start, length: end - start });
  }

  /** Opens the file once for all ranges, so that they are of one version. Throws as `slice` does. */
  join(pieces: readonly (Uint8Array | ByteRange)[]): ContentParts {
    const file = this.#open();
    let length = 0;
    for (const piece of pieces) {
      length += piece instanceof Uint8Array ? piece.length : piece.end - piece.start;
    }
    const shared: OpenFile = {
      seekSync: (offset, whence) => file.seekSync(offset, whence),
      readSync: (buffer) => file.readSync(buffer),
      read: (buffer) => file.read(buffer),
      // The next range needs it too; the content closes it.
      close: () => {},
    };
    const parts = pieces.map((piece) =>
      piece instanceof Uint8Array ? piece : new FileSlice(shared, {
        offset: piece.start,
        length: piece.end - piece.start,
      })
    );
    return new ContentParts(length, () => parts, () => file.close());
  }

  /** `length` octets from `offset` on, as many as there are, for a file that is small or a sample. Throws as `slice` does. */
  read(offset: number, length: number): Uint8Array {
    const file = this.#open();
    try {
      if (offset > 0) file.seekSync(offset, 0);
      const octets = new Uint8Array(length);
      let end = 0;
      while (end < octets.length) {
        const count = file.readSync(octets.subarray(end));
        if (count === null) {
          throw new FileChanged("Cannot read the whole file: it has become shorter");
        }
        end += count;
      }
      return octets;
    } finally {
      file.close();
    }
  }

  /** Closes what was pinned, if nothing has needed it. */
  release(): void {
    this.#pinned?.close();
    this.#pinned = null;
  }

  #open(): Deno.FsFile {
    const pinned = this.#pinned;
    this.#pinned = null;
    if (pinned !== null) return pinned;
    const file = Deno.openSync(this.#path);
    try {
      if (isSameFile(file.statSync(), this.#identity)) return file;
    } catch (error) {
      file.close();
      throw error;
    }
    file.close();
    throw new FileChanged("Cannot send the file: it is not the one that was found a moment ago");
  }
}
