// `--dev` in a real browser: pages load themselves again, and style sheets change in place.

import { assertEquals } from "../deps.ts";
import { CHROMIUM_MISSING, findChromium, openPage } from "../support/chromium.ts";
import { childrenOf } from "../support/process_resources.ts";
import type { Program } from "../support/program.ts";
import { startServing } from "./started_program.ts";
import { TempFolder } from "./temp_folder.ts";

const IS_WINDOWS = Deno.build.os === "windows";
const NO_BROWSER = findChromium() === null ? ` (ignored: ${CHROMIUM_MISSING})` : "";

type Page = Awaited<ReturnType<typeof openPage>>;

/** Waits until the expression is truthy, in whichever page is there by then. */
async function appears(page: Page, expression: string): Promise<void> {
  for (let turn = 0; turn < 1_000; turn++) {
    const { result } = await page.send("Runtime.evaluate", {
      expression: `(() => { try { return Boolean(${expression}) } catch { return false } })()`,
    }).catch((error) => {
      // The page was left while it was asked.
      if (error instanceof Error && /context|navigated/.test(error.message)) return {};
      throw error;
    });
    if (result?.value === true) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`It never came to ${expression}`);
}

interface Visit {
  readonly files: Record<string, string>;
  readonly args: (folder: string) => string[];
}

/** Opens a page in the browser on what a server with `--dev` serves, and leaves it to `look`. */
function inBrowser(
  name: string,
  { files, args }: Visit,
  look: (
    page: Page,
    folder: TempFolder,
    program: Program,
  ) => Promise<void>,
): void {
  Deno.test({
    name: name + NO_BROWSER,
    ignore: NO_BROWSER !== "" || IS_WINDOWS,
    fn: async () => {
      await using folder = await TempFolder.make(files);
      const { program, port } = await startServing(["--dev", ...args(folder.path)]);
      await using _ = program;
      await using page = await openPage(`http://localhost:${port}/`);
      await page.until(
        () => page.responses.some(({ url }) => url.endsWith("/.rawserve/dev")),
        "the stream of events",
      );
      await look(page, folder, program);
      assertEquals(page.errors, []);
    },
  });
}

const SITE = {
  "index.html": '<!DOCTYPE html><link rel="stylesheet" href="css/a.css"><p>one</p>',
  "css/a.css": "p { color: rgb(1, 1, 1) }",
};
const COLOUR = "getComputedStyle(document.querySelector('p')).color";
const TEXT = "document.querySelector('p')?.textContent";

inBrowser("an open page of a folder is loaded again when it changes, and the server stays", {
  files: SITE,
  args: (folder) => [folder],
}, async (page, folder, program) => {
  const [child] = childrenOf(program.pid);
  await page.evaluate("window.isOld = true");
  await Deno.writeTextFile(`${folder.path}/index.html`, "<!DOCTYPE html><p>two</p>");
  await appears(page, `${TEXT} === "two"`);
  assertEquals(await page.evaluate("window.isOld ?? false"), false);
  assertEquals(childrenOf(program.pid), [child!]);
});

inBrowser("a style sheet is changed in the open page, again and again, and the page goes on", {
  files: SITE,
  args: (folder) => [folder],
}, async (page, folder) => {
  await page.evaluate("window.isOld = true");
  for (const shade of [2, 3]) {
    await Deno.writeTextFile(`${folder.path}/css/a.css`, `p { color: rgb(${shade}, 1, 1) }`);
    await appears(page, `${COLOUR} === "rgb(${shade}, 1, 1)"`);
    await appears(page, "document.querySelectorAll('link').length === 1");
  }
  assertEquals(await page.evaluate("window.isOld"), true);
});

inBrowser("an open page of an app comes back when the app has, and shows what is wrong meanwhile", {
  files: {
    "app.ts": `const text = "one";
export default () => new Response("<!DOCTYPE html><p>" + text + "</p>", {
  headers: { "Content-Type": "text/html", "Content-Security-Policy": "default-src 'none'" },
});\n`,
  },
  args: (folder) => [`${folder}/app.ts`],
}, async (page, folder) => {
  const path = `${folder.path}/app.ts`;
  const source = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, source.replace("one", "two"));
  await appears(page, `${TEXT} === "two"`);
  await Deno.writeTextFile(path, source.replace('"one"', ""));
  await appears(page, "document.body?.textContent.includes('app.ts')");
  await Deno.writeTextFile(path, source.replace("one", "three"));
  await appears(page, `${TEXT} === "three"`);
});
