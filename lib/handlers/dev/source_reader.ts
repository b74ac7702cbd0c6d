/**
 * WHAT ANSWERS: lines of the files that a stack names.
 *
 * A stack is text, and an app may write into it what it likes: so only files whose names say that they
 * are sources are read, only ordinary ones, none that is big, and each once for a failure. What cannot be
 * read is not shown, and that is all.
 */

import { cutAt, LINE_LIMIT, LINES_AROUND, type SourceLine } from "./app_failure.ts";

const SOURCE = /\.(?:[cm]?[jt]s|[jt]sx|vue|svelte|mdx)$/;
/** Octets of a file. */
const SIZE_LIMIT = 2_097_152;
/** Files of one failure. */
const FILE_LIMIT = 24;

/** Reads for one failure. */
export class SourceReader {
  readonly #files = new Map<string, readonly string[] | null>();

  /** The lines around `line` of the file at `path`; empty where there are none. */
  read(path: string, line: number): SourceLine[] {
    const lines = this.#linesOf(path);
    if (lines === null || line < 1 || line > lines.length) return [];
    const first = Math.max(1, line - LINES_AROUND);
    return lines.slice(first - 1, line + LINES_AROUND).map((text, i) => ({
      number: first + i,
      text: cutAt(text, LINE_LIMIT),
    }));
  }

  #linesOf(path: string): readonly string[] | null {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    if (this.#files.size >= FILE_LIMIT || !SOURCE.test(path)) return null;
    const lines = readLines(path);
    this.#files.set(path, lines);
    return lines;
  }
}

function readLines(path: string): readonly string[] | null {
  try {
    const { isFile, size } = Deno.statSync(path);
    if (!isFile || size > SIZE_LIMIT) return null;
    // What JavaScript takes for an end of a line; that of the last one begins no other.
    return Deno.readTextFileSync(path).replace(/\r?\n$/, "").split(/\r\n|[\n\r\u2028\u2029]/);
  } catch {
    // It has gone, or may not be read: the frame is told without it.
    return null;
  }
}
