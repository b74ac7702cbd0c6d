// Reads tests/corpus: requests and what must become of them, in Markdown. The notation is described
// in tests/corpus/README.md, for people; this is the same for machines, and strict: a case that is
// written wrong is an error, not a case less.

import { toBytes } from "./raw_client.ts";

/** One answer that a case expects, or that was observed. */
export interface Answer {
  /** `200 GET / HTTP/1.1 "content"`, or `400 RFC 9112 5.1` for a refusal. */
  readonly line: string;
  /** Field lines that the handler sees, `Name: value`; of an expected answer, some of them. */
  readonly fields: readonly string[];
}

/** One request, or several on one connection, and what must become of them. */
export interface CorpusCase {
  readonly file: string;
  readonly name: string;
  /** The first rule that the case's prose names, such as `RFC 9112 5.1`. */
  readonly section: string;
  readonly request: Uint8Array;
  /** Whether the peer ends its side behind the request. */
  readonly ends: boolean;
  readonly answers: readonly Answer[];
  readonly staysOpen: boolean;
}

const CORPUS = new URL("../corpus/", import.meta.url);
/** `1-rfc9112-03.2-host.md`: pages sort in the order of the RFCs' sections. */
const PAGE = /^\d-rfc(\d{4})-([\d.]+)-\w+\.md$/;
const SECTION = /RFC\s\d{4}\s[1-9]\d*(?:\.\d+)*/;
const REFUSAL = /^(?:4|5)\d\d RFC \d{4} \d+(?:\.\d+)*$/;
const REQUEST = /^[2-5]\d\d [^ ]+ [^ ]+ HTTP\/1\.[01](?: "[^]*")?$/;

/** The section that a file is about, by its name, such as `RFC 9112 3.2`. */
export function sectionOf(file: string): string {
  const [, rfc, section = ""] = PAGE.exec(file) ?? [];
  return `RFC ${rfc} ${section.replace(/^0/, "")}`;
}

/** Every case of every file, in the files' order. */
export function readCorpus(): CorpusCase[] {
  const files = [...Deno.readDirSync(CORPUS)].map((entry) => entry.name)
    .filter((name) => PAGE.test(name)).sort();
  return files.flatMap((file) => parseCorpus(Deno.readTextFileSync(new URL(file, CORPUS)), file));
}

/** The cases of one file. Throws where one is written wrong. */
export function parseCorpus(markdown: string, file: string): CorpusCase[] {
  const cases: CorpusCase[] = [];
  for (const part of markdown.split(/^## /m).slice(1)) {
    const name = part.slice(0, part.indexOf("\n")).trim();
    const wrong = (what: string): never => {
      throw new SyntaxError(`${file}, "${name}": ${what}`);
    };
    const blocks = [...part.matchAll(/^```(\w*)\n([^]*?)^```$/gm)];
    if (blocks.length === 0) continue;
    const [request, outcome] = blocks;
    if (blocks.length !== 2 || request?.[1] !== "http" || outcome?.[1] !== "outcome") {
      wrong("a case has one http block and one outcome block, in this order");
    }
    const [section] = SECTION.exec(part.slice(0, request!.index)) ?? wrong("no RFC is named");
    if (cases.some((other) => other.name === name)) wrong("the name is taken");
    try {
      cases.push({
        file,
        name,
        section: section.replaceAll("\n", " "),
        ...parseRequest(request![2]!),
        ...parseOutcome(outcome![2]!),
      });
    } catch (error) {
      wrong((error as Error).message);
    }
  }
  return cases;
}

/** The octets that an http block stands for. */
export function parseRequest(block: string): Pick<CorpusCase, "request" | "ends"> {
  const ends = block.endsWith("{end}\n");
  const isOpen = /(?:^|[^\\])(?:\\\\)*\\\n$/.test(block);
  const text = ends ? block.slice(0, -"{end}\n".length) : isOpen ? block : `${block}\n`;
  const wire = text.replace(
    /\\([^])|\n/g,
    (whole, escaped) => escaped === undefined ? "\r\n" : escaped === "\n" ? "" : whole,
  );
  return { request: toBytes(decodeEscapes(wire)), ends };
}

function parseOutcome(block: string): Pick<CorpusCase, "answers" | "staysOpen"> {
  const lines = block.trimEnd().split("\n");
  const answers: { line: string; fields: string[] }[] = [];
  const last = lines.at(-1)!;
  const isRefused = REFUSAL.test(last);
  if (!isRefused) {
    lines.pop();
    if (last !== "closes" && last !== "stays open") {
      throw new SyntaxError('an outcome ends with a refusal, "closes" or "stays open"');
    }
  }
  lines.forEach((line, i) => {
    const [, once = "", times = 1] = /^(.*?)(?: \((\d+) times\))?$/.exec(line)!;
    const text = decodeEscapes(once);
    if (line.startsWith("  ") && answers.length > 0) answers.at(-1)!.fields.push(text.slice(2));
    else if (REQUEST.test(text) || (isRefused && i === lines.length - 1)) {
      for (let n = 0; n < Number(times); n++) answers.push({ line: text, fields: [] });
    } else throw new SyntaxError(`not an outcome: ${line}`);
  });
  return { answers, staysOpen: last === "stays open" };
}

const ESCAPES: Record<string, string> = {
  r: "\r",
  n: "\n",
  t: "\t",
  0: "\0",
  s: " ",
  "\\": "\\",
  "{": "{",
  "}": "}",
};

function decodeEscapes(text: string): string {
  const pattern = /\\x([0-9a-f]{2})|\\(.)|\{((?:\\.|[^{}\\])+)\*(\d+)\}|([{\\]|[^\0-\x7f])/g;
  return text.replace(pattern, (_, hex, letter, repeated, count, stray) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    if (repeated !== undefined) return decodeEscapes(repeated).repeat(Number(count));
    const plain = letter === undefined ? undefined : ESCAPES[letter];
    if (plain === undefined) {
      throw new SyntaxError(`not in the notation: ${stray ?? `\\${letter}`}`);
    }
    return plain;
  });
}

/** `octets` in the notation of the corpus, on one line. */
export function escapeOctets(octets: Uint8Array): string {
  const names = new Map(Object.entries(ESCAPES).map(([name, octet]) => [octet, name]));
  names.delete(" ");
  return Array.from(octets, (octet) => {
    const character = String.fromCharCode(octet);
    const name = names.get(character);
    if (name !== undefined) return `\\${name}`;
    if (octet >= 0x20 && octet < 0x7f) return character;
    return `\\x${octet.toString(16).padStart(2, "0")}`;
  }).join("");
}

/** How what was observed differs from what the case expects, null where it does not. */
export function differenceFrom(
  expected: Pick<CorpusCase, "answers" | "staysOpen">,
  observed: { answers: readonly Answer[]; staysOpen: boolean },
): string | null {
  const lines = (outcome: typeof observed) =>
    [
      ...outcome.answers.map(({ line }) => shorten(line)),
      outcome.staysOpen ? "stays open" : "closes",
    ].join(" | ");
  if (lines(expected) !== lines(observed)) {
    return `expected ${lines(expected)}\n       got ${lines(observed)}`;
  }
  for (const [i, { line, fields }] of expected.answers.entries()) {
    const seen = observed.answers[i]!.fields;
    const missing = fields.filter((field) => !seen.includes(field));
    if (missing.length > 0) return `${line}: the handler does not see ${missing} but ${seen}`;
  }
  return null;
}

function shorten(line: string): string {
  const text = JSON.stringify(line).slice(1, -1);
  return text.length <= 200 ? text : `${text.slice(0, 100)}...(${text.length})`;
}
