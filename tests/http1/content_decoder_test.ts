// What the corpus cannot show of decoders: limits at exactly their borders, what they say about what is
// left, and that they touch nothing behind the content.

import {
  type ContentDecoder,
  type ContentLimits,
  toContentDecoder,
} from "../../lib/http1/content_decoder.ts";
import type { RequestFraming } from "../../lib/http1/framing.ts";
import { ProtocolError } from "../../lib/http1/protocol_error.ts";
import { DEFAULT_LIMITS } from "../../lib/server/limits.ts";
import { assert, assertEquals, assertThrows } from "../deps.ts";
import { atRandom, perOctet, WHOLE } from "../support/cuts.ts";
import { toBytes, toText } from "../support/raw_client.ts";
import { SeededRandom } from "../support/seeded_random.ts";

const CHUNKED: RequestFraming = { kind: "chunked" };

function decoderOf(framing: RequestFraming, limits: Partial<ContentLimits> = {}): ContentDecoder {
  return toContentDecoder(framing, { ...DEFAULT_LIMITS, ...limits })!;
}

/** The content among `text`, and how many octets of it were consumed. */
function decode(
  decoder: ContentDecoder,
  { text, cuts }: { text: string; cuts: readonly number[] },
): { content: string; consumed: number } {
  const bytes = toBytes(text);
  let content = "";
  let at = 0;
  for (const end of [...cuts, bytes.length]) {
    while (at < end && !decoder.isDone) {
      const next = decoder.decode(bytes, at, end);
      assert(next > at && next <= end, `From ${at} to ${next}, with ${end} octets there`);
      assert(decoder.pieceStart >= at && decoder.pieceEnd <= next);
      content += toText(bytes.subarray(decoder.pieceStart, decoder.pieceEnd));
      at = next;
    }
  }
  return { content, consumed: at };
}

function statusOf(text: string, limits: Partial<ContentLimits>): number | string {
  const decoder = decoderOf(CHUNKED, limits);
  try {
    const { content } = decode(decoder, { text, cuts: [] });
    return decoder.isDone ? content : "more";
  } catch (error) {
    if (error instanceof ProtocolError) return error.status;
    throw error;
  }
}

Deno.test("there is no decoder where there is no content (RFC 9112 6.3)", () => {
  assertEquals(toContentDecoder({ kind: "none" }, DEFAULT_LIMITS), null);
  assertEquals(toContentDecoder({ kind: "length", length: 0 }, DEFAULT_LIMITS), null);
});

Deno.test("a length of the limit is taken, one octet more is 413 (RFC 9110 15.5.14)", () => {
  const limits = { ...DEFAULT_LIMITS, content: 5 };
  assertEquals(toContentDecoder({ kind: "length", length: 5 }, limits)!.remaining, 5);
  for (const length of [6, Number.MAX_SAFE_INTEGER]) {
    const error = assertThrows(
      () => toContentDecoder({ kind: "length", length }, limits),
      ProtocolError,
    );
    assertEquals(error.status, 413);
  }
});

Deno.test("content by length ends exactly where it says, at any cuts (RFC 9112 6.2)", () => {
  const text = "hello\r\nworldGET / HTTP/1.1";
  const random = new SeededRandom();
  for (const { cuts } of [WHOLE, perOctet(text.length), atRandom(text.length, random)]) {
    const decoder = decoderOf({ kind: "length", length: 12 });
    assertEquals(decode(decoder, { text, cuts }), { content: "hello\r\nworld", consumed: 12 });
    assert(decoder.isDone);
  }
});

Deno.test("a decoder says what is left for certain", () => {
  const byLength = decoderOf({ kind: "length", length: 5 });
  byLength.decode(toBytes("hel"), 0, 3);
  assertEquals([byLength.remaining, byLength.isDone], [2, false]);
  const chunked = decoderOf(CHUNKED);
  assertEquals(chunked.remaining, 0);
  const bytes = toBytes("a\r\nhel");
  let at = 0;
  while (at < bytes.length) at = chunked.decode(bytes, at, bytes.length);
  assertEquals([chunked.remaining, chunked.isDone], [7, false]);
});

