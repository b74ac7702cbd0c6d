// What a script writes, at every cut: heads that are one, heads that are none (RFC 3875 6).

import {
  ScriptFault,
  type ScriptHead,
  ScriptHeadParser,
} from "../../../lib/handlers/gateway/cgi_response.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../../deps.ts";
import { atRandom, perOctet, WHOLE } from "../../support/cuts.ts";
import { toBytes, toText } from "../../support/raw_client.ts";
import { SeededRandom } from "../../support/seeded_random.ts";

/** The head and all content behind it. Throws what the parser throws, at the end too. */
function parse(text: string, cuts: readonly number[]): { head: ScriptHead; content: string } {
  const parser: ScriptHeadParser = new ScriptHeadParser();
  const octets = toBytes(text);
  let start = 0;
  for (const end of [...cuts, octets.length]) {
    const parsed = parser.parse(octets.subarray(start, end));
    if (parsed !== null) {
      return {
        head: parsed.head,
        content: toText(parsed.content) + toText(octets.subarray(end)),
      };
    }
    start = end;
  }
  parser.end();
}

function* cuttings(text: string): Generator<readonly number[]> {
  const random = new SeededRandom();
  yield WHOLE.cuts;
  yield perOctet(text.length).cuts;
  for (let time = 0; time < 5; time++) yield atRandom(text.length, random).cuts;
}

const good: [what: string, text: string, expected: Partial<ScriptHead>, string[], string][] = [
  [
    "a field and content",
    "Content-Type: text/plain\n\nabc",
    {
      status: 200,
      localRedirect: null,
      length: null,
    },
    ["Content-Type: text/plain"],
    "abc",
  ],
  ["CRLF", "Content-Type: a\r\nX: 1\r\n\r\n\r\nabc", {}, ["Content-Type: a", "X: 1"], "\r\nabc"],
  ["LF and CRLF", "A: 1\r\nB: 2\n\r\n\nabc", {}, ["A: 1", "B: 2"], "\nabc"],
  ["no content", "Status: 404 Not Found\n\n", { status: 404 }, [], ""],
  ["a status alone", "Status:204\n\n", { status: 204 }, [], ""],
  ["a status of its own", "status: 299 Fine: so\n\nx", { status: 299 }, [], "x"],
  ["white space", "A:\t 1 2 \t\nB:\nC:3\n\n", {}, ["A: 1 2", "B: ", "C: 3"], ""],
  ["octets", "A: \xe9\xff\n\n\x00\xff\r\n", {}, ["A: \xe9\xff"], "\x00\xff\r\n"],
  ["lines of one name", "Set-Cookie: a\nSet-Cookie: b\n\n", {}, [
    "Set-Cookie: a",
    "Set-Cookie: b",
  ], ""],
  ["a length", "A: 1\nContent-length: 3\n\nabc", { length: 3 }, ["A: 1"], "abc"],
  [
    "what is the driver's",
    "Date: x\nConnection: close\nTransfer-Encoding: chunked\nKeep-Alive: 1\nUpgrade: x\nTE: x\nA: 1\n\n",
    {},
    ["A: 1"],
    "",
  ],
  ["an absolute redirect", "Location: http://b/x\n\n", { status: 302, localRedirect: null }, [
    "Location: http://b/x",
  ], ""],
  [
    "a redirect with its status",
    "Status: 303 See Other\nLocation: /x\n\n",
    {
      status: 303,
      localRedirect: null,
    },
    ["Location: /x"],
    "",
  ],
  ["a local redirect", "Location: /x?y=/z\n\n", { status: 302, localRedirect: "/x?y=/z" }, [], ""],
  [
    "a local redirect with a type",
    "content-type: text/html\nLOCATION: /x\n\n",
    {
      localRedirect: "/x",
    },
    ["content-type: text/html"],
    "",
  ],
  [
    "a redirect with a cookie",
    "Set-Cookie: a\nLocation: /x\n\n",
    {
      status: 302,
      localRedirect: null,
    },
    ["Set-Cookie: a", "Location: /x"],
    "",
  ],
  ["a redirect to another host", "Location: //b/x\n\n", { localRedirect: null }, [
    "Location: //b/x",
  ], ""],
  ["a redirect to a fragment", "Location: /x#y\n\n", { localRedirect: null }, [
    "Location: /x#y",
  ], ""],
  ["a redirect to no target", "Location: /x y\n\n", { localRedirect: null }, [
    "Location: /x y",
  ], ""],
  ["a relative redirect", "Location: x\n\n", { localRedirect: null }, ["Location: x"], ""],
  ["many fields", `${"A: 1\n".repeat(1_000)}\nabc`, {}, Array(1_000).fill("A: 1"), "abc"],
];

