import { parseList } from "../../lib/http1/list_syntax.ts";
import { assertEquals, assertLess } from "../deps.ts";

function members(text: string, options: { start?: number; most?: number } = {}): string[] | null {
  const found = parseList(text, { member: /[a-z]+/y, ...options });
  return found === null ? null : found.map(([member]) => member);
}

const lists: [text: string, members: string[]][] = [
  ["a", ["a"]],
  ["a,b", ["a", "b"]],
  ["a \t, \tb", ["a", "b"]],
  [",a,, ,b,", ["a", "b"]],
  ["", []],
  [" , ", []],
];
for (const [text, expected] of lists) {
  Deno.test(`parseList reads ${JSON.stringify(text)} (RFC 9110 5.6.1)`, () => {
    assertEquals(members(text), expected);
  });
}

for (const text of ["a b", "a;b", "1", "a,1", "a\xa0,b", "a\n,b", "a1", "a,b!"]) {
  Deno.test(`parseList refuses ${JSON.stringify(text)} (RFC 9110 5.6.1)`, () => {
    assertEquals(members(text), null);
  });
}

Deno.test("parseList begins where it is told", () => {
  assertEquals(members("1=a,b", { start: 2 }), ["a", "b"]);
});

Deno.test("parseList refuses one member more than the most", () => {
  assertEquals(members("a,b,,", { most: 2 }), ["a", "b"]);
  assertEquals(members("a,b,c", { most: 2 }), null);
});

Deno.test("parseList takes time in proportion to the text", () => {
  const began = performance.now();
  for (const filler of [" ", ",", "\t,", "a"]) {
    assertEquals(members("a," + filler.repeat(500_000) + "!"), null);
  }
  assertLess(performance.now() - began, 2_000);
});
