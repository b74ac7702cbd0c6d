// The notation of tests/corpus, and that a case which is written wrong is found.

import { assert, assertEquals, assertGreaterOrEqual, assertThrows } from "../deps.ts";
import {
  type Answer,
  differenceFrom,
  escapeOctets,
  parseCorpus,
  parseRequest,
  readCorpus,
} from "./corpus.ts";
import { toText } from "./raw_client.ts";

const notation: [name: string, block: string, octets: string][] = [
  ["ends with an empty line", "GET / HTTP/1.1\nHost: a\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["a backslash at the end adds nothing", "a\n\nhello\\\n", "a\r\n\r\nhello"],
  ["a backslash inside joins lines", "a\\\nb\nc\\\n", "ab\r\nc"],
  ["an escaped backslash joins nothing", "a\\\\\nb\\\n", "a\\\r\nb"],
  ["escapes", String.raw`\r\n\t\0\s\\\{\x80` + "\\\n", "\r\n\t\0 \\{\x80"],
  ["repetition", "{ab*3}{x*0}{\\r\\n*2}\\\n", "ababab\r\n\r\n"],
  ["the end of the connection", "GET{end}\n", "GET"],
];

for (const [name, block, octets] of notation) {
  Deno.test(`the corpus's notation: ${name}`, () => {
    assertEquals(toText(parseRequest(block).request), octets);
  });
}

Deno.test("the corpus's notation: {end} ends the peer's side and nothing else does", () => {
  assertEquals(parseRequest("GET{end}\n").ends, true);
  assertEquals(parseRequest("GET\n").ends, false);
});

Deno.test("escapeOctets is undone by the notation", () => {
  const octets = Uint8Array.from({ length: 256 }, (_, octet) => octet);
  assertEquals(parseRequest(`${escapeOctets(octets)}\\\n`).request, octets);
});

const page = (request: string, outcome: string, prose = "RFC 9112 3.2 says so.") =>
  `# Title\n\nProse.\n\n## A case\n\n${prose}\n\n` +
  `\`\`\`http\n${request}\n\`\`\`\n\n\`\`\`outcome\n${outcome}\n\`\`\`\n`;

Deno.test("parseCorpus reads answers, fields and what becomes of the connection", () => {
  const [good] = parseCorpus(
    page("GET /a HTTP/1.1", '200 GET /a HTTP/1.1 "{x*3}"\n  A: \\x80\nstays open'),
    "x.md",
  );
  assertEquals([good!.name, good!.section, good!.file], ["A case", "RFC 9112 3.2", "x.md"]);
  assertEquals(good!.answers, [{ line: '200 GET /a HTTP/1.1 "xxx"', fields: ["A: \x80"] }]);
  assert(good!.staysOpen);
  const [bad] = parseCorpus(page("GET", "200 GET / HTTP/1.0\n400 RFC 9112 3"), "x.md");
  assertEquals(bad!.answers.map(({ line }) => line), ["200 GET / HTTP/1.0", "400 RFC 9112 3"]);
  assert(!bad!.staysOpen);
});

const wrong: [name: string, markdown: string, says: string][] = [
  ["no section", page("a", "closes", "Somebody says so."), "no RFC"],
  ["no last word", page("a", "200 GET / HTTP/1.1"), "an outcome ends with"],
  ["a refusal in the middle", page("a", "400 RFC 9112 3\ncloses"), "not an outcome"],
  ["a line that says nothing", page("a", "fine\ncloses"), "not an outcome"],
  ["an unknown escape", page("\\q", "closes"), "not in the notation"],
  ["a brace that repeats nothing", page("{x}", "closes"), "not in the notation"],
  ["an octet that is not ASCII", page("\u00e4", "closes"), "not in the notation"],
  ["no outcome", "## A\n\nRFC 9112 3\n\n```http\nx\n```\n", "one http block and one outcome"],
  ["the same name twice", page("a", "closes") + page("b", "closes").slice(17), "name is taken"],
];

for (const [name, markdown, says] of wrong) {
  Deno.test(`parseCorpus refuses ${name}`, () => {
    assertThrows(() => parseCorpus(markdown, "x.md"), SyntaxError, says);
  });
}

Deno.test("differenceFrom finds another answer, another end and a field that is missing", () => {
  const outcome = (line: string, staysOpen: boolean, fields: string[] = []) => ({
    answers: [{ line, fields }] as Answer[],
    staysOpen,
  });
  const expected = outcome("200 GET / HTTP/1.1", true, ["A: 1"]);
  const seen = outcome("200 GET / HTTP/1.1", true, ["B: 2", "A: 1"]);
  assertEquals(differenceFrom(expected, seen), null);
  for (
    const other of [
      outcome("200 GET /x HTTP/1.1", true, ["A: 1"]),
      outcome("200 GET / HTTP/1.1", false, ["A: 1"]),
      outcome("200 GET / HTTP/1.1", true, ["A: 2"]),
      { answers: [], staysOpen: true },
    ]
  ) assert(differenceFrom(expected, other) !== null);
});

Deno.test("the corpus has at least 150 cases, and more bad ones than good ones", () => {
  const cases = readCorpus();
  const bad = cases.filter(({ answers }) => / RFC /.test(answers.at(-1)?.line ?? ""));
  assertGreaterOrEqual(cases.length, 150);
  assertGreaterOrEqual(bad.length, cases.length - bad.length);
});
