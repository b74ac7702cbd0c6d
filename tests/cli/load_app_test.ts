// A module becomes an app, or one line with file and line.

import { Failure } from "../../lib/cli/failure.ts";
import { loadApp } from "../../lib/cli/load_app.ts";
import type { AppInfo } from "../../lib/handlers/apps/app_info.ts";
import { assert, assertEquals, assertRejects } from "../deps.ts";

async function withModule(
  files: Record<string, string>,
  check: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "rawserve app " });
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    await check(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const INFO = {} as AppInfo;

const apps: [name: string, source: string][] = [
  ["an object with fetch", 'export default { fetch: () => new Response("yes") };'],
  ["a function", 'export default () => new Response("yes");'],
  [
    "an object that needs itself",
    `
    class App {
      #said = "yes";
      fetch(request) { return new Response(this.#said + new URL(request.url).search); }
    }
    export default new App();`,
  ],
  [
    "what imports its neighbour",
    'import { said } from "./other.js"; export default { fetch: () => new Response(said) };',
  ],
  [
    "what waits for something first",
    'const said = await Promise.resolve("yes"); export default () => new Response(said);',
  ],
];

for (const [name, source] of apps) {
  Deno.test(`loadApp takes ${name}`, async () => {
    const files = { "app #1.js": source, "other.js": 'export const said = "yes";' };
    await withModule(files, async (folder) => {
      const app = await loadApp(`${folder}/app #1.js`);
      assertEquals(await (await app(new Request("http://a/"), INFO)).text(), "yes");
    });
  });
}

Deno.test("loadApp takes TypeScript where the runtime does", async () => {
  const source =
    "export default { fetch: (request: Request): Response => new Response(request.url) };";
  await withModule({ "app.ts": source }, async (folder) => {
    const app = await loadApp(`${folder}/app.ts`);
    assertEquals(await (await app(new Request("http://a/"), INFO)).text(), "http://a/");
  });
});

const broken: [name: string, source: string, says: RegExp][] = [
  ["exports nothing", "export const a = 1;", /it has no default export \(export default \{/],
  ["exports a text", 'export default "x";', /its default export is no app/],
  ["exports an object without fetch", "export default {};", /its default export is no app/],
  ["is no JavaScript", "const x = 1;\nconst y = ;", /Expression expected.* \(.*\/app\.js:2:11\)$/],
  [
    "imports what is not there",
    '\nimport "./missing.js";',
    /Module not found "file:.*missing\.js" \(.*\/app\.js:2:8\)$/,
  ],
  [
    "imports what is not exported",
    'import { nope } from "./other.js";',
    /does not provide an export named 'nope' \(.*\/app\.js:1:10\)$/,
  ],
  [
    "throws",
    "const a = 1;\nthrow new RangeError(`too ${a}`);",
    /: RangeError: too 1 \(.*\/app\.js:2:7\)$/,
  ],
  [
    "lacks a permission",
    "throw new Deno.errors.NotCapable('Requires env access to \"A\", run again with the --allow-env flag');",
    /: NotCapable: Requires env access to "A", give it --grant env \(.*\/app\.js:1:7\)$/,
  ],
  [
    "imports a package by its name alone",
    'import "@scope/of/this.js";',
    /: there is no package @scope\/of\/this\.js \(.*\/app\.js:1:8\); import it as npm:@scope\/of\/this\.js, or from node_modules by deno run --node-modules-dir=manual$/,
  ],
  [
    "imports such a package while it runs",
    'await import("no-such-package");',
    /: there is no package no-such-package \(.*\/app\.js:1:14\); import it as npm:no-such-package, /,
  ],
  ["throws what is no error", 'throw "x";', /: it threw "x"$/],
  [
    "throws in its neighbour",
    'import "./thrower.js";',
    /: in here \(.*\/thrower\.js:1:7\)$/,
  ],
];

for (const [name, source, says] of broken) {
  Deno.test(`loadApp says on one line what is wrong with a module that ${name}`, async () => {
    const files = {
      "app.js": source,
      "other.js": "export const a = 1;",
      "thrower.js": 'throw new Error("in here\\nand more");',
    };
    await withModule(files, async (folder) => {
      const path = `${folder}/app.js`;
      const failure = await assertRejects(() => loadApp(path), Failure);
      assertEquals(failure.exitStatus, 1);
      assert(failure.message.startsWith(`Cannot run ${JSON.stringify(path)}: `), failure.message);
      assert(says.test(failure.message), failure.message);
      assert(!failure.message.includes("\n"));
    });
  });
}

Deno.test("loadApp says that there is no such file, which is a slip of whoever typed it", async () => {
  const failure = await assertRejects(() => loadApp("./no/such/app.ts"), Failure);
  assertEquals([failure.message, failure.exitStatus], [
    "Cannot run ./no/such/app.ts: there is no such file",
    2,
  ]);
});
