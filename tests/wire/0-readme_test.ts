// README.md here against the tests: every test and case that it names is there, its sections stand in their
// order, and no section that has tests of its own is missing.

import { assert, assertEquals } from "../deps.ts";
import { readCorpus, sectionOf } from "../support/corpus.ts";

const HERE = new URL("./", import.meta.url);
const TESTS = new URL("../", import.meta.url);
const PAGE = Deno.readTextFileSync(new URL("README.md", HERE)).replaceAll(/\n +/g, " ");
/** `RFC 9110 15.2 to 15.4: Informational ...` */
const HEADING = /^## RFC (\d{4}) ([\d.]+)(?: to ([\d.]+))?: \S/gm;

/** What stands between the quotes of a list. */
const NAMES = [...PAGE.matchAll(/^- .*$/gm)]
  .flatMap(([item]) => [...item.matchAll(/"([^"]+)"/g)].map(([, name]) => name!));
const CASES = new Set(readCorpus().map(({ name }) => name));

function* sources(folder: URL): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* sources(new URL(`${name}/`, folder));
    else if (name.endsWith("_test.ts")) yield Deno.readTextFileSync(new URL(name, folder));
  }
}

Deno.test("every test that tests/wire/README.md names is there", () => {
  const titles = [...sources(TESTS)].join("\n");
  const missing = NAMES.filter((name) => !CASES.has(name) && !titles.includes(name));
  assertEquals(missing, []);
  assert(NAMES.length > 200, `${NAMES.length} names`);
});

Deno.test("the sections of tests/wire/README.md stand in the order of the RFCs", () => {
  const places = [...PAGE.matchAll(HEADING)].map(([, rfc, section]) =>
    toRank(`RFC ${rfc} ${section}`)
  );
  assertEquals(places.length, [...PAGE.matchAll(/^## /gm)].length);
  assertEquals(places, places.toSorted());
  assertEquals(new Set(places).size, places.length);
});

Deno.test("the corpus and the tests here stand in the order of the RFCs, each with its section", () => {
  const pages = [...new Set(readCorpus().map(({ file }) => sectionOf(file)))];
  assertEquals(pages.map(toRank), pages.map(toRank).toSorted());
  const files = [...Deno.readDirSync(HERE)].map(({ name }) => name)
    .filter((name) => /^[12]-.*_test\.ts$/.test(name)).sort();
  const sections = files.map((name) => sectionOf(name.replace("_test.ts", ".md")));
  assertEquals(sections.map(toRank), sections.map(toRank).toSorted());
  const headings = [...PAGE.matchAll(HEADING)].map(([, rfc, from, to]) => ({
    from: toRank(`RFC ${rfc} ${from}`),
    to: toRank(`RFC ${rfc} ${to ?? from}`),
  }));
  for (const section of [...pages, ...sections]) {
    const rank = toRank(section);
    const isThere = headings.some(({ from, to }) =>
      rank === from || (from !== to && from < rank && (rank < to || rank.startsWith(to))) ||
      // RFC 9110 has a heading for all methods, all conditions and so on.
      (rank.startsWith("002") && rank.startsWith(`${from}.`))
    );
    assert(isThere, `${section} is missing`);
  }
});

Deno.test("each case of the corpus names a rule of the section that its page is about", () => {
  for (const { file, name, section } of readCorpus()) {
    const isInside = section === sectionOf(file) || section.startsWith(`${sectionOf(file)}.`);
    assert(isInside, `"${name}" names ${section} and stands in ${file}`);
  }
});

Deno.test("tests/corpus/README.md lists every page with its section, in their order", () => {
  const index = Deno.readTextFileSync(new URL("../corpus/README.md", HERE));
  const listed = [...index.matchAll(/^\| (RFC [\d .]+?) +\| \[[^\]]+\]\(([^)]+)\)/gm)];
  const pages = [...new Set(readCorpus().map(({ file }) => file))];
  assertEquals(
    listed.map(([, section, file]) => [section, file]),
    pages.map((file) => [sectionOf(file), file]),
  );
});

/** `RFC 9112 3.2.1` and the like in a form that sorts; 9112 comes first. */
function toRank(section: string): string {
  const [, rfc, place = ""] = /^RFC (\d{4}) ([\d.]+)$/.exec(section) ?? [];
  return [rfc === "9112" ? 1 : 2, ...place.split(".")].map((part) => String(part).padStart(3, "0"))
    .join(".");
}
