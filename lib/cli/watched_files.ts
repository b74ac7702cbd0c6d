/**
 * COMMAND LINE: which files are watched with `--dev`, and what is to be done when one of them changes.
 *
 *   of a fetch app    the folder of its project: the nearest with a deno.json, package.json or .git
 *   of a Python app   the folder that it lies in (--chdir)
 *   of a folder       the folder; of a single file, the file; of scripts (CGI), their folder
 *   static/           where it is on disk and not in the executable: it is read once, at the start
 *
 * What an app has read when it started, its code and its templates, is read again by starting anew; what
 * is read for each request needs no more than that pages are loaded again; a style sheet is changed in the
 * page. Whatever else lies beside an app, a database or a log, is its own business and changes nothing.
 * Where a file belongs to two folders, the inner one says what it is.
 */

import { dirname, relative, resolve, sep } from "node:path";
import type { Served, What } from "./what.ts";

/** What a change asks for. */
export type Consequence = "restart" | "reload" | "restyle";

/** A folder that is watched with all that is in it, or one file. */
export interface WatchedRoot {
  /** Absolute, without links. */
  readonly folder: string;
  /** The only file of it that matters; null for all. */
  readonly file: string | null;
  /** `app` is read at the start, `pages` for each request, and of `own` everything at the start. */
  readonly kind: "app" | "pages" | "own";
}

/** What is read once by an app, or may be. */
const STARTED =
  /\.(?:[cm]?[jt]sx?|jsonc?|wasm|pyi?|html?|xhtml|xml|jinja2?|j2|tmpl|tpl|hbs|ejs|njk|mustache|md|sql|ya?ml|toml|ini|cfg|po|mo)$|^\.env/i;
/** What browsers ask for by itself. */
const FETCHED = /\.(?:svg|png|jpe?g|gif|webp|avif|ico|woff2?|ttf|otf|mp[34]|webm)$/i;
/** Folders that hold what others have made: libraries, caches, history. */
const FOREIGN =
  /^(?:node_modules|bower_components|__pycache__|__pypackages__|site-packages|\.(?!well-known$).*)$/;
/** What editors leave beside the file that they write, for a moment. */
const PASSING = /^(?:4913|\.#.*|#.*#|.*~|.*\.(?:sw[a-z]|tmp|bak|part|pyc|pyo)|\.(?!env).*)$/;
const PROJECT = ["deno.json", "deno.jsonc", "package.json", ".git"];

/** What is to be watched for `served`, each folder once; `own` is our static/, null where it is no folder. */
export function toWatchedRoots(served: Served, own: string | null): WatchedRoot[] {
  const { what, mounts, cgi, fallback, python } = served;
  const whats = [
    what,
    ...mounts.map((mount) => mount.what),
    ...fallback === null ? [] : [fallback],
  ];
  const roots = [
    ...whats.flatMap((what) => toRoots(what, python.directory)),
    ...cgi.flatMap(({ directory }) => toRoot(directory, "pages")),
    ...own === null ? [] : toRoot(own, "own"),
  ];
  const seen = new Set<string>();
  return roots.filter(({ folder, file, kind }) => {
    const key = `${kind} ${file ?? folder}`;
    return !seen.has(key) && seen.add(key);
  });
}

function toRoots(what: What, pythonFolder: string): WatchedRoot[] {
  switch (what.kind) {
    case "site":
      return [];
    case "folder":
      return toRoot(what.folder.what, "pages");
    case "fetch":
      return toRoot(toProject(what.path), "app");
    case "wsgi":
      return toRoot(pythonFolder, "app");
  }
}

/** None where nothing is there, which whoever opens it will complain of. */
function toRoot(path: string, kind: WatchedRoot["kind"]): WatchedRoot[] {
  try {
    const real = Deno.realPathSync(path);
    if (Deno.statSync(real).isDirectory) return [{ folder: real, file: null, kind }];
    return [{ folder: dirname(real), file: real, kind }];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return [];
    }
    throw error;
  }
}

/** The folder of the project that a module belongs to; its own where there is none, or where it would be somebody's home. */
function toProject(module: string): string {
  const own = dirname(resolve(module));
  for (let folder = own; dirname(folder) !== folder; folder = dirname(folder)) {
    if (folder === Deno.env.get("HOME")) break;
    if (PROJECT.some((name) => exists(`${folder}/${name}`))) return folder;
  }
  return own;
}

/** Whether what lies in the folder at `path` is none of ours. The folder itself has to be below a root. */
export function isForeignFolder(path: string): boolean {
  return FOREIGN.test(path.slice(path.lastIndexOf(sep) + 1)) || exists(`${path}/pyvenv.cfg`);
}

/** What the change of the file at `path` asks for; null for nothing. */
export function toConsequence(
  path: string,
  roots: readonly WatchedRoot[],
): { readonly consequence: Consequence; readonly name: string } | null {
  const holding = roots.filter((root) => holds(root, path));
  const depth = Math.max(...holding.map(({ folder }) => folder.length));
  const found = holding.filter(({ folder }) => folder.length === depth)
    .map((root) => ({ consequence: judge(root, path), name: toName(root, path) }));
  for (const consequence of ["restart", "restyle", "reload"] as const) {
    const first = found.find((one) => one.consequence === consequence);
    if (first !== undefined) return { ...first, consequence };
  }
  return null;
}

function holds({ folder, file }: WatchedRoot, path: string): boolean {
  if (file !== null) return path === file;
  const below = relative(folder, path);
  if (below === "" || below.startsWith("..") || resolve(folder, below) !== path) return false;
  const names = below.split(sep);
  if (PASSING.test(names.at(-1)!)) return false;
  return names.slice(0, -1).every((_, depth) =>
    !isForeignFolder(resolve(folder, ...names.slice(0, depth + 1)))
  );
}

function judge({ kind }: WatchedRoot, path: string): Consequence | null {
  // The server's own style sheets are written into its pages when it starts.
  if (kind === "own") return "restart";
  const name = path.slice(path.lastIndexOf(sep) + 1);
  if (/\.css$/i.test(name)) return "restyle";
  if (kind === "pages") return "reload";
  if (STARTED.test(name)) return "restart";
  return FETCHED.test(name) ? "reload" : null;
}

/** The path below the root, with slashes. */
function toName({ folder }: WatchedRoot, path: string): string {
  return relative(folder, path).replaceAll(sep, "/");
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    // Not there, or not for us to see: then it says nothing either.
    return false;
  }
}
