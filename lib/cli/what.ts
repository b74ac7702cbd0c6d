/**
 * COMMAND LINE: what is to be served, told by the look of its name.
 *
 *   (nothing)            the embedded site
 *   app.ts, app.js ...   a Web-standard app, run
 *   flaskapp:app         a Python WSGI app, run; a file or folder of that very name comes first
 *   anything else        a folder or a file
 *
 * The same names stand behind `--mount /prefix=` and `--fallback`. Options about folders mean nothing to an
 * app and are refused where no folder is served.
 */

import { Failure, USAGE } from "./failure.ts";
import { enumerate, folderFlags, type FolderSettings, toFolder } from "./folder_options.ts";
import { BY_FLAG, type Given, type GivenOptions, lastOf } from "./given.ts";
import { quote, refuse, toNumber } from "./given_value.ts";
import type { OptionName } from "./option_table.ts";
import { DEFAULT_PYTHON } from "./serving_options.ts";

/** One thing to serve. */
export type What =
  | { readonly kind: "site" }
  | { readonly kind: "folder"; readonly folder: FolderSettings }
  | { readonly kind: "fetch"; readonly path: string }
  | { readonly kind: "wsgi"; readonly app: string };

/** Something that is served below a path. */
export interface MountSettings {
  /** Begins with a slash and does not end with one. */
  readonly prefix: string;
  readonly what: What;
}

/** A folder of scripts. */
export interface CgiSettings {
  /** As that of a mount. */
  readonly prefix: string;
  readonly directory: string;
}

/** How Python apps are run. */
export interface PythonSettings {
  /** The interpreter's name or path. */
  readonly python: string;
  /** Where the apps are. */
  readonly directory: string;
  /** Processes for each app. */
  readonly workers: number;
}

/** All that is to be served. */
export interface Served {
  readonly what: What;
  readonly mounts: readonly MountSettings[];
  readonly cgi: readonly CgiSettings[];
  /** What answers where `what` has nothing. */
  readonly fallback: What | null;
  readonly python: PythonSettings;
}

const SCRIPT = /\.(?:[cm]?[jt]s|[jt]sx)$/;
const WSGI_APP = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_][\w.]*(?:\(\))?$/;
const MOST_WORKERS = 1_000;
/** Where scripts are unless a prefix is given, as `CGIHTTPServer` had it. */
const CGI_PREFIX = "/cgi-bin";

/** All that is to be served. Throws `Failure` for what cannot be understood. */
export function toServed(given: GivenOptions, what: string | null): Served {
  const served: Served = {
    what: what === null ? { kind: "site" } : toWhat(given, what),
    mounts: (given.get("mount")?.values ?? []).map((text) => toMount(given, text)),
    cgi: toCgi(given.get("cgi"), what),
    fallback: toFallback(given, what),
    python: {
      python: given.has("python") ? lastOf(given.get("python")!) : DEFAULT_PYTHON,
      directory: given.has("chdir") ? lastOf(given.get("chdir")!) : ".",
      workers: toNumber(given.get("workers"), {
        otherwise: 1,
        from: 1,
        to: MOST_WORKERS,
        isWhole: true,
      }),
    },
  };
  const kinds = kindsOf(served);
  if (!kinds.includes("folder")) {
    refuseFlags(folderFlags(given), "without a folder: name one, such as ./public");
  }
  if (!kinds.includes("fetch")) {
    refuseFlags(flagsAmong(given, ["grant"]), "without an app: name one, such as app.ts");
  }
  if (!kinds.includes("wsgi")) {
    const flags = flagsAmong(given, ["python", "chdir", "workers"]);
    refuseFlags(flags, "without a Python app: name one, such as module:callable");
  }
  return served;
}

/** What kinds of things are served. */
export function kindsOf(
  { what, mounts, fallback }: Pick<Served, "what" | "mounts" | "fallback">,
): What["kind"][] {
  const all = [what, ...mounts.map((mount) => mount.what), ...fallback === null ? [] : [fallback]];
  return all.map(({ kind }) => kind);
}

/** The options of these names on the command line, as they were typed; a variable may be meant for other days. */
function flagsAmong(given: GivenOptions, names: readonly OptionName[]): string[] {
  return names.map((name) => given.get(name)).filter((one) => one?.rank === BY_FLAG)
    .map((one) => one!.source);
}

function refuseFlags(flags: readonly string[], advice: string): void {
  if (flags.length > 0) throw new Failure(`Cannot use ${enumerate(flags)} ${advice}`, USAGE);
}

/** What `text` names. */
function toWhat(given: GivenOptions, text: string): What {
  if (SCRIPT.test(text) && !isDirectory(text)) return { kind: "fetch", path: text };
  if (WSGI_APP.test(text) && !exists(text)) return { kind: "wsgi", app: text };
  return { kind: "folder", folder: toFolder(given, text) };
}

function toMount(given: GivenOptions, text: string): MountSettings {
  const [, prefix = "", name = ""] = /^(\/[^=]*)=(.+)$/s.exec(text) ?? [];
  if (name === "") {
    throw refuse(given.get("mount")!, "give /prefix=WHAT, such as /api=app.ts", text);
  }
  return { prefix: toPrefix(given.get("mount")!, { prefix, text }), what: toWhat(given, name) };
}

function toPrefix(given: Given, { prefix, text }: { prefix: string; text: string }): string {
  const segments = prefix.replace(/\/$/, "").split("/").slice(1);
  if (segments.length === 0) throw refuse(given, "what answers / is named without an option", text);
  if (segments.some((segment) => segment === "" || segment === "." || segment === "..")) {
    throw refuse(given, "give a prefix such as /api or /api/v2", text);
  }
  return `/${segments.join("/")}`;
}

function toCgi(given: Given | undefined, what: string | null): CgiSettings[] {
  if (given === undefined) return [];
  return given.values.map((text) => {
    if (text !== "") {
      const [, prefix = "", directory = ""] = /^(\/[^=]*)=(.+)$/s.exec(text) ?? [];
      if (directory === "") {
        throw refuse(given, "give /prefix=FOLDER, such as /cgi-bin=./cgi", text);
      }
      return { prefix: toPrefix(given, { prefix, text }), directory };
    }
    if (what === null || !isDirectory(what)) {
      throw new Failure(`Cannot use ${given.source} without a folder: give /prefix=FOLDER`, USAGE);
    }
    return { prefix: CGI_PREFIX, directory: `${what}${CGI_PREFIX}` };
  });
}

function toFallback(given: GivenOptions, what: string | null): What | null {
  const fallback = given.get("fallback");
  if (fallback === undefined) return null;
  const found = toWhat(given, lastOf(fallback));
  if (found.kind === "folder") {
    throw refuse(fallback, "give an app, such as app.ts or module:callable");
  }
  if (what === null || toWhat(given, what).kind !== "folder") {
    throw new Failure(
      `Cannot use ${fallback.source} without a folder that it stands behind`,
      USAGE,
    );
  }
  return found;
}

/** What `what` may be meant to be; for the message that there is no such thing. */
export function adviseOn(what: string): string {
  const module = what.replace(/\.py$/, "");
  return /^[A-Za-z_][\w.]*$/.test(module) && exists(`${module.replaceAll(".", "/")}.py`)
    ? ` (a Python app is named module:callable, such as ${quote(`${module}:app`)})`
    : "";
}

function exists(path: string): boolean {
  return toInfo(path) !== null;
}

function isDirectory(path: string): boolean {
  return toInfo(path)?.isDirectory ?? false;
}

function toInfo(path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch {
    // Whoever opens it will say why it cannot be.
    return null;
  }
}
