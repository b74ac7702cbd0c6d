// "Every regular file below the root, exact to the byte, from empty to many gigabytes, under any name
// that a file system allows" (issue 3).

import { assertEquals, assertMatch } from "../../deps.ts";
import { type FixtureTree, linkTo, sparseFile } from "../../support/fixture_folder.ts";
import { ODD_NAMES } from "../../support/listed_folder.ts";
import { SeededRandom } from "../../support/seeded_random.ts";
import { connect } from "../../support/raw_client.ts";
import {
  assertSameOctets,
  fieldOf,
  type ServedFolder,
  serveFolder,
  toRequest,
} from "../../support/served_folder.ts";

const windows = Deno.build.os === "windows";
const KIB = 1024;
const GIB = 1024 ** 3;

/** A backslash is refused wherever it stands, since another system would take it for a slash. */
const NAMES = [
  ...ODD_NAMES.filter((name) => !name.includes("\\")),
  "index.html.",
  "trailing space ",
  "trailing dot.",
  "a..b",
  "~root",
  "a\u00a0b",
  "\u2028line separator",
  "*",
  "|",
  "a:b",
  "^`{}[]",
  "@",
  "=",
  "&",
  "$(id)",
  ";id",
  "a%2fb",
  "%",
  "%%",
  "%zz",
  "%00",
  "%252e",
  "?",
  "#",
  "+",
  "' OR 1=1",
  "con",
  "nul.txt",
  "a.html%",
  "中".repeat(85),
  "emoji 🇩🇪🏴‍☠️.txt",
  "\u2126", // OHM SIGN, whose normal form is the letter below
  "\u03a9",
  "ﬁ",
  "A",
  "a",
  "toString",
  "hasOwnProperty",
];
const DOTTED = ["..foo", "...", "....", ".hidden", "..%2f", ". ", ".. "];

/** Each file holds its own name. */
function filesNamed(names: readonly string[]): FixtureTree {
  return Object.fromEntries(names.map((name) => [name, `I am ${JSON.stringify(name)}`]));
}

/** Asks for each name by `toPath` over one connection; returns those that got another answer. */
async function wrongAnswers(
  served: ServedFolder,
  names: readonly string[],
  toPath: (name: string) => string,
): Promise<string[]> {
  using client = await connect(served.server.port);
  const wrong: string[] = [];
  for (const name of names) {
    await client.send(toRequest("GET", toPath(name)));
    const response = await client.readResponse();
    if (response.status !== 200 || response.text() !== `I am ${JSON.stringify(name)}`) {
      wrong.push(`${JSON.stringify(name)}: ${response.status} ${response.text().slice(0, 80)}`);
    }
  }
  return wrong;
}

/** Every octet as an escape. */
function toEscapes(name: string): string {
  return Array.from(new TextEncoder().encode(name), (octet) => {
    return `%${octet.toString(16).padStart(2, "0")}`;
  }).join("");
}

const spellings: [what: string, toPath: (name: string) => string][] = [
  ["what must be", (name) => `/${encodeURIComponent(name)}`],
  ["every octet, in small letters", (name) => `/${toEscapes(name)}`],
  ["every octet, in capitals", (name) => `/${toEscapes(name).toUpperCase()}`],
];
for (const [what, toPath] of spellings) {
  Deno.test({
    name: `files serves every odd name with ${what} percent-encoded (RFC 3986 2.1, 6.2.2)`,
    ignore: windows,
    fn: async () => {
      await using served = serveFolder(filesNamed(NAMES));
      assertEquals(await wrongAnswers(served, NAMES, toPath), []);
      assertEquals(served.refusals, []);
    },
  });
}

Deno.test({
  name: "files takes octets that need no escape in a path as they are (RFC 3986 3.3)",
  ignore: windows,
  fn: async () => {
    const names = [
      "a+b",
      "a;b=c,d",
      "a:b",
      "@",
      "=",
      "&",
      "$",
      "~",
      "(",
      "!",
      "*",
      "'",
      "-rf",
      "--",
    ];
    await using served = serveFolder(filesNamed(names));
    assertEquals(await wrongAnswers(served, names, (name) => `/${name}`), []);
  },
});

