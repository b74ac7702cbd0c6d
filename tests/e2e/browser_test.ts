// A real browser on the page: what it shows on a desk, on a phone and at night, and what it costs.
//
// A browser may open a second connection before it knows whether it needs one, and then use either. So
// what is counted is the connections on which answers came: two at the most for four of them.

import { startServing } from "../cli/started_program.ts";
import { assert, assertEquals, assertMatch } from "../deps.ts";
import { CHROMIUM_MISSING, findChromium, openPage, type Page } from "../support/chromium.ts";
import type { PageOptions } from "../support/chromium.ts";
import type { Program } from "../support/program.ts";

const ignore = findChromium() === null;
const because = ignore ? ` (ignored: ${CHROMIUM_MISSING})` : "";
const PHONE = { width: 360, height: 740, scale: 2, mobile: true };
const PICTURE = "document.querySelector('img')";

function testPage(
  name: string,
  use: (page: Page, where: { url: string; program: Program }) => Promise<void>,
  options: PageOptions = {},
): void {
  Deno.test({
    name: name + because,
    ignore,
    fn: async () => {
      const { program, port } = await startServing();
      await using _ = program;
      const url = `http://127.0.0.1:${port}/`;
      await using page = await openPage(url, options);
      await use(page, { url, program });
      assertEquals(page.messages, [], "The console is not empty");
      assertEquals([page.errors, page.failures], [[], []]);
    },
  });
}

testPage("the page shows its heading and its picture", async (page, { url }) => {
  assertEquals(await page.evaluate("[document.title, document.characterSet]"), ["WOW", "UTF-8"]);
  assertEquals(await page.evaluate("document.compatMode"), "CSS1Compat");
  assertEquals(await page.evaluate("document.querySelector('h1').innerText"), "Wow, Python Server");
  const size =
    `${PICTURE}.decode().then(() => [${PICTURE}.naturalWidth, ${PICTURE}.naturalHeight])`;
  assertEquals(await page.evaluate(size), [1200, 800]);
  assertEquals(await page.evaluate(`${PICTURE}.checkVisibility()`), true);
  assert((await page.evaluate<string>(`${PICTURE}.alt`)).length > 20);
  const answers = page.responses.map(({ url, status, mimeType }) => [url, status, mimeType]);
  assertEquals(answers.filter(([url]) => !String(url).includes("favicon")), [
    [url, 200, "text/html"],
    [`${url}test.jpg`, 200, "image/jpeg"],
  ]);
  assertEquals(page.responses.every(({ protocol }) => protocol === "http/1.1"), true);
});

testPage("page, picture and their reload share connections", async (page, { url, program }) => {
  const before = page.responses.length;
  await page.navigate(url);
  await page.until(() => page.responses.length >= before + 2, "the answers to the reload");
  const connections = new Set(page.responses.map(({ connectionId }) => connectionId));
  // What comes out of the browser's own memory has connection 0.
  connections.delete(0);
  assert(connections.size <= 2, `${connections.size} connections`);
  assert(page.responses.some(({ connectionReused }) => connectionReused));
  await program.waitForLine(/"GET \/ HTTP\/1\.1" 304 /, { from: "stdout" });
});

testPage("the tab's mark is there, as a drawing and as an icon", async (page, { url }) => {
  assertEquals(
    await page.evaluate("document.querySelector('link[rel=icon]').href"),
    `${url}favicon.svg`,
  );
  for (const name of ["favicon.svg", "favicon.ico"]) {
    const width = await page.evaluate<number>(`new Promise((resolve, reject) => {
      const image = new Image();
      image.onload = () => resolve(image.naturalWidth);
      image.onerror = () => reject(new Error("Cannot show ${name}"));
      image.src = "/${name}";
    })`);
    assert(width > 0, `${name} is ${width} wide`);
  }
});

testPage("on a phone nothing is wider than the screen", async (page) => {
  const widths = "[innerWidth, document.documentElement.scrollWidth]";
  assertEquals(await page.evaluate(widths), [PHONE.width, PHONE.width]);
  await page.evaluate(`${PICTURE}.decode()`);
  const [width = 0, height = 0, left = 0, right = 0] = await page.evaluate<number[]>(
    `(({ width, height, left, right }) => [width, height, left, right])(${PICTURE}.getBoundingClientRect())`,
  );
  assert(left >= 0 && right <= PHONE.width, `The picture goes from ${left} to ${right}`);
  assert(Math.abs(width / height - 1.5) < 0.01, `The picture is ${width}x${height}`);
}, { viewport: PHONE });

testPage("by night the page is dark and its text is light", async (page) => {
  const [night = [], ink = []] = await colours(page);
  assert(lightness(night) < 0.2 && lightness(ink) > 0.6, `${ink} on ${night}`);
  await page.setColorScheme("light");
  const [day = [], darkInk = []] = await colours(page);
  assert(lightness(day) > 0.9 && lightness(darkInk) < 0.3, `${darkInk} on ${day}`);
}, { colorScheme: "dark" });

testPage("what is not there is a page that leads back", async (page, { url }) => {
  await page.navigate(`${url}missing`);
  assertMatch(await page.evaluate("document.body.innerText"), /404/);
  const seen = page.responses.find((answer) => answer.url === `${url}missing`);
  assertEquals(seen?.status, 404);
  const seenBefore = page.responses.length;
  await page.evaluate("document.querySelector('a').click()");
  await page.until(
    () => page.responses.slice(seenBefore).some((answer) => answer.url === url),
    "the page that the link leads to",
  );
  // That it was not found is what the console has to say, and all.
  const other = page.messages.splice(0).filter(({ text }) => !text.includes("404 (Not Found)"));
  assertEquals(other, []);
});

/** Background and text, as red, green and blue from 0 to 255. */
function colours(page: Page): Promise<number[][]> {
  return page.evaluate(`["backgroundColor", "color"].map((name) =>
    getComputedStyle(document.body)[name].match(/[\\d.]+/g).slice(0, 3).map(Number))`);
}

function lightness(colour: readonly number[]): number {
  return colour.reduce((sum, each) => sum + each, 0) / (3 * 255);
}
