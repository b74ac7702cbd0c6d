// README.md and lib/README.md say what is so: the commands exist, the options are those of the program,
// the links lead somewhere.

import { OPTIONS } from "../lib/cli/option_table.ts";
import type { OptionRow } from "../lib/cli/option_row.ts";
import { assert, assertEquals, assertGreater, assertMatch } from "./deps.ts";

const ROOT = new URL("../", import.meta.url);
const README = "README.md";
const LESSON = "lib/README.md";
const DENO = "npx -y deno@2.7.11";
const ROWS: readonly OptionRow[] = OPTIONS;

Deno.test("README.md begins with the command that serves and the command that tests", () => {
  assertEquals(commandsIn(read(README)).slice(0, 2), [`${DENO} task dev`, `${DENO} task test`]);
});

Deno.test("README.md's first command serves at the address that the text names", () => {
  const port = ROWS.find(({ name }) => name === "port")?.initially;
  assertMatch(read(README), new RegExp(`^serves .*http://localhost:${port}/`, "m"));
});

Deno.test("README.md has one row for each option, with the name, the value and the default of --help", () => {
  const rows = read(README).split("\n").filter((line) => /^\|[^|]*`--[a-z]/.test(line)).map(
    cellsOf,
  );
  const shown = rows.map(([flags = "", initially = ""]) => ({ flags, initially }));
  const wanted = ROWS.map(({ name, short, value, isValueOptional = false, initially = "" }) => ({
    flags: `${short === undefined ? "" : `-${short}, `}--${name}${
      value === undefined ? "" : isValueOptional ? `[=${value}]` : ` ${value}`
    }`,
    initially,
  }));
  assertEquals(shown, wanted);
});

for (const path of [README, LESSON]) {
  Deno.test(`every link in ${path} leads to a file, and every anchor to a heading`, () => {
    const text = proseOf(read(path));
    const targets = [
      ...matches(text, /\]\(\s*<?([^)\s>]+)/g),
      ...matches(text, /^\s*\[[^\]]+\]:\s*<?([^\s>]+)/gm),
      ...matches(text, /\b(?:src|href|srcset)="([^"\s]+)/g),
    ].filter((target) => !/^[a-z][a-z+.-]*:/i.test(target));
    const dead = targets.filter((target) => {
      const [file = "", anchor] = target.split("#");
      const url = new URL(file || path.slice(path.lastIndexOf("/") + 1), new URL(path, ROOT));
      return !exists(url) || (anchor !== undefined && !anchorsOf(url).includes(anchor));
    });
    assertEquals(dead, []);
  });

  Deno.test(`every task, script and option in ${path}'s commands exists`, () => {
    const text = read(path);
    const { tasks } = JSON.parse(read("deno.json"));
    const named = matches(text, /\bdeno(?:@[\w.-]+)? task ([\w:-]+)/g);
    assertGreater(named.length, 0);
    assertEquals(named.filter((task) => !Object.hasOwn(tasks, task)), []);
    const scripts = matches(text, /\bdeno(?:@[\w.-]+)? run [^`\n]*?([\w./-]+\.ts)\b/g);
    assertEquals(scripts.filter((script) => !exists(new URL(script, ROOT))), []);
    const flags = commandsIn(text).flatMap(flagsOf);
    const known = ROWS.flatMap(({ name, short }) => [`--${name}`, `-${short}`]);
    assertEquals(flags.filter((flag) => !known.includes(flag)), []);
  });

  Deno.test(`${path} names one version of Deno in its commands`, () => {
    const versions = new Set(matches(read(path), /\bdeno@([\w.-]+)/g));
    assertEquals([...versions], ["2.7.11"]);
  });
}

Deno.test("every folder of lib/ has its section in lib/README.md, and every file named there exists", () => {
  const text = read(LESSON);
  const headings = matches(text, /^## \d+\. .*`(\w+)\/`$/gm);
  const folders = entriesOf(new URL("lib/", ROOT)).filter(({ isDirectory }) => isDirectory);
  assertEquals(headings.toSorted(), folders.map(({ name }) => name).sort());
  const files = filesIn(new URL("lib/", ROOT));
  const named = matches(proseOf(text), /`([\w./-]+\.ts)`/g);
  assertGreater(named.length, 0);
  const missing = named.filter((name) =>
    !exists(new URL(name, ROOT)) && !files.some((file) => file.endsWith(`/${name}`))
  );
  assertEquals(missing, []);
});

/** The text of a file in the repository. Throws where it is missing. */
function read(path: string): string {
  const url = new URL(path, ROOT);
  assert(exists(url), `${path} is missing`);
  return Deno.readTextFileSync(url).replaceAll("\r\n", "\n");
}

const FENCE = /^ *(?:```|~~~)(\w*)[^\n]*\n(.*?)^ *(?:```|~~~) *$/gms;
const SHELLS = ["", "sh", "bash", "shell", "console"];

/** The lines of its code blocks that a shell is meant to run, without comments. */
function commandsIn(text: string): string[] {
  return [...text.matchAll(FENCE)].filter(([, language = ""]) => SHELLS.includes(language))
    .flatMap(([, , code = ""]) => code.split("\n"))
    .map((line) => line.replace(/(?:^|\s+)#.*$/, "").replace(/^\$ /, "").trim())
    .filter((line) => line !== "");
}

/** `text` without its code blocks. */
function proseOf(text: string): string {
  return text.replace(FENCE, "");
}

/** The options that a command line gives to rawserve, as far as the shell's next word. */
function flagsOf(command: string): string[] {
  const [, args = ""] =
    /(?:\brawserve|\btask (?:start|dev))((?:\s+[^|&;<>\s]\S*)*)/.exec(command) ?? [];
  return matches(args, /(?:^|\s)(-\w|--[\w-]+)/g);
}

/** The cells of a table's row, without marks of code and with bars as they are read. */
function cellsOf(line: string): string[] {
  return line.replace(/^\|/, "").replace(/\|\s*$/, "").split(/(?<!\\)\|/)
    .map((cell) => cell.replaceAll("`", "").replaceAll("\\|", "|").trim());
}

/** The anchors that GitHub gives to the headings of a Markdown file. */
function anchorsOf(url: URL): string[] {
  return matches(proseOf(Deno.readTextFileSync(url)), /^#+ +(.*?) *#*$/gm).map((heading) =>
    heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-")
  );
}

function matches(text: string, pattern: RegExp): string[] {
  return Array.from(text.matchAll(pattern), ([, found = ""]) => found);
}

function exists(url: URL): boolean {
  try {
    Deno.statSync(url);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}

function entriesOf(folder: URL): Deno.DirEntry[] {
  return [...Deno.readDirSync(folder)];
}

function filesIn(folder: URL): string[] {
  return entriesOf(folder).flatMap(({ name, isDirectory }) =>
    isDirectory ? filesIn(new URL(`${name}/`, folder)) : [new URL(name, folder).pathname]
  );
}
