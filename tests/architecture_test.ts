// "Arrows go downward only, and a test holds that" (DESIGN, section 1). The ancestor of this server
// imported in circles; here a circle is a failing test. Each rule is also shown something that breaks
// it, for a check that cannot fail holds nothing.

import { assertEquals, assertGreater, assertStringIncludes } from "./deps.ts";
import { findViolations, withoutComments } from "./support/architecture.ts";

const ROOT = new URL("../", import.meta.url);

Deno.test("the sources keep the order of the layers", () => {
  const sources = new Map([["main.ts", Deno.readTextFileSync(new URL("main.ts", ROOT))]]);
  readFolder("lib/", sources);
  assertGreater(sources.size, 20);
  assertEquals(findViolations(sources), []);
});

const broken: [rule: string, sources: Record<string, string>, says: string][] = [
  ["http1 does not know net", {
    "lib/http1/a.ts": 'import { b } from "../net/b.ts";',
  }, "arrows go downward"],
  ["net does not know http1, not even its types", {
    "lib/net/a.ts": 'import type { B } from "../http1/b.ts";',
  }, "arrows go downward"],
  ["server does not know handlers", {
    "lib/server/a.ts": 'export * from "../handlers/b.ts";',
  }, "arrows go downward"],
  ["handlers know the contract and nothing else of server", {
    "lib/handlers/a.ts": 'import "../server/connection.ts";',
  }, "arrows go downward"],
  ["an import that waits is an import", {
    "lib/http1/a.ts": 'const b = import("../cli/b.ts");',
  }, "arrows go downward"],
  ["handlers do not know cli", {
    "lib/handlers/site/a.ts": 'import { b } from "../../cli/run.ts";',
  }, "arrows go downward"],
  ["handlers do not know their siblings", {
    "lib/handlers/site/a.ts": 'import { b } from "../files/b.ts";',
  }, "do not know their siblings"],
  ["what handlers share knows none of them", {
    "lib/handlers/a.ts": 'import { b } from "./files/b.ts";',
  }, "do not know their siblings"],
  ["main knows the command line alone", {
    "main.ts": 'import { serve } from "./lib/server/serve.ts";',
  }, "main knows"],
  ["another folder is no layer", { "lib/plugins/a.ts": "" }, "is no layer"],
  ["http1 does not say Deno", { "lib/http1/a.ts": "Deno.inspect(1);" }, "nothing of Deno"],
  ["http1 does not wait", { "lib/http1/a.ts": "await x;" }, "nothing of await"],
  ["http1 has no async functions", { "lib/http1/a.ts": "async () => 1;" }, "nothing of await"],
  ["http1 sets no timers", { "lib/http1/a.ts": "setTimeout(f, 1);" }, "nothing of timers"],
  ["http1 has no clock", { "lib/http1/a.ts": "const t = Date.now();" }, "nothing of the clock"],
  ["http1 makes no present", { "lib/http1/a.ts": "new Date()" }, "nothing of the clock"],
  ["http1 throws no dice", { "lib/http1/a.ts": "Math.random()" }, "nothing of anything but"],
  ["net does not say HTTP", { "lib/net/a.ts": 'const x = "HTTP/1.1 400";' }, "nothing of HTTP"],
  ["net does not say header", { "lib/net/a.ts": "let header;" }, "nothing of HTTP"],
  ["server touches no files", { "lib/server/a.ts": "Deno.readFileSync(x)" }, "files and processes"],
  ["server starts no process", { "lib/server/a.ts": "new Deno.Command(x)" }, "files and processes"],
  ["server listens through net", { "lib/server/a.ts": "Deno.listen({})" }, "sockets"],
  ["handlers open no sockets", { "lib/handlers/apps/a.ts": "Deno.connect({})" }, "sockets"],
  ["only cli prints", { "lib/handlers/a.ts": "console.error(1)" }, "only cli does"],
  ["only cli writes to stdout", { "lib/net/a.ts": "Deno.stdout.write(x)" }, "only cli does"],
  ["two files in a circle", {
    "lib/cli/a.ts": 'import "./b.ts";',
    "lib/cli/b.ts": 'import type { A } from "./a.ts";',
  }, "lib/cli/a.ts -> lib/cli/b.ts -> lib/cli/a.ts"],
  ["a file in a circle by itself", { "lib/cli/a.ts": 'import "./a.ts";' }, "in a circle"],
  ["utils says nothing", { "lib/cli/utils.ts": "" }, "says nothing"],
  ["index says nothing", { "lib/handlers/site/index.ts": "" }, "says nothing"],
  ["types says nothing", { "lib/http1/types.ts": "" }, "says nothing"],
  ["nothing comes from JSR", { "lib/cli/a.ts": 'import { x } from "@std/path";' }, "outside"],
  ["nothing comes from npm", { "lib/cli/a.ts": 'import x from "npm:x";' }, "outside"],
  ["nothing comes from the net", { "lib/cli/a.ts": 'import "https://x/y.ts";' }, "outside"],
];

for (const [rule, sources, says] of broken) {
  Deno.test(`findViolations holds the rule: ${rule}`, () => {
    const violations = findViolations(new Map(Object.entries(sources)));
    assertEquals(violations.length, 1);
    assertStringIncludes(violations[0]!, says);
  });
}

Deno.test("findViolations lets through what the rules allow", () => {
  const sources = {
    "main.ts": 'import { run } from "./lib/cli/run.ts";',
    "lib/http1/a.ts": "// await Deno.now\n/* setTimeout */ const re = /[\"'`]\\//; const b = 1;",
    "lib/net/a.ts": "/** Nothing of HTTP. */ Deno.listen({});",
    "lib/server/a.ts": 'import "../http1/a.ts"; import "../net/a.ts"; await x; setInterval(f);',
    "lib/server/workers.ts": "new Worker(x)",
    "lib/handlers/a.ts": 'import "node:crypto"; import type { B } from "../server/handler.ts";',
    "lib/handlers/site/a.ts": 'import "../a.ts"; import "./b.ts";',
    "lib/cli/run.ts": 'import "../handlers/site/a.ts"; console.log(1);',
  };
  assertEquals(findViolations(new Map(Object.entries(sources))), []);
});

const comments: [source: string, code: string][] = [
  ["a // b\nc", "a  \nc"],
  ["a /* b\n */ c", "a   c"],
  ['x = "// no"; // yes', 'x = "// no";  '],
  ["x = `/* no */`; /* yes */", "x = `/* no */`;  "],
  ["x = /[\"/]'/; // yes", "x = /[\"/]'/;  "],
  ["x = a / b; // yes", "x = a / b;  "],
  ["x = '\\''; // yes", "x = '\\'';  "],
];

Deno.test("withoutComments tells comments from what looks like them", () => {
  for (const [source, code] of comments) assertEquals(withoutComments(source), code);
});

function readFolder(folder: string, sources: Map<string, string>): void {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, ROOT))) {
    const path = folder + name;
    if (isDirectory) readFolder(`${path}/`, sources);
    else if (/\.(?:ts|js|mjs)$/.test(name)) {
      sources.set(path, Deno.readTextFileSync(new URL(path, ROOT)));
    }
  }
}
