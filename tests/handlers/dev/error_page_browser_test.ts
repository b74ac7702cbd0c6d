// The page of a failure in a real browser: readable on a desk and on a phone, by day and by night, and its button.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../deps.ts";
import { CHROMIUM_MISSING, findChromium, openPage, type Page } from "../../support/chromium.ts";
import type { PageOptions } from "../../support/chromium.ts";
import app from "./failing_app.ts";
import { ShownApp } from "./shown_app.ts";

const ignore = findChromium() === null;
const because = ignore ? ` (ignored: ${CHROMIUM_MISSING})` : "";
const PHONE = { width: 360, height: 740, scale: 2, mobile: true };
const HEADING = "document.querySelector('h1')";

function pageTest(
  name: string,
  { path, ...options }: PageOptions & { path: string },
  use: (page: Page, url: string) => Promise<void>,
): void {
  Deno.test({
    name: name + because,
    ignore,
    fn: async () => {
      await using shown = ShownApp.serve(app.fetch);
      const url = `http://127.0.0.1:${shown.server.port}${path}`;
      await using page = await openPage(url, options);
      await use(page, url);
      // That the status is 500 the browser says by itself; anything else would be about the policy.
      assertEquals(page.messages.filter(({ text }) => !text.includes("status of 500")), []);
      assertEquals([page.errors, page.failures], [[], []]);
    },
  });
}

/** The colour behind the heading, and that of the heading. */
const COLOURS =
  `[getComputedStyle(document.body).backgroundColor, getComputedStyle(${HEADING}).color]`;

for (
  const [what, options] of [
    ["a desk", { viewport: { width: 1280, height: 800 } }],
    ["a phone", { viewport: PHONE }],
    ["a phone at night", { viewport: PHONE, colorScheme: "dark" }],
  ] as const
) {
  pageTest(`the page fits on ${what}`, { path: "/imported", ...options }, async (page) => {
    assertEquals(await page.evaluate("document.compatMode"), "CSS1Compat");
    const width = await page.evaluate<number>("document.documentElement.scrollWidth");
    assert(width <= options.viewport.width, `${width} wide`);
    assertEquals(await page.evaluate(`${HEADING}.textContent`), "Error");
    const [paper, ink] = await page.evaluate<[string, string]>(COLOURS);
    const isNight = "colorScheme" in options;
    assertEquals([paper, ink], [
      isNight ? "rgb(17, 22, 42)" : "rgb(250, 248, 245)",
      isNight ? "rgb(236, 230, 221)" : "rgb(28, 35, 64)",
    ]);
    // The style came in, though the policy lets in nothing but itself: the marked line has a colour of its own.
    const mark = "getComputedStyle(document.querySelector('mark')).backgroundColor";
    assert(await page.evaluate(mark) !== "rgb(255, 255, 0)");
  });
}

pageTest(
  "frames of the app are open, others are folded and can be opened",
  { path: "/map" },
  async (page) => {
    const open =
      "[...document.querySelectorAll('.own .source')].every((each) => each.checkVisibility())";
    assertEquals(await page.evaluate(open), true);
    const folded = "document.querySelector('li:not(.own) li')";
    assertEquals(await page.evaluate(`${folded}.checkVisibility()`), false);
    await page.evaluate("document.querySelector('summary').click()");
    await page.waitFor(`${folded}.checkVisibility()`);
  },
);

pageTest(
  "Copy puts the whole as text into the clipboard",
  { path: "/imported" },
  async (page, url) => {
    await page.send("Browser.grantPermissions", {
      permissions: ["clipboardReadWrite", "clipboardSanitizedWrite"],
      origin: new URL(url).origin,
    });
    await page.send("Page.bringToFront");
    await page.evaluate("document.getElementById('copy').click()");
    await page.waitFor("document.getElementById('copied').textContent === 'Copied'");
    const text = await page.evaluate<string>("navigator.clipboard.readText()");
    assertMatch(text, /^Error: Cannot find the visitor null\n {4}at findVisitor \(/);
    assertStringIncludes(text, `\nGET ${url} HTTP/1.1\nHost: 127.0.0.1:`);
    assertEquals(await page.evaluate("document.getElementById('plain').open"), false);
  },
);

pageTest("without a clipboard the text is shown, selected and copied the old way", {
  path: "/sync",
}, async (page) => {
  // As it is on http from another machine.
  await page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })");
  await page.evaluate("document.getElementById('copy').click()");
  await page.waitFor("document.getElementById('copied').textContent !== ''");
  assertMatch(
    await page.evaluate<string>("getSelection().toString()"),
    /^TypeError: Thrown at once\n {4}at /,
  );
  assertEquals(await page.evaluate("document.getElementById('plain').open"), true);
});

pageTest(
  "markup in a message is text, and its script does not run",
  { path: "/markup" },
  async (page) => {
    assertMatch(await page.evaluate<string>("document.title"), /^Error: <\/pre><script>/);
    assertEquals(await page.evaluate("document.scripts.length"), 1);
    assertEquals(await page.evaluate("document.images.length"), 0);
  },
);
