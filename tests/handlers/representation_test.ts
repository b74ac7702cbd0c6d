import { type ByteSource, MemorySource } from "../../lib/handlers/byte_source.ts";
import { Representation, type RepresentationOptions } from "../../lib/handlers/representation.ts";
import type { ByteRange } from "../../lib/http1/byte_ranges.ts";
import { FieldBlock } from "../../lib/http1/field_block.ts";
import type { Content, HttpResponse } from "../../lib/server/handler.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertNotEquals,
  assertStrictEquals,
  assertThrows,
} from "../deps.ts";
import { parseByteranges } from "../support/byteranges.ts";
import { toBytes, toText } from "../support/raw_client.ts";
import { getWith, requestOf } from "../support/request.ts";

const DATE = "Sun, 06 Nov 1994 08:49:37 GMT";
const OPTIONS: RepresentationOptions = {
  mediaType: "text/plain",
  etag: '"a"',
  lastModified: Date.parse(DATE),
  fields: [
    ["Cache-Control", "no-cache"],
    ["Vary", "Accept-Encoding"],
    ["Content-Language", "en"],
    ["Content-Encoding", "identity"],
    ["Content-Location", "/a.txt"],
    ["Expires", DATE],
  ],
};

function represent(
  content = "0123456789",
  options: Partial<RepresentationOptions> = {},
): Representation {
  return new Representation(new MemorySource(toBytes(content)), { ...OPTIONS, ...options });
}

function answerTo(...lines: string[]): HttpResponse {
  return represent().answer(getWith(...lines));
}

function textOf({ content }: HttpResponse): string {
  if (content === null) return "";
  assertInstanceOf(content, Uint8Array);
  return toText(content);
}

function summary(answer: HttpResponse): string {
  const range = answer.fields.get("content-range");
  return `${answer.status} ${range ?? "-"} ${textOf(answer)}`;
}

Deno.test("Representation answers with everything and says what it can (RFC 9110 15.3.1)", () => {
  const answer = answerTo();
  assertEquals(answer.status, 200);
  assertEquals([...answer.fields], [
    ["X-Content-Type-Options", "nosniff"],
    ["Accept-Ranges", "bytes"],
    ["ETag", '"a"'],
    ["Last-Modified", DATE],
    ["Cache-Control", "no-cache"],
    ["Vary", "Accept-Encoding"],
    ["Content-Language", "en"],
    ["Content-Encoding", "identity"],
    ["Content-Location", "/a.txt"],
    ["Expires", DATE],
    ["Content-Type", "text/plain"],
  ]);
  assertEquals(textOf(answer), "0123456789");
});

Deno.test("Representation makes the answer with everything once", () => {
  const representation = represent();
  const first = representation.answer(getWith());
  assertStrictEquals(representation.answer(getWith("Accept: */*")), first);
  assertStrictEquals(representation.answer(requestOf("HEAD / HTTP/1.1\r\nHost: a")), first);
  assertStrictEquals(representation.answer(getWith("Range: lines=1")), first);
  assertStrictEquals(representation.answer(getWith('If-None-Match: "b"')), first);
});

Deno.test("Representation without validators sends none and compares with none", () => {
  const bare = represent("abc", { etag: null, lastModified: null });
  const { fields } = bare.answer(getWith());
  assertEquals([fields.get("etag"), fields.get("last-modified")], [null, null]);
  assertEquals(bare.answer(getWith('If-None-Match: "a"')).status, 200);
  assertEquals(bare.answer(getWith(`If-Modified-Since: ${DATE}`)).status, 200);
  assertEquals(bare.answer(getWith('If-Range: "a"', "Range: bytes=0-0")).status, 200);
});

for (const etag of ["a", '"a', 'w/"a"', '"a\r\nX: b"', '"a b"', "*"]) {
  Deno.test(`Representation refuses the entity-tag ${JSON.stringify(etag)} (RFC 9110 8.8.3)`, () => {
    assertThrows(() => represent("", { etag }), TypeError, "Cannot send the entity-tag");
  });
}

Deno.test("Representation answers 304 without metadata that the client has (RFC 9110 15.4.5)", () => {
  const answer = answerTo('If-None-Match: "a"');
  assertEquals([answer.status, answer.content], [304, null]);
  assertEquals([...answer.fields], [
    ["X-Content-Type-Options", "nosniff"],
    ["Accept-Ranges", "bytes"],
    ["ETag", '"a"'],
    ["Cache-Control", "no-cache"],
    ["Vary", "Accept-Encoding"],
    ["Content-Location", "/a.txt"],
    ["Expires", DATE],
  ]);
});

Deno.test("Representation answers 304 with the date where there is no entity-tag (RFC 9110 15.4.5)", () => {
  const answer = represent("abc", { etag: null }).answer(getWith(`If-Modified-Since: ${DATE}`));
  assertEquals([answer.status, answer.fields.get("last-modified")], [304, DATE]);
});

