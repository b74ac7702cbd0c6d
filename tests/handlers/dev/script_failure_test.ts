// What a thrown value tells: errors of all kinds, values that are none, and those that lie about themselves.

import type { AppFailure, FailedError } from "../../../lib/handlers/dev/app_failure.ts";
import {
  ERROR_LIMIT,
  FRAME_LIMIT,
  LINE_LIMIT,
  LINES_AROUND,
  MESSAGE_LIMIT,
} from "../../../lib/handlers/dev/app_failure.ts";
import { toScriptFailure } from "../../../lib/handlers/dev/script_failure.ts";
import { SourceReader } from "../../../lib/handlers/dev/source_reader.ts";
import { parseStack } from "../../../lib/handlers/dev/stack_frames.ts";
import { TempFolder } from "../../cli/temp_folder.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../deps.ts";
import { findVisitor } from "./failing_store.ts";

const STORE = new URL("failing_store.ts", import.meta.url);

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("Nothing was thrown");
}

/** Type and message of each error, with how it belongs to the one before. */
function summaryOf({ errors }: AppFailure): unknown[] {
  return errors.map(({ relation, type, message }) => [relation, type, message]);
}

/** An error whose stack is this. */
function withStack(stack: string, message = "m"): Error {
  return Object.assign(new Error(message), { stack });
}

function framesOf(stack: string, message = "m"): FailedError["frames"] {
  return toScriptFailure(withStack(stack, message)).errors[0]!.frames;
}

Deno.test("an error of an imported file: its frames, their lines of TypeScript, its cause", () => {
  const failure = toScriptFailure(thrownBy(() => findVisitor("bob")));
  assertEquals([failure.language, failure.runtime, failure.when], [
    "JavaScript",
    `Deno ${Deno.version.deno}`,
    "answering",
  ]);
  assertEquals(summaryOf(failure), [
    ["thrown", "Error", "Cannot find the visitor bob"],
    ["cause", "RangeError", "There is no such visitor"],
  ]);
  const lines = Deno.readTextFileSync(STORE).split("\n");
  for (
    const [{ frames }, name, text] of [
      [failure.errors[0]!, "findVisitor", "throw new Error("],
      [failure.errors[1]!, "lookUp", "throw new RangeError("],
    ] as const
  ) {
    const { file, line, column, function: called, isOwn, source } = frames[0]!;
    assertEquals([file, called, isOwn], [STORE.pathname, name, true]);
    const meant = lines[line! - 1]!;
    assertEquals(column, meant.indexOf(text) + "throw ".length + 1);
    assertEquals(
      source.map(({ number, text }) => [number, text]),
      lines.map((text, i) => [i + 1, text]).slice(line! - 1 - LINES_AROUND, line! + LINES_AROUND)
        .filter(([number]) => Number(number) < lines.length),
    );
  }
});

Deno.test("frames of the runtime, of packages and of the server are not the app's", () => {
  const ours = new URL("../../../lib/server/exchange.ts", import.meta.url).href;
  const frames = framesOf([
    "Error: m",
    "    at Array.map (<anonymous>)",
    "    at structuredClone (ext:deno_web/13_message_port.js:533:15)",
    "    at node:internal/timers:7:1",
    "    at Hono.dispatch (file:///app/node_modules/hono/dist/hono-base.js:1:2)",
    "    at file:///root/.cache/deno/npm/registry.npmjs.org/h3/1.0.0/x.mjs:3:4",
    "    at https://jsr.io/@std/x/mod.ts:5:6",
    `    at exchange (${ours}:89:14)`,
    "    at async Object.fetch (file:///app/my%20app.ts:9:1)",
    "    at async file:///app/other.ts:10:11",
    "    at new Foo (file:///app/(a) b.ts:8:29)",
    "    at Promise.all (index 0)",
    "    at eval (eval at <anonymous> (file:///app/a.ts:11:7), <anonymous>:1:6)",
    "    at Object.a [as b] (file:///app/a.ts:12:7)",
  ].join("\n"));
  assertEquals(
    frames.map(({ file, line, column, function: name, isOwn }) =>
      `${isOwn ? "own" : "foreign"} ${name} ${file} ${line} ${column}`
    ),
    [
      "foreign Array.map <anonymous> null null",
      "foreign structuredClone ext:deno_web/13_message_port.js 533 15",
      "foreign null node:internal/timers 7 1",
      "foreign Hono.dispatch /app/node_modules/hono/dist/hono-base.js 1 2",
      "foreign null /root/.cache/deno/npm/registry.npmjs.org/h3/1.0.0/x.mjs 3 4",
      "foreign null https://jsr.io/@std/x/mod.ts 5 6",
      `foreign exchange ${new URL(ours).pathname} 89 14`,
      "own async Object.fetch /app/my app.ts 9 1",
      "own null /app/other.ts 10 11",
      "own new Foo /app/(a) b.ts 8 29",
      "foreign Promise.all index 0 null null",
      "foreign eval <anonymous> 1 6",
      "own Object.a [as b] /app/a.ts 12 7",
    ],
  );
});

