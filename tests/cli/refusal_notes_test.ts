// lib/cli/refusal_notes.ts: a line for what is not served, and not a line for every attempt.

import { PATH_LIMIT, RefusalNotes } from "../../lib/cli/refusal_notes.ts";
import { assertEquals } from "../deps.ts";

function makeNotes() {
  const lines: string[] = [];
  const time = { now: 0 };
  return { lines, time, notes: new RefusalNotes((line) => lines.push(line), () => time.now) };
}

Deno.test("a path is told of once a minute, whatever the reason", () => {
  const { lines, time, notes } = makeNotes();
  notes.add("/.env", "a dot");
  time.now = 59_999;
  notes.add("/.env", "another reason");
  notes.add("/b", "a link");
  assertEquals(lines, ["Not served: /.env: a dot", "Not served: /b: a link"]);
  time.now = 60_000;
  notes.add("/.env", "a dot");
  notes.add("/b", "a link");
  assertEquals(lines.slice(2), ["Not served: /.env: a dot"]);
});

Deno.test("ever new paths are told of up to a limit, and that there are more", () => {
  const { lines, time, notes } = makeNotes();
  for (let i = 0; i < 10 * PATH_LIMIT; i++) notes.add(`/.${i}`, "a dot");
  assertEquals(lines.length, PATH_LIMIT + 1);
  assertEquals(
    lines.at(-1),
    "Not served: more paths than are worth a line each; see the request log",
  );
  time.now = 60_000;
  notes.add("/.new", "a dot");
  assertEquals(lines.at(-1), "Not served: /.new: a dot");
});

Deno.test("neither path nor reason can colour a terminal or forge a line", () => {
  const { lines, notes } = makeNotes();
  notes.add("/a\n\x1b[31m", "b\u2028\x9b");
  assertEquals(lines, ["Not served: /a\\x0A\\x1B[31m: b\\u2028\\x9B"]);
});