Deno.test("Representation answers 412 with an explanation (RFC 9110 15.5.13)", () => {
  const answer = answerTo('If-Match: "b"');
  assertEquals([answer.status, answer.fields.get("content-type")], [
    412,
    "text/plain; charset=utf-8",
  ]);
  assertEquals(answer.fields.get("x-content-type-options"), "nosniff");
  assert(textOf(answer).startsWith("412 Precondition Failed\n"));
});

Deno.test("Representation heeds conditions before Range (RFC 9110 13.2.2)", () => {
  assertEquals(answerTo('If-None-Match: "a"', "Range: bytes=0-0").status, 304);
  assertEquals(answerTo('If-Match: "b"', "Range: bytes=0-0").status, 412);
  assertEquals(answerTo('If-None-Match: "a"', "Range: bytes=99-").status, 304);
  assertEquals(answerTo('If-Match: "a"', "Range: bytes=1-2").status, 206);
});

const parts: [what: string, lines: string[], answer: string][] = [
  ["the first octet", ["Range: bytes=0-0"], "206 bytes 0-0/10 0"],
  ["the middle", ["Range: bytes=3-5"], "206 bytes 3-5/10 345"],
  ["the last octets", ["Range: bytes=-2"], "206 bytes 8-9/10 89"],
  ["all there is", ["Range: bytes=0-"], "206 bytes 0-9/10 0123456789"],
  ["to the end at most", ["Range: bytes=8-99"], "206 bytes 8-9/10 89"],
  ["two ranges that touch", ["Range: bytes=0-1,2-3"], "206 bytes 0-3/10 0123"],
  ["one of two that is there", ["Range: bytes=1-1,99-"], "206 bytes 1-1/10 1"],
  ["what If-Range agrees to", ["Range: bytes=1-1", 'If-Range: "a"'], "206 bytes 1-1/10 1"],
  ["everything, for If-Range disagrees", ["Range: bytes=1-1", 'If-Range: "b"'], "200 - 0123456789"],
  ["everything, for a weak date", ["Range: bytes=1-1", `If-Range: ${DATE}`], "200 - 0123456789"],
  ["everything, not 416, where If-Range disagrees", [
    "Range: bytes=99-",
    'If-Range: "b"',
  ], "200 - 0123456789"],
  ["everything for a malformed range", ["Range: bytes=1"], "200 - 0123456789"],
  ["everything for two Range lines", ["Range: bytes=1-1", "Range: bytes=3-3"], "200 - 0123456789"],
  ["everything for another unit", ["Range: pages=1-1"], "200 - 0123456789"],
];
for (const [what, lines, expected] of parts) {
  Deno.test(`Representation sends ${what} (RFC 9110 14.2)`, () => {
    assertEquals(summary(answerTo(...lines)), expected);
  });
}

Deno.test("Representation lets a strong date vouch for a range (RFC 9110 8.8.2.2)", () => {
  const representation = represent("0123456789", { isDateStrong: true });
  const answer = representation.answer(getWith("Range: bytes=1-1", `If-Range: ${DATE}`));
  assertEquals(summary(answer), "206 bytes 1-1/10 1");
});

Deno.test("Representation sends a part with the fields of the whole (RFC 9110 15.3.7)", () => {
  const whole = [...answerTo().fields];
  const part = [...answerTo("Range: bytes=0-0").fields];
  assertEquals(part, [...whole, ["Content-Range", "bytes 0-0/10"]]);
});

Deno.test("Representation ignores Range in HEAD (RFC 9110 14.2)", () => {
  for (const range of ["bytes=0-0", "bytes=99-"]) {
    const answer = represent().answer(requestOf(`HEAD / HTTP/1.1\r\nHost: a\r\nRange: ${range}`));
    assertEquals(summary(answer), "200 - 0123456789");
  }
});

Deno.test("Representation answers HEAD with 304 and 412 as GET (RFC 9110 13.1)", () => {
  const head = (line: string) =>
    represent().answer(requestOf(`HEAD / HTTP/1.1\r\nHost: a\r\n${line}`));
  assertEquals(head('If-None-Match: "a"').status, 304);
  assertEquals(head('If-Match: "b"').status, 412);
});

for (const range of ["bytes=10-", "bytes=-0", "bytes=10-11,20-30"]) {
  Deno.test(`Representation answers 416 to ${range} and says the length (RFC 9110 15.5.17)`, () => {
    const answer = answerTo(`Range: ${range}`);
    assertEquals([answer.status, answer.fields.get("content-range")], [416, "bytes */10"]);
    assertEquals(answer.fields.get("x-content-type-options"), "nosniff");
    assertEquals(answer.fields.get("etag"), null);
  });
}