Deno.test("lines of a message that look like frames are none", () => {
  const message = "no\n    at file:///etc/passwd:1:1\n    at file:///app/secrets.ts:1:1";
  const stack = `Error: ${message}\n    at file:///app/a.ts:1:2`;
  assertEquals(framesOf(stack, message).map(({ file }) => file), ["/app/a.ts"]);
  assertEquals(framesOf(stack, "changed since").map(({ file }) => file).at(-1), "/app/a.ts");
});

const stacks: [what: string, stack: string, count: number][] = [
  ["none", "", 0],
  ["one without frames", "Error: m", 0],
  ["text", "something\nelse", 0],
  ["frames with text behind them", "Error: m\n    at file:///a.ts:1:1\nand so on", 0],
  ["frames without anything before", "    at file:///a.ts:1:1", 1],
  ["places that are none", "Error: m\n    at ::\n    at file://:1:1\n    at (:)", 3],
  ["numbers that are none", "Error: m\n    at file:///a.ts:99999999999999999:1", 1],
  ["an escape that means nothing", "Error: m\n    at file:///%zz%2F.ts:1:1", 1],
  ["very many", `Error: m${"\n    at file:///a.ts:1:1".repeat(10_000)}`, FRAME_LIMIT],
];
for (const [what, stack, count] of stacks) {
  Deno.test(`a stack that is ${what} has ${count} frames`, () => {
    const frames = parseStack(stack, { message: "m", sources: new SourceReader() });
    assertEquals(frames.length, count);
  });
}

Deno.test("only sources of an ordinary size are read, whatever a stack names", async () => {
  await using folder = await TempFolder.make({
    "secret": "key\n",
    ".env": "KEY=1\n",
    "good.ts": "one\r\ntwo\n",
    "long.ts": `${"x".repeat(LINE_LIMIT + 1)}\n`,
    "big.ts": "y\n".repeat(1_100_000),
  });
  await Deno.mkdir(`${folder.path}/folder.ts`);
  const reader = new SourceReader();
  const read = (name: string, line = 1) => reader.read(`${folder.path}/${name}`, line);
  assertEquals(read("good.ts", 2), [{ number: 1, text: "one" }, { number: 2, text: "two" }]);
  assertEquals(read("long.ts")[0]!.text, `${"x".repeat(LINE_LIMIT)} …`);
  for (const name of ["secret", ".env", "big.ts", "folder.ts", "none.ts"]) {
    assertEquals(read(name), [], name);
  }
  for (const line of [0, -1, 3, 1e9]) assertEquals(read("good.ts", line), [], String(line));
});

class OwnError extends Error {}

const values: [what: string, thrown: unknown, summary: unknown[]][] = [
  ["a text", "<b>", [["thrown", "string", `"<b>"`]]],
  ["null", null, [["thrown", "null", "null"]]],
  ["nothing", undefined, [["thrown", "undefined", "undefined"]]],
  ["an object", { code: 7 }, [["thrown", "object", "{ code: 7 }"]]],
  ["an error of an own class", new OwnError("own"), [["thrown", "OwnError", "own"]]],
  ["an error without a message", new Error(), [["thrown", "Error", ""]]],
  ["an error in colours", new Error("\x1b[31mred\x1b[0m"), [["thrown", "Error", "red"]]],
  ["an exception of the Web", new DOMException("late", "AbortError"), [
    ["thrown", "AbortError", "late"],
  ]],
  ["several errors", new AggregateError([new Error("one"), "two"], "both"), [
    ["thrown", "AggregateError", "both"],
    ["member", "Error", "one"],
    ["member", "string", `"two"`],
  ]],
  ["a cause that is none", new Error("a", { cause: 0 }), [
    ["thrown", "Error", "a"],
    ["cause", "number", "0"],
  ]],
];
for (const [what, thrown, summary] of values) {
  Deno.test(`toScriptFailure tells ${what}`, () => {
    assertEquals(summaryOf(toScriptFailure(thrown)), summary);
  });
}