for (const [what, text, expected, lines, content] of good) {
  Deno.test(`ScriptHeadParser takes ${what} at every cut (RFC 3875 6.2)`, () => {
    for (const cuts of cuttings(text)) {
      const parsed = parse(text, cuts);
      const { fields, ...rest } = parsed.head;
      assertEquals(
        [{ ...rest, ...expected }, Array.from(fields, (line) => line.join(": ")), parsed.content],
        [rest, lines, content],
        `cut at ${cuts}`,
      );
    }
  });
}

const bad: [what: string, text: string, says: string][] = [
  ["nothing", "", "It wrote nothing"],
  ["no end of the head", "A: 1\n", "empty line"],
  ["no end of a line", "A: 1", "empty line"],
  ["no field", "\nabc", "no field"],
  ["no field that counts", "Date: x\n\n", "no field"],
  ["a page", "<!DOCTYPE html>\n\n", "<!DOCTYPE html>"],
  ["an error message", "sh: 1: x: not found\n", "empty line"],
  ["a status line (RFC 3875 5)", "HTTP/1.1 200 OK\nA: 1\n\n", "status line"],
  ["a line that goes on", "A: 1\n 2\n\n", "no field"],
  ["a name with a space", "A B: 1\n\n", "no field"],
  ["a space before the colon", "A : 1\n\n", "no field"],
  ["no name", ": 1\n\n", "no field"],
  ["octets in a name", "\xc3\xa9: 1\n\n", "no field"],
  ["a NUL", "A: 1\x002\n\n", "A"],
  ["a bare CR", "A: 1\rSet-Cookie: x\n\n", "A"],
  ["a control character", "A: \x1b[2J\n\n", "A"],
  ["two states", "Status: 200\nStatus: 404\n\n", "Status twice"],
  ["two places", "Location: /a\nlocation: /b\n\n", "Location twice"],
  ["two lengths", "Content-Length: 1\nContent-Length: 1\n\n", "Content-Length"],
  ["no number for a length", "A: 1\nContent-Length: x\n\n", "Content-Length"],
  ["a negative length", "A: 1\nContent-Length: -1\n\n", "Content-Length"],
  ["an empty length", "A: 1\nContent-Length:\n\n", "Content-Length"],
  ["a length beyond numbers", `A: 1\nContent-Length: ${"9".repeat(30)}\n\n`, "Content-Length"],
  ["no number for a status", "Status: OK\n\n", "Status"],
  ["an empty status", "Status:\n\n", "Status"],
  ["an interim status", "Status: 100 Continue\n\n", "Status"],
  ["a status of two digits", "Status: 99\n\n", "Status"],
  ["a status of four digits", "Status: 2000\n\n", "Status"],
  ["a redirect that splits", "Location: /a\rX: 1\n\n", "Location"],
  ["a line without end", "A".repeat(70_000), "no end"],
  ["fields without end", "A: 1\n".repeat(14_000), "no end"],
];

for (const [what, text, says] of bad) {
  Deno.test(`ScriptHeadParser refuses ${what}, whatever the cuts (RFC 3875 6)`, () => {
    for (const cuts of cuttings(text)) {
      const error = assertThrows(() => parse(text, cuts), ScriptFault);
      assertStringIncludes(error.message, says);
      assert(error.message.length < 300, error.message);
    }
  });
}

Deno.test("ScriptHeadParser says how a script has ended that wrote too little", () => {
  const parser: ScriptHeadParser = new ScriptHeadParser();
  const error = assertThrows(() => parser.end("ended with exit code 1"), ScriptFault);
  assertEquals(error.message, "It wrote nothing: it ended with exit code 1");
});