Deno.test("Representation sends an empty content whole, whatever the range (RFC 9110 14.2)", () => {
  for (const range of ["bytes=0-", "bytes=-1", "bytes=0-0,2-3"]) {
    assertEquals(summary(represent("").answer(getWith(`Range: ${range}`))), "200 - ");
  }
});

Deno.test("Representation sends several parts as multipart/byteranges (RFC 9110 15.3.7.2)", () => {
  const answer = answerTo("Range: bytes=7-8,0-0,-1,3-4,99-");
  assertEquals([answer.status, answer.fields.get("content-range")], [206, null]);
  const { content } = answer;
  assertInstanceOf(content, Uint8Array);
  const found = parseByteranges(answer.fields.get("content-type"), content);
  assertEquals(
    found.map((part) => [part.contentType, part.contentRange, toText(part.content)]),
    [
      ["text/plain", "bytes 7-9/10", "789"],
      ["text/plain", "bytes 0-0/10", "0"],
      ["text/plain", "bytes 3-4/10", "34"],
    ],
  );
  const others = ([name]: readonly [string, string]) => name !== "Content-Type";
  assertEquals([...answer.fields].filter(others), [...answerTo().fields].filter(others));
});

Deno.test("Representation takes another boundary each time (RFC 2046 5.1.1)", () => {
  const representation = represent();
  const boundary = () =>
    /boundary=(.*)/.exec(
      representation.answer(getWith("Range: bytes=0-0,2-2")).fields.get("content-type")!,
    )![1]!;
  const [first, second] = [boundary(), boundary()];
  assertNotEquals(first, second);
  // 24 characters of 6 random bits each.
  assert(/^[0-9A-Za-z_-]{24}$/.test(first), first);
});

Deno.test("Representation keeps octets that look like a delimiter apart from its own", () => {
  const content = "\r\n--\r\n\r\n--boundary\r\n\r\n----\r\n";
  const answer = represent(content).answer(getWith("Range: bytes=0-9,11-"));
  assertInstanceOf(answer.content, Uint8Array);
  const found = parseByteranges(answer.fields.get("content-type"), answer.content);
  assertEquals(found.map((part) => toText(part.content)), [
    content.slice(0, 10),
    content.slice(11),
  ]);
});

Deno.test("Representation sends the views of a big content, not copies", () => {
  const octets = new Uint8Array(1_000_000);
  const representation = new Representation(new MemorySource(octets), OPTIONS);
  for (const lines of [[], ["Range: bytes=10-999"]]) {
    const { content } = representation.answer(getWith(...lines));
    assertInstanceOf(content, Uint8Array);
    assertStrictEquals(content.buffer, octets.buffer);
  }
});

Deno.test("Representation asks a source that is not in memory for what it sends, and no more", async () => {
  const source = new StreamSource("0123456789");
  const representation = new Representation(source, OPTIONS);
  assertEquals(representation.answer(getWith('If-None-Match: "a"')).status, 304);
  assertEquals(representation.answer(getWith('If-Match: "b"')).status, 412);
  assertEquals(representation.answer(getWith("Range: bytes=10-")).status, 416);
  assertEquals(source.asked, []);

  const whole = [representation.answer(getWith()), representation.answer(getWith())];
  assertNotEquals(whole[0]!.content, null);
  assert(whole[0]!.content !== whole[1]!.content, "a stream was given out twice");
  representation.answer(getWith("Range: bytes=2-3"));
  assertEquals(source.asked, ["0-10", "0-10", "2-4"]);

  const { content, fields } = representation.answer(getWith("Range: bytes=0-1,-1"));
  const octets = await new Response(content as ReadableStream<Uint8Array<ArrayBuffer>>).bytes();
  const found = parseByteranges(fields.get("content-type"), octets);
  assertEquals(found.map((part) => toText(part.content)), ["01", "9"]);
});

Deno.test("Representation refuses fields that would split the answer (RFC 9110 5.5)", () => {
  assertThrows(() => represent("", { fields: [["X-A", "b\r\nX-C: d"]] }), TypeError);
  assertThrows(() => represent("", { fields: [["Content-Length", "5"]] }), TypeError);
  assertEquals(represent("", { fields: FieldBlock.EMPTY }).answer(getWith()).status, 200);
});

/** A source as a file would be one: what it gives is read later, and once. */
class StreamSource implements ByteSource {
  readonly asked: string[] = [];
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  get length(): number {
    return this.#text.length;
  }

  slice(range: ByteRange): Content {
    this.asked.push(`${range.start}-${range.end}`);
    return this.join([range]);
  }

  join(pieces: readonly (Uint8Array | ByteRange)[]): Content {
    return ReadableStream.from(
      pieces.map((piece) =>
        piece instanceof Uint8Array ? piece : toBytes(this.#text.slice(piece.start, piece.end))
      ),
    );
  }
}
