/**
 * WHAT ANSWERS (RFC 3875 section 3.2): which script a path leads to.
 *
 *   /shop/cart.cgi/items/7    shop is a folder, cart.cgi a file: the script; /items/7 is for it
 *
 * The path is walked from its beginning, a name at a time, and the first regular file is the script, for
 * nothing can lie below it. Up to there every name has to be a plain one: no `.` and `..`, no dot-file, no
 * encoded slash, and the file's real path lies inside the folder. What stands behind is the script's
 * business, but for `.` and `..`, in any spelling: scripts that take it for the name of a file are many.
 *
 * What is not to be run is not sent either: sources stay where they are. A file without a right to be executed
 * is refused, and so is one that has the right and is no program: execvp(3) would give a page or a picture,
 * in a folder where everything was made executable, to the shell.
 */

import { decodePath } from "../../http1/request_target.ts";
import { decodePathOctets } from "./meta_variables.ts";

/** A script that a path leads to. */
export interface FoundScript {
  readonly kind: "script";
  /** The file, on disk. */
  readonly path: string;
  /** The folder that it lies in. */
  readonly folder: string;
  /** The part of the URL's path that leads to it, decoded to octets. */
  readonly name: string;
  /** The rest of the URL's path, decoded to octets; "" or beginning with a slash. */
  readonly pathInfo: string;
}

/**
 * Why a path leads to none: `bad`, it is malformed or tries to climb; `missing`, nothing is there, or nothing that is
 * to be seen; `forbidden`, it must not be executed; `foreign`, it may, but is no program; `nph`, it wants to
 * speak HTTP itself (RFC 3875 section 5).
 */
export type NoScript =
  | { readonly kind: "bad" | "missing" | "forbidden" | "nph" }
  | { readonly kind: "foreign"; readonly path: string };

const BAD = { kind: "bad" } as const;
const MISSING = { kind: "missing" } as const;
const FORBIDDEN = { kind: "forbidden" } as const;
const NPH = { kind: "nph" } as const;
/** How many programs are remembered. */
const MOST_PROGRAMS = 256;
const SEPARATOR = Deno.build.os === "windows" ? "\\" : "/";

/** Beginnings of what a system executes: `#!`; ELF; Mach-O in its orders of octets, and for several processors; PE. */
const PROGRAMS = [
  "2321",
  "7f454c46",
  "cefaedfe",
  "cffaedfe",
  "feedface",
  "feedfacf",
  "cafebabe",
  "4d5a",
];

/** The folder whose files are scripts. */
export class ScriptFolder {
  /** Its real path, without a slash at the end. */
  readonly #root: string;
  /** Files that were looked into and are programs, and which files these were. */
  readonly #programs = new Map<string, string>();

  /** Throws a `Deno.errors` error where `path` cannot be resolved. */
  constructor(path: string) {
    this.#root = Deno.realPathSync(path).replace(/[/\\]+$/, "");
  }

  /** What `path`, which begins with a slash and is as it was sent, leads to. Throws what a failing disk throws. */
  find(path: string): FoundScript | NoScript {
    let folder = this.#root;
    for (let start = 1; start <= path.length;) {
      const slash = path.indexOf("/", start);
      const end = slash < 0 ? path.length : slash;
      const name = decodePath(path.slice(start, end));
      if (name === null || name === "." || name === ".." || name.includes("\\")) return BAD;
      if (name === "" || name.startsWith(".")) return MISSING;
      const file = `${folder}/${name}`;
      const found = this.#look(file);
      if (typeof found === "object") return this.#toScript(found, { folder, name, path, end });
      if (found !== "folder") return found === "forbidden" ? FORBIDDEN : MISSING;
      folder = file;
      start = end + 1;
    }
    return MISSING;
  }

  #look(file: string): ScriptFile | "folder" | "forbidden" | "missing" {
    try {
      const info = Deno.statSync(file);
      const real = Deno.realPathSync(file);
      if (!real.startsWith(this.#root + SEPARATOR)) return "missing";
      if (info.isDirectory) return "folder";
      if (!info.isFile) return "missing";
      const isExecutable = info.mode === null || (info.mode & 0o111) !== 0;
      return isExecutable ? { file, info } : "forbidden";
    } catch (error) {
      return toAbsence(error);
    }
  }

  #toScript(
    { file, info }: ScriptFile,
    at: { folder: string; name: string; path: string; end: number },
  ): FoundScript | NoScript {
    if (/^nph-/i.test(at.name)) return NPH;
    if (!this.#isProgram(file, info)) return { kind: "foreign", path: file };
    const name = decodePathOctets(at.path.slice(0, at.end));
    const pathInfo = decodePathOctets(at.path.slice(at.end));
    if (name === null || pathInfo === null) return BAD;
    if (pathInfo.split(/[/\\]/).some((one) => one === "." || one === "..")) return BAD;
    return { kind: "script", path: file, folder: at.folder, name, pathInfo };
  }

  /** Looks into the file where it is not the one that was looked into before. */
  #isProgram(file: string, { dev, ino, size, mtime }: Deno.FileInfo): boolean {
    const state = `${dev} ${ino} ${size} ${mtime?.getTime()}`;
    if (this.#programs.get(file) === state) return true;
    if (!isProgram(file)) return false;
    if (this.#programs.size === MOST_PROGRAMS) this.#programs.clear();
    this.#programs.set(file, state);
    return true;
  }
}

/** A regular file that may be executed. */
interface ScriptFile {
  readonly file: string;
  readonly info: Deno.FileInfo;
}

function isProgram(file: string): boolean {
  const beginning = new Uint8Array(4);
  try {
    using opened = Deno.openSync(file);
    opened.readSync(beginning);
  } catch (error) {
    // What may be executed and not be read can only be a program of its own.
    if (toAbsence(error) === "forbidden") return true;
    throw error;
  }
  const { length } = PROGRAMS.filter((program) => beginning.toHex().startsWith(program));
  return length > 0;
}

/** What the error of a look at a file says about it. Throws the others on. */
function toAbsence(error: unknown): "missing" | "forbidden" {
  if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
    return "forbidden";
  }
  if (
    error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory ||
    error instanceof Deno.errors.FilesystemLoop ||
    // A name longer than the file system takes exists nowhere.
    (error as { code?: string }).code === "ENAMETOOLONG"
  ) return "missing";
  throw error;
}