Deno.test({
  name: "files does not take + for a space in a path (RFC 3986 2.4)",
  ignore: windows,
  fn: async () => {
    await using served = serveFolder({ "a b": "space", "a+b": "plus" });
    assertEquals((await served.get("/a+b")).text(), "plus");
    assertEquals((await served.get("/a%20b")).text(), "space");
    assertEquals((await served.get("/a%2bb")).text(), "plus");
  },
});

Deno.test({
  name: "files undoes the encoding of a name once, never twice (RFC 3986 2.4)",
  ignore: windows,
  fn: async () => {
    await using served = serveFolder({ A: "letter", "%41": "escape", "%2541": "twice" });
    assertEquals((await served.get("/%41")).text(), "letter");
    assertEquals((await served.get("/%2541")).text(), "escape");
    assertEquals((await served.get("/%252541")).text(), "twice");
  },
});

Deno.test({
  name: "files tells both Unicode normal forms of a name apart",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using served = serveFolder({ "caf\u00e9": "composed", "cafe\u0301": "decomposed" });
    assertEquals((await served.get("/caf%C3%A9")).text(), "composed");
    assertEquals((await served.get("/cafe%CC%81")).text(), "decomposed");
  },
});

Deno.test({
  name: "files serves what lies in folders of odd names, and goes to their slash",
  ignore: windows,
  fn: async () => {
    await using served = serveFolder(
      Object.fromEntries(NAMES.map((name) => [name, { file: `I am ${JSON.stringify(name)}` }])),
    );
    const path = (name: string) => `/${encodeURIComponent(name)}`;
    assertEquals(await wrongAnswers(served, NAMES, (name) => `${path(name)}/file`), []);
    for (const name of NAMES) {
      const response = await served.get(path(name));
      assertEquals([response.status, response.field("location")], [301, `${path(name)}/`], name);
    }
  },
});

Deno.test("files serves a folder that is called index.html, and what is in it", async () => {
  await using served = serveFolder({ "index.html": { "a.txt": "inside" } });
  assertEquals((await served.get("/index.html")).field("location"), "/index.html/");
  assertEquals((await served.get("/index.html/a.txt")).text(), "inside");
  assertMatch((await served.get("/")).text(), /index\.html/);
});

Deno.test({
  name: "files serves names that begin with dots where dot-files are wanted, and 404 where not",
  ignore: windows,
  fn: async () => {
    for (const dotfiles of [true, false]) {
      await using served = serveFolder(filesNamed(DOTTED), { dotfiles });
      const wrong = await wrongAnswers(served, DOTTED, (name) => `/${encodeURIComponent(name)}`);
      // An encoded slash is refused before anything is looked for; its % is encoded here, so it is a name.
      if (dotfiles) assertEquals(wrong, []);
      else assertEquals(wrong.filter((line) => /: 404 /.test(line)).length, DOTTED.length);
    }
  },
});

Deno.test({
  name: "files tells names apart that differ in case, and by a slash at the end",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using served = serveFolder({ "a.txt": "small" });
    assertEquals((await served.get("/A.txt")).status, 404);
    assertEquals((await served.get("/a.txt/")).status, 404);
    assertEquals((await served.get("/a.txt/b")).status, 404);
    assertEquals((await served.get("/a.txt%20")).status, 404);
    assertEquals((await served.get("/a.txt.")).status, 404);
  },
});

Deno.test("files answers 404 to a name longer than the file system takes, and to a path too", async () => {
  await using served = serveFolder({ a: "a" });
  assertEquals((await served.get(`/${"x".repeat(256)}`)).status, 404);
  assertEquals((await served.get(`/${"x".repeat(4097)}`)).status, 404);
  assertEquals((await served.get(`/${"x/".repeat(2500)}x`)).status, 404);
});

