// lib/http1/README.md against the sources and the corpus: what it says is refused is refused, with that status
// and for that section, and nothing else is.

import { assert, assertEquals } from "../deps.ts";
import { readCorpus } from "../support/corpus.ts";

const LIB = new URL("../../lib/", import.meta.url);
const PAGE = Deno.readTextFileSync(new URL("http1/README.md", LIB));
const ROW = /^\| (RFC \d{4} [\d.]+) +\| (\d{3}) +\| \S/gm;
const REFUSALS: ReadonlySet<string> = new Set(
  [...PAGE.matchAll(ROW)].map(([, section, status]) => `${status} ${section}`),
);
/** What only time, or other connections, can bring about. */
const NOT_BY_OCTETS = ["408 RFC 9110 15.5.9", "503 RFC 9110 15.6.4"];

/** Every status with its section that a `ProtocolError` can carry, by the sources' own words. */
function refusalsInSources(): Set<string> {
  const found = new Set<string>();
  for (const folder of ["http1/", "server/"]) {
    for (const { name } of Deno.readDirSync(new URL(folder, LIB))) {
      if (!name.endsWith(".ts")) continue;
      const source = Deno.readTextFileSync(new URL(folder + name, LIB));
      for (const [, section] of source.matchAll(/badRequest\(\s*"[^"]+",\s*"([^"]+)",?\s*\)/g)) {
        found.add(`400 ${section}`);
      }
      const options = /new ProtocolError\([^{]+\{\s*status: (\d{3}),\s*section: "([^"]+)",?\s*\}/g;
      for (const [, status, section] of source.matchAll(options)) {
        found.add(`${status} ${section}`);
      }
    }
  }
  return found;
}

Deno.test("every refusal in the sources is one by the ways that the next test can read", () => {
  for (const folder of ["http1/", "server/"]) {
    for (const { name } of Deno.readDirSync(new URL(folder, LIB))) {
      if (!name.endsWith(".ts") || name === "protocol_error.ts") continue;
      const source = Deno.readTextFileSync(new URL(folder + name, LIB));
      const made = [...source.matchAll(/badRequest\(|new ProtocolError\(/g)].length;
      const read = [
        ...source.matchAll(/badRequest\(\s*"[^"]+",\s*"RFC /g),
        ...source.matchAll(/new ProtocolError\([^{]+\{\s*status: \d{3},\s*section: "RFC /g),
      ].length;
      assertEquals(read, made, `${folder}${name}`);
    }
  }
});

Deno.test("lib/http1/README.md has every refusal, and no other", () => {
  assertEquals([...REFUSALS].sort(), [...refusalsInSources()].sort());
});

Deno.test("every refusal of lib/http1/README.md has a case in the corpus, and the other way round", () => {
  const cases = new Set(
    readCorpus().flatMap(({ answers }) => answers.map(({ line }) => line))
      .filter((line) => /^\d{3} RFC/.test(line)),
  );
  const byOctets = [...REFUSALS].filter((refusal) => !NOT_BY_OCTETS.includes(refusal));
  assertEquals(byOctets.sort(), [...cases].sort());
});

Deno.test("the rows of lib/http1/README.md stand in the order of the sections", () => {
  const sections = [...PAGE.matchAll(ROW)].map(([, section]) => section!);
  assert(sections.length > 20);
  const rank = (section: string) => {
    const [, rfc, place] = /^RFC (\d+) ([\d.]+)$/.exec(section)!;
    return [["9112", "9110", "6585"].indexOf(rfc!), ...place!.split(".").map(Number)]
      .map((number) => String(number).padStart(3, "0")).join(".");
  };
  assertEquals(sections, sections.toSorted((a, b) => rank(a) < rank(b) ? -1 : 1));
});