const refuse = { get: () => fail("I will not tell") };
const fail = (message: string): never => {
  throw new Error(message);
};
const liars: [what: string, make: () => unknown][] = [
  ["a getter for everything that throws", () =>
    Object.defineProperties(new Error("x"), {
      stack: refuse,
      message: refuse,
      name: refuse,
      cause: refuse,
    })],
  ["a proxy that throws", () => new Proxy(new Error("x"), refuse)],
  ["an object that cannot be inspected", () => ({ [Symbol.for("Deno.customInspect")]: fail })],
  ["a message that is an object", () => Object.assign(new Error(), { message: { a: 1 } })],
  ["a stack that is a number", () => Object.assign(new Error("x"), { stack: 7 })],
  ["a revoked proxy", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  }],
];
for (const [what, make] of liars) {
  Deno.test(`toScriptFailure survives ${what}`, () => {
    const { errors } = toScriptFailure(make());
    assertEquals(errors.length, 1);
    assertMatch(errors[0]!.type, /./);
  });
}

Deno.test("causes that go round in a circle, or never end, end", () => {
  const first = new Error("first");
  first.cause = new Error("second", { cause: first });
  assertEquals(toScriptFailure(first).errors.map(({ message }) => message), ["first", "second"]);
  let chain: unknown = null;
  for (let i = 0; i < 1_000; i++) chain = new Error(`${i}`, { cause: chain });
  assertEquals(toScriptFailure(chain).errors.length, ERROR_LIMIT);
  const { errors } = toScriptFailure(new Error("m".repeat(1_000_000)));
  assertEquals(errors[0]!.message.length, MESSAGE_LIMIT + 2);
});

const broken: [name: string, source: string, place: string | null][] = [
  ["syntax.ts", "const a: number = 1;\nlet b = = 2;\n", "syntax.ts:2:9"],
  ["syntax.js", "const a = 1;\nlet b = = 2;\n", "syntax.js:2:9"],
  ["missing.ts", '\nimport "./gone.ts";\n', "missing.ts:2:8"],
  ["no_export.ts", '\n\nimport { gone } from "./good.ts";\ngone;\n', "no_export.ts:3:10"],
  ["throws.ts", '\n\nthrow new RangeError("at import");\n', "throws.ts:3:7"],
];
for (const [name, source, place] of broken) {
  Deno.test(`of ${name}, which cannot be loaded, the place is known`, async () => {
    await using folder = await TempFolder.make({ [name]: source, "good.ts": "export {};\n" });
    const error = await import(`file://${folder.path}/${name}`).catch((error) => error);
    const failure = toScriptFailure(error, "loading");
    assertEquals(failure.when, "loading");
    const frame = failure.errors[0]!.frames.find(({ isOwn }) => isOwn)!;
    assertEquals(`${frame.file}:${frame.line}:${frame.column}`, `${folder.path}/${place}`);
    assert(frame.source.some(({ number }) => number === frame.line));
  });
}

Deno.test("a place in a message is looked for only where a file could not be loaded", () => {
  const error = withStack("Error: see file:///app/a.ts:1:1", "see file:///app/a.ts:1:1");
  assertEquals(toScriptFailure(error).errors[0]!.frames, []);
  assertStringIncludes(toScriptFailure(error, "loading").errors[0]!.frames[0]!.file, "/app/a.ts");
});

Deno.test("an error that does not want to be asked becomes a failure all the same", () => {
  class Shy extends Error {
    static override get name(): string {
      throw new Error("No");
    }
  }
  class Numbered extends Error {
    static override readonly name: string = 5 as unknown as string;
  }
  const { proxy, revoke } = Proxy.revocable([], {});
  revoke();
  const group = Object.assign(new Error("a"), { errors: proxy });
  for (const error of [new Shy("a"), new Numbered("a"), group]) {
    assertEquals(toScriptFailure(error).errors.map(({ type, message }) => [type, message]), [
      ["Error", "a"],
    ]);
  }
});
