/**
 * COMMAND LINE: a module becomes an app, or one line that says what is wrong with it, and where.
 *
 * The convention is that of `deno serve`, Workers and Bun: the default export is a function from
 * `Request` to `Response`, or an object with such a method called `fetch`. What goes wrong while the
 * module is read, linked or run is somebody's mistake in a file; the platform tells the place now in
 * the message and now in the stack, and here it is looked for in both.
 */

import { stripVTControlCharacters } from "node:util";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { FetchFunction } from "../handlers/apps/fetch_app.ts";
import { FAILED, Failure, USAGE } from "./failure.ts";
import { quote } from "./given_value.ts";

/** What an app has to export, for messages. */
const CONVENTION = "export default { fetch(request) { return new Response() } }";
/** How the platform says that a package is missing which was named as Node does, or with `npm:`. */
const NO_PACKAGE =
  /^(?:Import "([^"]+)" not a dependency|Could not find a matching package for 'npm:([^']+)')/;
/** How it says that the app lacks a permission: the flag is Deno's, and ours is another. */
const NO_PERMISSION =
  /(?:run again with the|specify the required permissions during compilation using `deno compile) --allow-(\w+)(?: flag|`)/;
/** The platform writes addresses now with escapes and now without. */
const PLACE = /file:\/\/(\/[^\n"']+?):(\d+):(\d+)/;

/**
 * Imports the module at `path` and returns its app. Rejects with `Failure`: 2 where there is no such file, 1
 * where it cannot be run or exports no app.
 */
export async function loadApp(path: string): Promise<FetchFunction> {
  const file = findFile(path);
  let exported: unknown;
  try {
    ({ default: exported } = await import(pathToFileURL(file).href));
  } catch (error) {
    throw new Failure(
      `Cannot run ${quote(path)}: ${explain(error)}${adviseOn(path, error)}`,
      FAILED,
      { cause: error },
    );
  }
  const app = toFetchFunction(exported);
  if (app !== null) return app;
  const found = exported === undefined
    ? "it has no default export"
    : "its default export is no app";
  throw new Failure(`Cannot run ${quote(path)}: ${found} (${CONVENTION})`, FAILED);
}

function findFile(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Failure(`Cannot run ${quote(path)}: there is no such file`, USAGE);
  }
}

function toFetchFunction(exported: unknown): FetchFunction | null {
  if (typeof exported === "function") return exported as FetchFunction;
  if (typeof exported !== "object" || exported === null) return null;
  const { fetch } = exported as { fetch?: unknown };
  // It may need its object, and may be replaced in it while the app runs.
  return typeof fetch === "function"
    ? (request, info) => (exported as { fetch: FetchFunction }).fetch(request, info)
    : null;
}

/** What went wrong, on one line, and where if the error knows. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return `it threw ${Deno.inspect(error)}`;
  const message = stripVTControlCharacters(error.message);
  const stack = stripVTControlCharacters(error.stack ?? "");
  const place = toPlace(message) ?? toPlace(stack);
  const missing = explainPackage(message, place);
  if (missing !== null) return missing;
  const said = message.split("\n")[0]!.replace(PLACE, "").replace(/(?: at |\.)$/, "")
    .replace(NO_PERMISSION, "give it --grant $1");
  // The platform's own complaints about a module explain themselves.
  const isPlain = error.name === "Error" || "code" in error;
  const name = isPlain ? "" : `${error.name}: `;
  return `${name}${said}${place === null ? "" : ` (${place})`}`;
}

/** Says that a package is not where it is looked for, and what to do; null where `message` says something else. */
function explainPackage(message: string, place: string | null): string | null {
  const [, bare, prefixed] = NO_PACKAGE.exec(message) ?? [];
  const name = bare ?? prefixed;
  if (name === undefined) return null;
  // The executable looks in node_modules, and Deno with the configuration of this project does not.
  const advice = Deno.build.standalone
    ? "install it beside the app, with npm"
    : `import it as npm:${name}, or from node_modules by deno run --node-modules-dir=manual`;
  const where = place === null ? "" : ` (${place})`;
  return `there is no package ${quote(name)}${where}; ${advice}`;
}

/** The executable has the engine, and neither a compiler nor a package manager. */
function adviseOn(path: string, error: unknown): string {
  if (!Deno.build.standalone || !(error instanceof Error)) return "";
  if (error instanceof SyntaxError && /\.(?:[cm]?ts|[jt]sx)$/.test(path)) {
    return "; this executable runs JavaScript: make some of it (deno bundle), or run rawserve by Deno";
  }
  return /^Module not found: (?:jsr|https?):/.test(error.message)
    ? "; this executable fetches no modules: make one file of them (deno bundle)"
    : "";
}

/** The first place that `text` names, outside of this file. */
function toPlace(text: string): string | null {
  const [, path, line, column] = PLACE.exec(text) ?? [];
  if (path === undefined || `file://${path}` === import.meta.url) return null;
  const isEscaped = /%[0-9A-F]{2}/.test(path) && URL.canParse(`file://${path}`);
  return `${isEscaped ? fileURLToPath(`file://${path}`) : path}:${line}:${column}`;
}
