// Ways to spoil a request that know its parts: the words of its first line, its fields, its framing, its
// chunks. Where mutations.ts changes octets, most of which are refused for what they are, these change what
// is said: the octets stay good ones, and two parsers come apart over what they mean.
//
// A seed is taken apart loosely, for it may be a bad one, changed, and written out again; what was changed may
// be the framing itself, so that content and its length, or chunks and their sizes, do or do not agree.

import { toBytes, toText } from "../support/raw_client.ts";
import type { SeededRandom } from "../support/seeded_random.ts";

interface Chunk {
  size: string;
  /** Extensions, semicolon included. */
  extension: string;
  data: string;
}

interface Message {
  /** Method, target and version. */
  words: string[];
  fields: [name: string, value: string][];
  content: string;
  /** Content that is chunked; `content` is then what follows the last chunk's line. */
  chunks: Chunk[];
  /** What stands between names and values. */
  colon: string;
}

/** Takes octets apart as far as they look like a request; null where they do not. */
function parse(octets: Uint8Array): Message | null {
  const text = toText(octets);
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const [first = "", ...lines] = text.slice(0, end).split("\r\n");
  const words = first.split(" ");
  if (words.length < 3) return null;
  const fields = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return colon < 0 ? [line, ""] : [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const content = text.slice(end + 4);
  const isChunked = fields.some(([name, value]) =>
    /^transfer-encoding$/i.test(name) && value !== ""
  );
  const { chunks, rest } = isChunked ? parseChunks(content) : { chunks: [], rest: content };
  return {
    words: [words[0]!, words.slice(1, -1).join(" "), words.at(-1)!],
    fields,
    content: rest,
    chunks,
    colon: ": ",
  };
}

function parseChunks(content: string): { chunks: Chunk[]; rest: string } {
  const chunks: Chunk[] = [];
  let rest = content;
  for (;;) {
    const [line, size = "", extension = ""] = /^([0-9A-Fa-f]+)(;[^\r\n]*)?\r\n/.exec(rest) ?? [];
    if (line === undefined) return { chunks, rest };
    const length = Number.parseInt(size, 16);
    chunks.push({ size, extension, data: rest.slice(line.length, line.length + length) });
    rest = rest.slice(line.length + length);
    if (length === 0) return { chunks, rest };
    rest = rest.replace(/^\r\n/, "");
  }
}

function render({ words, fields, content, chunks, colon }: Message): string {
  const lines = fields.map(([name, value]) => `${name}${colon}${value}\r\n`);
  const framed = chunks.map(({ size, extension, data }) =>
    `${size}${extension}\r\n${data}${/^0*$/.test(size) ? "" : "\r\n"}`
  );
  return `${words.join(" ")}\r\n${lines.join("")}\r\n${framed.join("")}${content}`;
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "OPTIONS", "CONNECT", "TRACE", "PRI", "get", "BREW"];
const TARGETS = [
  "/",
  "*",
  "/?",
  "//a",
  "http://a/",
  "http://a",
  "HTTP://[::1]:80/?",
  "https://a/",
  "a:443",
  "a:",
  "/%2e%2e/%00",
  "http://a@b/",
  "http:///",
];
const VERSIONS = [
  "HTTP/1.1",
  "HTTP/1.0",
  "HTTP/1.2",
  "HTTP/0.9",
  "HTTP/2.0",
  "HTTP/1.1 ",
  "http/1.1",
];
const LINE_ENDS = ["\n", "\r", "\n\r", "\r\r\n", "\r\n\r\n", "\r\n ", "\r\n\t", " \r\n", "\0\r\n"];
const COLONS = [":", " : ", ":\t", " :", ":\r\n ", ":\x0b", "\t:", "::"];
const CODINGS = [
  "chunked",
  "Chunked",
  "xchunked",
  "identity",
  "gzip",
  "gzip, chunked",
  "chunked, gzip",
  "chunked, chunked",
  "chunked;q=1",
  '"chunked"',
  ", chunked",
  "chunked,",
  "chunked\t",
  "",
];
const EXTENSIONS = ["", ";", ";a", ";a=b", ' ; a = "b;\\""', ";a=", ' ;"a"', ";a\n", "\t", " "];
const FIELDS: readonly [string, string][] = [
  ["Host", "a"],
  ["Host", "b:80"],
  ["Host", ""],
  ["Connection", "close"],
  ["Connection", "keep-alive, , close"],
  ["Connection", "upgrade"],
  ["Upgrade", "h2c"],
  ["Expect", "100-continue"],
  ["Expect", "200-ok"],
  ["Trailer", "Content-Length"],
  ["TE", "trailers"],
  ["Transfer_Encoding", "chunked"],
  ["X", "y\xff"],
];

type Change = (message: Message, random: SeededRandom, other: Message) => void;

const CHANGES: readonly Change[] = [
  // A word of the first line becomes another one, or another message's.
  (message, random) => message.words[0] = random.pick(METHODS),
  (message, random) => message.words[1] = random.pick(TARGETS),
  (message, random) => message.words[2] = random.pick(VERSIONS),
  (message, random, { words }) => {
    const place = random.int(3);
    message.words[place] = words[place]!;
  },
  // A field twice, with its own value or another one.
  ({ fields }, random, other) => {
    if (fields.length === 0) return;
    const [name, value] = random.pick(fields);
    const values = [value, `${value}, ${value}`, "", other.fields[0]?.[1] ?? ""];
    fields.splice(random.int(fields.length + 1), 0, [name, random.pick(values)]);
  },
  ({ fields }, random, other) =>
    void fields.splice(
      random.int(fields.length + 1),
      0,
      random.pick([...FIELDS, ...other.fields]),
    ),
  ({ fields }, random) => void fields.splice(random.int(fields.length + 1), random.int(2)),
  // The same fields in another order, or in other letters.
  ({ fields }, random) => void fields.sort(() => random.int(3) - 1),
  ({ fields }, random) => {
    for (const field of fields) {
      field[0] = random.int(2) === 0 ? field[0].toUpperCase() : field[0].toLowerCase();
    }
  },
  (message, random) => message.colon = random.pick(COLONS),
  // Content, and a length that fits or nearly does.
  (message, random) => {
    const length = message.content.length + random.pick([0, 0, 0, -1, 1, 10]);
    const shapes = [`${length}`, `0${length}`, `+${length}`, `${length}, ${length}`, `${length} `];
    shapes.push(`0x${length.toString(16)}`, `${length}.0`, `-${length}`, `${length}\t`, "");
    setField(message, ["Content-Length", random.int(2) === 0 ? shapes[0]! : random.pick(shapes)]);
  },
  // Chunks, and a field that says so or nearly does.
  (message, random) => {
    setField(message, [
      "Transfer-Encoding",
      random.int(2) === 0 ? "chunked" : random.pick(CODINGS),
    ]);
    if (message.chunks.length > 0) return;
    message.chunks = [...cutInChunks(message.content, random), {
      size: "0",
      extension: "",
      data: "",
    }];
    message.content = "\r\n";
  },
  // Chunk frames that are other ones, in another order, or one more or less.
  ({ chunks }, random) => {
    if (chunks.length === 0) return;
    const chunk = random.pick(chunks);
    const length = chunk.data.length;
    chunk.size = random.pick([
      `${length.toString(16)}`.toUpperCase(),
      `00${length.toString(16)}`,
      (length + 1).toString(16),
      Math.max(0, length - 1).toString(16),
      `+${length}`,
      `0x${length.toString(16)}`,
      `${length.toString(16)}_`,
      `${"0".repeat(13)}${length.toString(16)}`,
      `ffffffffffffffff${length.toString(16)}`,
      "",
    ]);
  },
  ({ chunks }, random) => {
    if (chunks.length > 0) random.pick(chunks).extension = random.pick(EXTENSIONS);
  },
  ({ chunks }, random) => {
    if (chunks.length === 0) return;
    const [taken] = chunks.splice(random.int(chunks.length), 1);
    for (let i = random.int(3); i > 0; i--) chunks.splice(random.int(chunks.length + 1), 0, taken!);
  },
  ({ chunks }, random, other) => {
    if (chunks.length > 0) chunks.splice(random.int(chunks.length), 0, ...other.chunks.slice(0, 1));
  },
  // Trailer fields, which may be those of a head.
  (message, random, other) => {
    if (message.chunks.length === 0) return;
    const [name, value] = random.pick([...FIELDS, ...other.fields, ["Content-Length", "5"]]);
    message.content = `${name}: ${value}\r\n${message.content}`;
  },
  // The message carries another one.
  (message, _random, other) => {
    message.content = render(other);
    message.chunks = [];
    setField(message, ["Content-Length", `${message.content.length}`]);
  },
];

function setField({ fields }: Message, field: [string, string]): void {
  const at = fields.findIndex(([name]) => name.toLowerCase() === field[0].toLowerCase());
  if (at < 0) fields.push(field);
  else fields[at] = field;
}

function cutInChunks(content: string, random: SeededRandom): Chunk[] {
  const cuts = [0, ...random.cuts(content.length, random.int(3)), content.length];
  return cuts.slice(1).map((end, i) => content.slice(cuts[i], end)).filter((data) => data !== "")
    .map((data) => ({ size: data.length.toString(16), extension: "", data }));
}

/** One line end of `text` becomes another one. */
function withOtherLineEnd(text: string, random: SeededRandom): string {
  const ends = [...text.matchAll(/\r\n/g)];
  if (ends.length === 0) return text;
  const { index } = random.pick(ends);
  return text.slice(0, index) + random.pick(LINE_ENDS) + text.slice(index + 2);
}

/** One of `seeds` with some of its parts changed, and perhaps others behind it on the connection. */
export function restructured(seeds: readonly Uint8Array[], random: SeededRandom): Uint8Array {
  let text = "";
  for (let count = 1 + Math.floor(random.next() ** 3 * 4); count > 0; count--) {
    const seed = random.pick(seeds);
    const message = parse(seed);
    const other = parse(random.pick(seeds));
    if (message === null || other === null) {
      text += toText(seed);
      continue;
    }
    for (let times = random.int(4); times >= 0; times--) {
      random.pick(CHANGES)(message, random, other);
    }
    text += render(message);
  }
  if (random.int(4) === 0) text = withOtherLineEnd(text, random);
  return toBytes(text);
}