Deno.test("chunks of any sizes make the same content, at any cuts (RFC 9112 7.1)", () => {
  const random = new SeededRandom();
  for (let i = 0; i < 50; i++) {
    let text = "";
    let content = "";
    for (let chunks = random.int(5); chunks >= 0; chunks--) {
      const chunk = toText(random.bytes(1 + random.int(40)));
      const size = chunk.length.toString(16).padStart(1 + random.int(4), "0");
      text += `${random.int(2) ? size : size.toUpperCase()}${random.pick(["", ";a", ' ;b="\\""'])}`;
      text += `\r\n${chunk}\r\n`;
      content += chunk;
    }
    text += random.pick(["0\r\n\r\n", "000;x\r\nA: b\r\nC:\r\n\r\n"]);
    const behind = "\r\nGET / HTTP/1.1";
    for (const cutting of [WHOLE, perOctet(text.length), atRandom(text.length, random)]) {
      assertEquals(
        decode(decoderOf(CHUNKED), { text: text + behind, cuts: cutting.cuts }),
        { content, consumed: text.length },
        `RAWSERVE_SEED=${random.seed}, ${cutting.name}`,
      );
    }
  }
});

Deno.test("chunks of the limit are taken, one octet more is 413 (RFC 9110 15.5.14)", () => {
  assertEquals(statusOf("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", { content: 5 }), "abcde");
  assertEquals(statusOf("3\r\nabc\r\n3\r\n", { content: 5 }), 413);
  assertEquals(statusOf("3\r\nabc\r\n2\r\nde\r\n1\r\n", { content: 5 }), 413);
  assertEquals(statusOf("0\r\n\r\n", { content: 0 }), "");
  assertEquals(statusOf("1\r\n", { content: 0 }), 413);
});

Deno.test("sizes that are added up never wrap around (RFC 9112 7.1)", () => {
  const most = { content: Number.MAX_SAFE_INTEGER };
  assertEquals(statusOf("fffffffffffff\r\n", most), "more");
  assertEquals(statusOf("10000000000000\r\n", most), 400);
  assertEquals(statusOf("ffffffffffffffff\r\n", most), 400);
});

Deno.test("13 digits of a size are taken, 14 are not (RFC 9112 7.1)", () => {
  assertEquals(statusOf("0000000000001\r\nx\r\n0\r\n\r\n", {}), "x");
  assertEquals(statusOf("00000000000001", {}), 400);
  assertEquals(statusOf("1\r\nx\r\n0000000000000\r\n\r\n", {}), "x");
});

Deno.test("extensions of the limit are taken, one octet more is 400 (RFC 9112 7.1.1)", () => {
  const text = "1;ab\r\nx\r\n0;c\r\n\r\n";
  const limit = [...Array(20).keys()].find((each) =>
    statusOf(text, { chunkExtensions: each }) === "x"
  );
  // What lies between a size and its line's LF, the semicolon aside.
  assertEquals(limit, "ab\r".length + "c\r".length);
  assertEquals(statusOf(text, { chunkExtensions: limit! - 1 }), 400);
  assertEquals(statusOf("1\r\nx\r\n0\r\n\r\n", { chunkExtensions: 0 }), "x");
});

Deno.test("a trailer section of the limit is taken, its empty line included (RFC 6585 5)", () => {
  const trailers = "A: b\r\nC: d\r\n\r\n";
  for (let limit = 0; limit < trailers.length; limit++) {
    assertEquals(statusOf(`0\r\n${trailers}`, { trailerSection: limit }), 431);
  }
  assertEquals(statusOf(`0\r\n${trailers}`, { trailerSection: trailers.length }), "");
});

Deno.test("every octet that is no hexadecimal digit is refused in a size (RFC 9112 7.1)", () => {
  for (let octet = 0; octet < 256; octet++) {
    const character = String.fromCharCode(octet);
    const isDigit = /[0-9A-Fa-f]/.test(character);
    assertEquals(statusOf(character, {}), isDigit ? "more" : 400);
    if (isDigit || "\r; \t".includes(character)) continue;
    assertEquals(statusOf(`1${character}`, {}), 400);
  }
});

Deno.test("every control character is refused in extensions and trailers (RFC 9112 7.1)", () => {
  for (let octet = 0; octet < 256; octet++) {
    const character = String.fromCharCode(octet);
    const isControl = (octet < 0x20 && octet !== 9) || octet === 0x7f;
    if (!isControl) continue;
    assertEquals(statusOf(`1;a="${character}`, {}), 400);
    assertEquals(statusOf(`1;a="\\${character}`, {}), 400);
    if (octet !== 0x0d) {
      assertEquals(statusOf(`1;a=b${character}`, {}), 400);
      assertEquals(statusOf(`0\r\nA: ${character}`, {}), 400);
    }
  }
});
