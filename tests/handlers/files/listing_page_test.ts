// The listing's page in a browser: what its script, its style and its policy make of it.

import { Listing } from "../../../lib/handlers/files/listing.ts";
import type { Handler, HttpResponse } from "../../../lib/server/handler.ts";
import { textAnswer } from "../../../lib/server/text_answer.ts";
import { assertEquals, assertGreater } from "../../deps.ts";
import { CHROMIUM_MISSING, findChromium, openPage, type Page } from "../../support/chromium.ts";
import { folderOf, ODD_NAMES, STATIC } from "../../support/listed_folder.ts";
import { startServer } from "../../support/server.ts";

const isMissing = findChromium() === null;
const unless = isMissing ? ` (ignored: ${CHROMIUM_MISSING})` : "";
const SHOWN = "[...document.querySelectorAll('tbody + tbody tr:not([hidden]) a')].map(" +
  "(a) => a.textContent)";
const STATUS = "document.getElementById('shown').textContent";

function handlerFor(path: string): Handler {
  const options = { staticDirectory: STATIC, hasArchive: true, showDotfiles: false };
  const listing = new Listing({ ...options, isLinkServed: () => true });
  return (request) => {
    const urlPath = "path" in request.target ? request.target.path : "";
    return urlPath === "/sub/"
      ? listing.answer(request, { path, urlPath }) as HttpResponse
      : textAnswer(200, "Reached");
  };
}

async function type(page: Page, text: string): Promise<void> {
  await page.evaluate("document.getElementById('filter').select()");
  await page.send("Input.insertText", { text });
  await page.waitFor(`document.getElementById('filter').value === ${JSON.stringify(text)}`);
}

Deno.test({
  name: `the listing's filter hides what does not match, as one types${unless}`,
  ignore: isMissing,
  async fn() {
    await using folder = await folderOf(["Alpha.txt", "beta.txt", "Ga/", "caf\u00e9", "<b>"]);
    await using server = startServer(handlerFor(folder.path));
    await using page = await openPage(`http://127.0.0.1:${server.port}/sub/`);
    assertEquals(await page.evaluate(`[${SHOWN}.length, ${STATUS}]`), [5, ""]);
    const label = "document.getElementById('filter').labels[0].checkVisibility()";
    assertEquals(await page.evaluate(label), true);
    for (
      const [text, shown] of [
        ["TXT", ["Alpha.txt", "beta.txt"]],
        ["cafe\u0301", ["caf\u00e9"]],
        ["<b", ["<b>"]],
        ["a/", ["Ga/"]],
        ["nothing", []],
      ] as const
    ) {
      await type(page, text);
      assertEquals(await page.evaluate(SHOWN), [...shown]);
      assertEquals(await page.evaluate(STATUS), `${shown.length} of 5 shown`);
    }
    // The way up is no entry.
    const parent = "document.querySelector('a[href=\"../\"]').checkVisibility()";
    assertEquals(await page.evaluate(parent), true);
    await page.evaluate("document.getElementById('filter').select()");
    for (const type of ["keyDown", "keyUp"]) {
      await page.send("Input.dispatchKeyEvent", {
        type,
        key: "Backspace",
        windowsVirtualKeyCode: 8,
      });
    }
    await page.waitFor("document.getElementById('filter').value === ''");
    assertEquals(await page.evaluate(`[${SHOWN}.length, ${STATUS}]`), [5, ""]);
    assertEquals([page.messages, page.errors, page.failures], [[], [], []]);
    assertEquals(page.responses.map(({ status }) => status).filter((each) => each >= 400), []);
  },
});

Deno.test({
  name: `the listing's links lead to every odd name in a browser${unless}`,
  ignore: isMissing,
  async fn() {
    await using folder = await folderOf(ODD_NAMES);
    await using server = startServer(handlerFor(folder.path));
    await using page = await openPage(`http://127.0.0.1:${server.port}/sub/`);
    const paths = await page.evaluate<string[]>(
      "Promise.all([...document.querySelectorAll('tbody + tbody a')].map(async (a) => a.pathname))",
    );
    assertEquals(
      paths.map((path) => decodeURIComponent(path)).toSorted(),
      ODD_NAMES.map((name) => `/sub/${name}`).toSorted(),
    );
    assertEquals([page.messages, page.errors, page.failures], [[], [], []]);
  },
});

Deno.test({
  name: `the listing fits a phone, and links are big enough to touch${unless}`,
  ignore: isMissing,
  async fn() {
    await using folder = await folderOf(ODD_NAMES);
    await using server = startServer(handlerFor(folder.path));
    const viewport = { width: 320, height: 640, scale: 2, mobile: true };
    await using page = await openPage(`http://127.0.0.1:${server.port}/sub/`, { viewport });
    assertEquals(await page.evaluate("document.documentElement.scrollWidth <= 320"), true);
    const heights = "[...document.querySelectorAll('th a')].map((a) => a.offsetHeight)";
    assertGreater(Math.min(...await page.evaluate<number[]>(heights)), 24);
  },
});

interface AxNode {
  readonly role?: { value: string };
  readonly name?: { value: string };
}

Deno.test({
  name: `the listing tells a screen reader what it is${unless}`,
  ignore: isMissing,
  async fn() {
    await using folder = await folderOf(["a.txt", "b/"]);
    await using server = startServer(handlerFor(folder.path));
    await using page = await openPage(`http://127.0.0.1:${server.port}/sub/?sort=time&order=desc`);
    const { nodes } = await page.send("Accessibility.getFullAXTree");
    const told = (nodes as AxNode[]).map(({ role, name }) =>
      `${role?.value}: ${name?.value ?? ""}`
    );
    for (
      const wanted of [
        "RootWebArea: Index of /sub/",
        "navigation: Path",
        "heading: sub",
        "searchbox: Filter by name",
        "link: Download as .tar",
        "table: 1 folder, 1 file (0 B)",
        "columnheader: Time (UTC)",
        "rowheader: a.txt",
        "link: b/",
        "link: Parent folder",
      ]
    ) assertEquals(told.filter((each) => each === wanted), [wanted]);
    assertEquals(
      await page.evaluate("document.querySelector('[aria-sort=descending]').textContent"),
      "Time (UTC)",
    );
    assertEquals(await page.evaluate("document.documentElement.lang"), "en");
  },
});

for (const colorScheme of ["light", "dark"] as const) {
  Deno.test({
    name: `the listing can be read in ${colorScheme} (WCAG 1.4.3)${unless}`,
    ignore: isMissing,
    async fn() {
      await using folder = await folderOf(["a.txt"]);
      await using server = startServer(handlerFor(folder.path));
      const url = `http://127.0.0.1:${server.port}/sub/`;
      await using page = await openPage(url, { colorScheme });
      const paper = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
      for (const selector of ["body", "td", "caption", "a", "label"]) {
        const ink = await page.evaluate<string>(
          `getComputedStyle(document.querySelector('${selector}')).color`,
        );
        assertGreater(contrast(ink, paper), 4.5);
      }
    },
  });
}

/** The contrast ratio of two colours like `rgb(1, 2, 3)`, as WCAG 2 defines it. */
function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light! + 0.05) / (dark! + 0.05);
}

function luminance(color: string): number {
  const [red, green, blue] = Array.from(color.matchAll(/\d+/g), ([digits]) => {
    const part = Number(digits) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}
