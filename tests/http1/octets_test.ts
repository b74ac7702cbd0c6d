// The table of octet classes against the grammars, written here a second time as regular expressions.

import {
  DIGIT,
  equalsIgnoringCase,
  FIELD_CONTENT,
  HEXDIG,
  IP_LITERAL,
  OCTET,
  REG_NAME,
  TARGET,
  TCHAR,
  toLatin1,
  trimOptionalWhiteSpace,
} from "../../lib/http1/octets.ts";
import { assertEquals } from "../deps.ts";
import { toBytes } from "../support/raw_client.ts";

const classes: [name: string, bit: number, grammar: RegExp][] = [
  ["TCHAR (RFC 9110 5.6.2)", TCHAR, /[!#$%&'*+\-.^_`|~0-9A-Za-z]/],
  ["FIELD_CONTENT (RFC 9110 5.5)", FIELD_CONTENT, /[\t \x21-\x7e\x80-\xff]/],
  [
    "TARGET (RFC 9112 3.2, and what browsers send)",
    TARGET,
    /[!$%&'()*+,\-./0-9:;=?@A-Z[\\\]^_`a-z{|}~]/,
  ],
  ["REG_NAME (RFC 3986 3.2.2)", REG_NAME, /[A-Za-z0-9\-._~!$&'()*+,;=%]/],
  ["IP_LITERAL (RFC 3986 3.2.2)", IP_LITERAL, /[A-Za-z0-9\-._~!$&'()*+,;=:]/],
  ["DIGIT (RFC 5234 B.1)", DIGIT, /[0-9]/],
  ["HEXDIG (RFC 5234 B.1)", HEXDIG, /[0-9A-Fa-f]/],
];

for (const [name, bit, grammar] of classes) {
  Deno.test(`${name} holds the octets of its grammar and no other ones`, () => {
    for (let octet = 0; octet < 256; octet++) {
      const character = String.fromCharCode(octet);
      assertEquals((OCTET[octet]! & bit) !== 0, grammar.test(character), JSON.stringify(character));
    }
  });
}

Deno.test("toLatin1 makes a character of every octet, in any length", () => {
  const all = Uint8Array.from({ length: 256 }, (_, octet) => octet);
  assertEquals(Array.from(toLatin1(all, 0, 256), (character) => character.charCodeAt(0)), [...all]);
  const many = new Uint8Array(100_000).fill(0xe9);
  for (const length of [0, 1, 16, 17, 8_191, 8_192, 8_193, 16_384, 99_990]) {
    assertEquals(toLatin1(many, 10, 10 + length), "\xe9".repeat(length));
  }
});

Deno.test("equalsIgnoringCase ignores the case of ASCII letters and of nothing else", () => {
  for (let one = 0; one < 256; one++) {
    for (let two = 0; two < 256; two++) {
      const [a, b] = [one, two].map((octet) => String.fromCharCode(octet)) as [string, string];
      const lower = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
      assertEquals(equalsIgnoringCase(Uint8Array.of(0, one), 1, b), lower(a) === lower(b));
    }
  }
  assertEquals(equalsIgnoringCase(toBytes("k"), 0, "\u212a"), false);
});

Deno.test("trimOptionalWhiteSpace takes SP and HTAB and nothing else (RFC 9110 5.6.3)", () => {
  const trimmed: [text: string, inner: string][] = [
    ["", ""],
    [" \t ", ""],
    [" a b\t", "a b"],
    ["\xa0a\xa0", "\xa0a\xa0"],
    ["\va\f", "\va\f"],
    ["\ra\n", "\ra\n"],
  ];
  for (const [text, inner] of trimmed) assertEquals(trimOptionalWhiteSpace(text), inner);
});