const sizes = [
  ...[0, 1, 2, 1023, KIB, KIB + 1],
  ...[16, 64, 256].flatMap((size) => [size * KIB - 1, size * KIB, size * KIB + 1]),
  5_000_000,
];
for (const size of sizes) {
  Deno.test(`files serves ${size} octets exactly, by GET, HEAD and to HTTP/1.0`, async () => {
    const octets = new SeededRandom(size).bytes(size);
    await using served = serveFolder({ "a.bin": octets });
    using client = await served.connect();
    // The second time it is remembered.
    for (const turn of ["first", "second"]) {
      await client.send(toRequest("GET", "/a.bin"));
      const { status, content, framing } = await client.readResponse();
      assertEquals([status, framing], [200, "length"]);
      assertSameOctets(content, octets, `${turn} GET`);
      await client.send(toRequest("HEAD", "/a.bin"));
      const head = await client.readResponse({ head: true });
      assertEquals([head.status, head.field("content-length")], [200, String(size)]);
    }
    if (size > 1) {
      await client.send(toRequest("GET", "/a.bin", "Range: bytes=1-"));
      assertSameOctets((await client.readResponse()).content, octets.subarray(1), "from 1 on");
      await client.send(toRequest("GET", "/a.bin", "Range: bytes=-1"));
      assertSameOctets((await client.readResponse()).content, octets.subarray(-1), "the last");
    }
    await client.send("GET /a.bin HTTP/1.0\r\n\r\n");
    assertSameOctets((await client.readResponse()).content, octets, "HTTP/1.0");
    assertEquals((await client.readAll()).length, 0);
  });
}

const SIZE = 6 * GIB + 7;
const HUGE: FixtureTree = {
  "huge.bin": sparseFile(SIZE, [
    [0, "begin"],
    [2 * GIB - 4, "at two G"],
    [4 * GIB - 4, "at four "],
    [SIZE - 5, "finis"],
  ]),
  "other-name.bin": linkTo("huge.bin"),
};

Deno.test("files serves parts of 6 GiB, across 2 GiB and 4 GiB and at the end (RFC 9110 14)", async () => {
  await using served = serveFolder(HUGE);
  const { status, fields, field } = await served.head("/huge.bin");
  assertEquals([status, field("content-length")], [200, String(SIZE)], JSON.stringify(fields));
  const parts: [range: string, first: number, last: number, text: string][] = [
    ["0-4", 0, 4, "begin"],
    [`${2 * GIB - 4}-${2 * GIB + 3}`, 2 * GIB - 4, 2 * GIB + 3, "at two G"],
    [`${2 * GIB - 1}-${2 * GIB}`, 2 * GIB - 1, 2 * GIB, "tw"],
    [`${4 * GIB - 4}-${4 * GIB + 3}`, 4 * GIB - 4, 4 * GIB + 3, "at four "],
    [`${4 * GIB}-${4 * GIB + 3}`, 4 * GIB, 4 * GIB + 3, "our "],
    [`${SIZE - 5}-`, SIZE - 5, SIZE - 1, "finis"],
    ["-5", SIZE - 5, SIZE - 1, "finis"],
    [`${SIZE - 1}-${2 * SIZE}`, SIZE - 1, SIZE - 1, "s"],
  ];
  for (const [range, first, last, text] of parts) {
    const part = await served.get("/huge.bin", `Range: bytes=${range}`);
    assertEquals(
      [part.status, part.field("content-range"), part.text()],
      [206, `bytes ${first}-${last}/${SIZE}`, text],
    );
  }
  const beyond = await served.get("/huge.bin", `Range: bytes=${SIZE}-`);
  assertEquals([beyond.status, beyond.field("content-range")], [416, `bytes */${SIZE}`]);
});

Deno.test("files goes on with 6 GiB where If-Range holds, and begins anew where not (RFC 9110 13.1.5)", async () => {
  await using served = serveFolder(HUGE);
  const whole = await served.head("/huge.bin");
  const range = "Range: bytes=-5";
  for (const name of ["etag", "last-modified"]) {
    const part = await served.get("/huge.bin", range, `If-Range: ${fieldOf(whole, name)}`);
    assertEquals([part.status, part.text()], [206, "finis"], name);
  }
  for (const value of ['"other"', "Mon, 06 May 2024 07:08:08 GMT"]) {
    using client = await served.connect();
    await client.send(toRequest("GET", "/huge.bin", range, `If-Range: ${value}`));
    const { status, field } = await client.readResponse({ head: true });
    assertEquals([status, field("content-length")], [200, String(SIZE)], value);
    assertEquals(new TextDecoder().decode(await client.readBytes(5)), "begin");
  }
  await served.server.connections(0);
});
