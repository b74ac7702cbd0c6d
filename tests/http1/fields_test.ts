// Field lines as a handler reads them (RFC 9110 5.2 and 5.3).

import { Fields } from "../../lib/http1/fields.ts";
import { RequestHeadScanner } from "../../lib/http1/request_head.ts";
import { DEFAULT_LIMITS } from "../../lib/server/limits.ts";
import { assert, assertEquals } from "../deps.ts";
import { toBytes } from "../support/raw_client.ts";

function fieldsOf(...lines: string[]): Fields {
  const bytes = toBytes(
    `xyz\r\nGET / HTTP/1.0\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`,
  );
  const { fields } = new RequestHeadScanner(DEFAULT_LIMITS).parse(bytes, 3, bytes.length)!;
  fields.keep();
  return fields;
}

Deno.test("Fields.get finds a field whatever the case of its name (RFC 9110 5.1)", () => {
  const fields = fieldsOf("Accept: a", "X-Long-Name: b", "x_y: c");
  assertEquals(["accept", "ACCEPT", "x-long-name", "X_Y"].map((name) => fields.get(name)), [
    "a",
    "a",
    "b",
    "c",
  ]);
});

Deno.test("Fields.get finds nothing that is not there", () => {
  const fields = fieldsOf("Accept: a", "A: b");
  const absent = ["", "Accep", "Accept-", "ccept", "b", "A:", "\u0100", "\u212aey"];
  assertEquals(absent.map((name) => fields.get(name)), absent.map(() => null));
  assertEquals(absent.map((name) => fields.has(name)), absent.map(() => false));
  assertEquals(fields.getAll("Accep"), []);
});

Deno.test("ASCII case alone is ignored: @ and ` are not each other (RFC 9110 5.1)", () => {
  const fields = fieldsOf("a`b: 1", "c^: 2");
  assertEquals([fields.get("a@b"), fields.get("A`B"), fields.get("c~")], [null, "1", null]);
});

Deno.test("Fields.get joins the lines of a name, getAll keeps them apart (RFC 9110 5.3)", () => {
  const fields = fieldsOf("A: 1", "B: x", "a: 2, 3", "A:");
  assertEquals(fields.get("a"), "1, 2, 3, ");
  assertEquals(fields.getAll("A"), ["1", "2, 3", ""]);
});

Deno.test("an empty value is there and is empty (RFC 9110 5.5)", () => {
  const fields = fieldsOf("A:", "B: \t ");
  assertEquals([fields.get("a"), fields.get("b"), fields.has("a")], ["", "", true]);
});

Deno.test("Fields iterates in the order of the wire, names as they were sent (RFC 9110 5.3)", () => {
  const lines: [string, string][] = [["b", "1"], ["A", "2"], ["B", "3"]];
  const fields = fieldsOf(...lines.map(([name, value]) => `${name}: ${value}`));
  assertEquals([...fields], lines);
  assertEquals([...fields], lines);
  assertEquals([fields.size, fieldsOf().size], [3, 0]);
});

Deno.test("a value's characters are its octets, however long it is (RFC 9110 5.5)", () => {
  for (const length of [0, 1, 15, 16, 17, 8191, 8192, 8193, 20_000]) {
    const value = Array.from({ length }, (_, i) => String.fromCharCode(0xff - (i % 0x80))).join("");
    assertEquals(fieldsOf(`A: ${value}`).get("a"), value);
  }
});

Deno.test("hasAny finds a line of any of the names, whatever its case and place", () => {
  const fields = fieldsOf("Alpha: 1", "BETA: 2", "gamma: 3");
  assert(fields.hasAny(["none", "beta"]));
  assert(fields.hasAny(["gamma"]));
  assert(!fields.hasAny(["alph", "alphas", "delta"]));
  assert(!fields.hasAny([]));
});

Deno.test("Fields.from has the lines that it is given, in order", () => {
  const lines: [string, string][] = [["A", "1"], ["Set-Cookie", "x"], ["set-cookie", "\xe9"], [
    "B",
    "",
  ]];
  const fields = Fields.from(lines);
  assertEquals([...fields], lines);
  assertEquals([fields.size, fields.getAll("SET-COOKIE")], [4, ["x", "\xe9"]]);
  assertEquals([fields.get("b"), fields.get("c"), Fields.from([]).size], ["", null, 0]);
});
