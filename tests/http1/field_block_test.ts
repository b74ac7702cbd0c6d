// The fields that are sent: what would split a response is refused when the block is made (RFC 9110 5.5).

import { FieldBlock } from "../../lib/http1/field_block.ts";
import { assertEquals, assertStrictEquals, assertThrows } from "../deps.ts";
import { toText } from "../support/raw_client.ts";

const refused: [name: string, line: [string, string]][] = [
  ["an empty name", ["", "a"]],
  ["a space in a name", ["a b", "c"]],
  ["a space before the colon", ["a ", "c"]],
  ["a colon in a name", ["a:", "c"]],
  ["CR LF in a name", ["a\r\nb", "c"]],
  ["LF behind a name", ["a\n", "c"]],
  ["an umlaut in a name", ["\u00e4", "c"]],
  ["CR LF in a value", ["a", "b\r\nc: d"]],
  ["CR in a value", ["a", "b\rc"]],
  ["LF in a value", ["a", "b\nc"]],
  ["LF behind a value", ["a", "b\n"]],
  ["NUL in a value", ["a", "b\0"]],
  ["an escape in a value", ["a", "\x1b[2J"]],
  ["DEL in a value", ["a", "b\x7fc"]],
  ["a space before a value", ["a", " b"]],
  ["a space behind a value", ["a", "b "]],
  ["a value that is a space", ["a", " "]],
  ["a tab behind a value", ["a", "b\t"]],
  ["a character above U+00FF", ["a", "\u0100"]],
  ["a character whose low octet is LF", ["a", "b\u010ac"]],
  ["a line separator", ["a", "b\u2028c"]],
  ["half a surrogate pair", ["a", "\ud83c"]],
  ["Connection", ["Connection", "close"]],
  ["connection", ["connection", "close"]],
  ["Content-Length", ["Content-Length", "5"]],
  ["CONTENT-LENGTH", ["CONTENT-LENGTH", "5"]],
  ["Transfer-Encoding", ["Transfer-Encoding", "chunked"]],
  ["Date", ["Date", "today"]],
  ["Keep-Alive", ["Keep-Alive", "timeout=5"]],
  ["Proxy-Connection", ["Proxy-Connection", "close"]],
  ["TE", ["TE", "trailers"]],
  ["Trailer", ["Trailer", "A"]],
  ["Upgrade", ["Upgrade", "websocket"]],
];

for (const [name, line] of refused) {
  Deno.test(`FieldBlock refuses ${name} (RFC 9110 5.5)`, () => {
    assertThrows(() => new FieldBlock([line]), TypeError);
    assertThrows(() => new FieldBlock([["A", "b"], line, ["C", "d"]]), TypeError);
    assertThrows(() => FieldBlock.EMPTY.with(line), TypeError);
  });
}

Deno.test("FieldBlock writes lines in their order, each with its CRLF (RFC 9112 5)", () => {
  const block = new FieldBlock([["Set-Cookie", "a=b"], ["x", ""], ["Set-Cookie", "c\td \xe9"]]);
  assertEquals(toText(block.octets), "Set-Cookie: a=b\r\nx: \r\nSet-Cookie: c\td \xe9\r\n");
  assertEquals([...block], [["Set-Cookie", "a=b"], ["x", ""], ["Set-Cookie", "c\td \xe9"]]);
});

Deno.test("FieldBlock.get finds the first line of a name, whatever its case (RFC 9110 5.1)", () => {
  const block = new FieldBlock([["A", "1"], ["a", "2"]]);
  assertEquals([block.get("a"), block.get("A"), block.get("b")], ["1", "1", null]);
});

Deno.test("FieldBlock.with makes a new block and leaves the old one", () => {
  const block = new FieldBlock([["A", "1"]]);
  const more = block.with(["B", "2"], ["C", "3"]);
  assertEquals(toText(more.octets), "A: 1\r\nB: 2\r\nC: 3\r\n");
  assertEquals(toText(block.octets), "A: 1\r\n");
});

Deno.test("FieldBlock offers a protocol, and goes on doing so (RFC 9110 7.8 and 15.5.22)", () => {
  const block = new FieldBlock([["A", "1"]], "websocket").with(["B", "2"]);
  const offer = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
  assertEquals(toText(block.octets), `${offer}A: 1\r\nB: 2\r\n`);
  for (const name of ["", "a b", "a\r\nb: c", "a,b"]) {
    assertThrows(() => new FieldBlock([], name), TypeError);
  }
});

Deno.test("FieldBlock.EMPTY has no octets", () => {
  assertEquals([FieldBlock.EMPTY.octets.length, [...FieldBlock.EMPTY].length], [0, 0]);
  assertStrictEquals(FieldBlock.EMPTY, FieldBlock.EMPTY);
});
