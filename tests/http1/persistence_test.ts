// Whether a connection lives on (RFC 9112 9.3), for every version and list of options.

import { Fields } from "../../lib/http1/fields.ts";
import { hasListMember, isPersistent } from "../../lib/http1/persistence.ts";
import { assertEquals } from "../deps.ts";
import { toBytes } from "../support/raw_client.ts";

function connectionFields(values: string[]): Fields {
  const name = "Connection";
  let text = name;
  const spans: number[] = [];
  for (const value of values) {
    spans.push(0, name.length, text.length, text.length + value.length);
    text += value;
  }
  return new Fields(toBytes(text), {
    start: 0,
    spans: Int32Array.from(spans),
    spanCount: spans.length,
  });
}

const cases: [values: string[], in10: boolean, in11: boolean][] = [
  [[], false, true],
  [[""], false, true],
  [["close"], false, false],
  [["keep-alive"], true, true],
  [["Keep-Alive"], true, true],
  [["CLOSE"], false, false],
  [["keep-alive, close"], false, false],
  [["close,keep-alive"], false, false],
  [["keep-alive", "close"], false, false],
  [["upgrade , keep-alive"], true, true],
  [["x,\tclose\t,y"], false, false],
  [["closed"], false, true],
  [["not-close"], false, true],
  [["close;x"], false, true],
  [['"close"'], false, true],
  [["keep alive"], false, true],
  [["\xa0close"], false, true],
  [["close\x85"], false, true],
];

for (const [values, in10, in11] of cases) {
  Deno.test(`Connection ${JSON.stringify(values)}: 1.0 ${in10 ? "stays" : "ends"}, 1.1 ${in11 ? "stays" : "ends"} (RFC 9112 9.3)`, () => {
    const fields = connectionFields(values);
    assertEquals([isPersistent(fields, "1.0"), isPersistent(fields, "1.1")], [in10, in11]);
  });
}

Deno.test("hasListMember compares whole members without case (RFC 9110 5.6.1)", () => {
  assertEquals(["a", "A,b", " b ,\ta\t", ",,a"].map((list) => hasListMember(list, "a")), [
    true,
    true,
    true,
    true,
  ]);
  assertEquals(["", ",", "ab", "b a", "a b"].map((list) => hasListMember(list, "a")), [
    false,
    false,
    false,
    false,
    false,
  ]);
});
