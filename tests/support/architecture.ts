// The rules of DESIGN section 1 as code: which folder may import which, and which words must not stand
// where. The checker is a function over sources, so that a test can show it bad ones.
//
// Comments are taken out before words are looked for: prose may say "await". Strings stay, for a word of
// HTTP in a string of net is a word of HTTP. The scanner knows strings, templates and regular
// expressions only as far as it must to tell what a comment is.

/** One folder of lib/: what it may import of ours, and what must not stand in it. */
interface Layer {
  readonly imports: RegExp;
  readonly words: readonly (readonly [pattern: RegExp, why: string])[];
  /** Files that the words do not bind. */
  readonly except?: RegExp;
}

const PRINTS = /\bconsole\s*\.|\bDeno\s*\.\s*(?:stdout|stderr)\b|\balert\s*\(/;
const FILES_AND_PROCESSES =
  /\bDeno\s*\.\s*(?:open|stat|lstat|read(?:Text)?File|readDir|write(?:Text)?File|remove|rename|mkdir|realPath|makeTemp\w*|Command|run|env|args|exit)\w*\b|\bnew Worker\b/;
const SOCKETS = /\bDeno\s*\.\s*(?:listen|connect|startTls|serve)\w*\b/;

const LAYERS: Readonly<Record<string, Layer>> = {
  net: {
    imports: /^lib\/net\//,
    words: [[/\bhttps?\b|\brequests?\b|\bresponses?\b|\bheaders?\b|chunked|content-/i, "HTTP"]],
  },
  http1: {
    imports: /^lib\/http1\//,
    words: [
      [/\bDeno\b/, "Deno"],
      [/\bawait\b|\basync\b/, "await"],
      [/\b(?:set|clear)(?:Timeout|Interval)\b|\bqueueMicrotask\b/, "timers"],
      [/\bDate\s*\.\s*now\b|\bperformance\b|\bnew Date\s*\(\s*\)/, "the clock"],
      [/\bMath\s*\.\s*random\b|\bcrypto\b|\bfetch\s*\(/, "anything but its arguments"],
    ],
  },
  server: {
    imports: /^lib\/(?:server|http1|net)\//,
    words: [[FILES_AND_PROCESSES, "files and processes"], [SOCKETS, "sockets"]],
    except: /^lib\/server\/workers?\.ts$/,
  },
  handlers: {
    // Of server the contract, and the answers that it keeps ready, gives itself or hands the connection to.
    imports:
      /^lib\/(?:handlers\/|http1\/|server\/(?:file_slice|handler|ready_answer|text_answer|upgrade)\.ts$)/,
    words: [[SOCKETS, "sockets"]],
  },
  // The version stands in deno.json.
  cli: { imports: /^(?:lib\/|deno\.json$)/, words: [] },
};

const NAMELESS = /^(?:utils?|helpers?|common|types?|index|misc|shared)\b/;
const FROM = /\b(?:from|import)\s*\(?\s*(["'])([^"'\n]+)\1/g;

/** What breaks the rules in `sources`, from path to text; a line each, empty where nothing does. */
export function findViolations(sources: ReadonlyMap<string, string>): string[] {
  const violations: string[] = [];
  const graph = new Map<string, string[]>();
  for (const [path, source] of sources) {
    const code = withoutComments(source);
    const imported = importsOf(code, path);
    graph.set(path, imported.ours);
    for (const specifier of imported.foreign) {
      violations.push(`${path} imports ${specifier}: nothing outside the repository but node:`);
    }
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (NAMELESS.test(name)) violations.push(`${path}: ${name} says nothing about what is in it`);
    violations.push(...violationsOfLayer(path, { code, imports: imported.ours }));
  }
  const cycle = findCycle(graph);
  if (cycle !== null) violations.push(`Imports go round in a circle: ${cycle.join(" -> ")}`);
  return violations;
}

function violationsOfLayer(
  path: string,
  { code, imports }: { code: string; imports: string[] },
): string[] {
  const folder = /^lib\/(\w+)\//.exec(path)?.[1];
  if (folder === undefined) {
    const others = path === "main.ts" ? imports.filter((other) => !/^lib\/cli\//.test(other)) : [];
    return others.map((other) => `${path} imports ${other}: main knows the command line alone`);
  }
  const layer = LAYERS[folder];
  if (layer === undefined) return [`${path}: ${folder} is no layer`];
  const violations = imports.filter((other) => !layer.imports.test(other))
    .map((other) => `${path} imports ${other}: arrows go downward only`);
  const kind = kindOfHandler(path);
  for (const other of imports) {
    const otherKind = kindOfHandler(other);
    if (folder === "handlers" && otherKind !== null && otherKind !== kind) {
      violations.push(`${path} imports ${other}: handlers do not know their siblings`);
    }
  }
  if (folder !== "cli" && PRINTS.test(code)) violations.push(`${path} prints: only cli does`);
  if (layer.except?.test(path)) return violations;
  for (const [pattern, why] of layer.words) {
    const found = pattern.exec(code);
    if (found !== null) {
      violations.push(`${path} says ${found[0]}: ${folder} has nothing of ${why}`);
    }
  }
  return violations;
}

/** The folder in lib/handlers that `path` lies in; null for what lies in none and is shared. */
function kindOfHandler(path: string): string | null {
  return /^lib\/handlers\/(\w+)\//.exec(path)?.[1] ?? null;
}

function importsOf(code: string, path: string): { ours: string[]; foreign: string[] } {
  const ours: string[] = [];
  const foreign: string[] = [];
  for (const [, , specifier = ""] of code.matchAll(FROM)) {
    if (/^\.\.?\//.test(specifier)) {
      ours.push(new URL(specifier, `file:///${path}`).pathname.slice(1));
    } else if (!specifier.startsWith("node:")) foreign.push(specifier);
  }
  return { ours, foreign };
}

function findCycle(graph: ReadonlyMap<string, string[]>): string[] | null {
  const done = new Set<string>();
  const visit = (path: string, way: string[]): string[] | null => {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path];
    if (done.has(path)) return null;
    for (const next of graph.get(path) ?? []) {
      const cycle = visit(next, [...way, path]);
      if (cycle !== null) return cycle;
    }
    done.add(path);
    return null;
  };
  for (const path of graph.keys()) {
    const cycle = visit(path, []);
    if (cycle !== null) return cycle;
  }
  return null;
}

// A regular expression begins where no value has just ended; only its quotes and slashes matter here.
const PARTS =
  /\/\/[^\n]*|\/\*[^]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[^]|[^`\\])*`|(?<=(?:[(,=:[!&|?{};>]|\breturn)\s*)\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\//g;

/** `source` with a space for every comment. */
export function withoutComments(source: string): string {
  return source.replace(PARTS, (part) => /^\/[/*]/.test(part) ? " " : part);
}
