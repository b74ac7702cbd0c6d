/**
 * WHAT ANSWERS: what lies at a path on disk, and whether it may be served.
 *
 * The status comes first, and it follows links: only regular files and folders are anything to us. A
 * device, a FIFO or a socket is never opened, for opening one may block for ever. Then the real path,
 * with every link in it resolved, has to lie inside the real root; that is the only question about
 * links, so one that stays inside is served, wherever it stands in the path.
 *
 * Calls are synchronous: 3 µs for a status where an asynchronous one costs 45.
 */

/** What was found. */
export type Located =
  | { readonly kind: "file"; readonly path: string; readonly info: Deno.FileInfo }
  | { readonly kind: "folder"; readonly path: string; readonly info: Deno.FileInfo }
  | { readonly kind: "missing" | "forbidden" | "outside" | "special" };

const MISSING = { kind: "missing" } as const;
const FORBIDDEN = { kind: "forbidden" } as const;
const OUTSIDE = { kind: "outside" } as const;
const SPECIAL = { kind: "special" } as const;

/** The folder that is served. */
export class Root {
  /** Its real path, without a slash at the end. */
  readonly path: string;
  readonly #followSymlinks: boolean;

  /** Throws a `Deno.errors` error where `path` cannot be resolved. */
  constructor(path: string, options: { followSymlinks: boolean }) {
    this.path = Deno.realPathSync(path).replace(/[/\\]+$/, "");
    this.#followSymlinks = options.followSymlinks;
  }

  /** What lies at `names` below the root. Throws what is neither absence nor refusal, such as a failing disk. */
  locate(names: readonly string[]): Located {
    const path = names.length === 0 ? `${this.path}/` : `${this.path}/${names.join("/")}`;
    try {
      const info = Deno.statSync(path);
      if (!this.contains(path)) return OUTSIDE;
      if (info.isFile) return { kind: "file", path, info };
      if (info.isDirectory) return { kind: "folder", path, info };
      return SPECIAL;
    } catch (error) {
      return toAbsence(error);
    }
  }

  /** Whether `path` is there and may be served. Throws what is neither absence nor refusal. */
  isServed(path: string): boolean {
    try {
      return this.contains(path);
    } catch (error) {
      toAbsence(error);
      return false;
    }
  }

  /** Whether `path`, which exists, lies inside the root when all links are resolved, or links may lead out. */
  contains(path: string): boolean {
    if (this.#followSymlinks) return true;
    const real = Deno.realPathSync(path);
    return real === this.path || real.startsWith(this.path + SEPARATOR) || this.path === "";
  }
}

const SEPARATOR = Deno.build.os === "windows" ? "\\" : "/";

/** What the error of a status or of opening says about the path. Throws the others on. */
export function toAbsence(error: unknown): Located {
  if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
    return MISSING;
  }
  // Deno itself refuses some paths to everybody, such as /proc/self/environ.
  if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
    return FORBIDDEN;
  }
  if (error instanceof Deno.errors.FilesystemLoop) return MISSING;
  // A name longer than the file system takes exists nowhere.
  if (error instanceof Error && (error as { code?: string }).code === "ENAMETOOLONG") {
    return MISSING;
  }
  throw error;
}
