// The browser driver against a page served by Deno itself, so that what it reports is known to be
// the page's doing and not rawserve's.

import { assertEquals, assertRejects } from "../deps.ts";
import { CHROMIUM_MISSING, findChromium, openPage } from "./chromium.ts";

const ignore = findChromium() === null;
const unless = ignore ? ` (ignored: ${CHROMIUM_MISSING})` : "";

const PAGE = `<!doctype html><title>A page</title><link rel="icon" href="data:,">
  <style>body { color: rgb(1, 2, 3) }
  @media (prefers-color-scheme: dark) { body { color: rgb(4, 5, 6) } }</style>
  <img src="/missing.png">
  <script>console.log("hello", 42); setTimeout(() => { throw new TypeError("Oops"); }, 0);</script>`;

function answer(request: Request): Response {
  return new URL(request.url).pathname === "/"
    ? new Response(PAGE, { headers: { "content-type": "text/html; charset=utf-8" } })
    : new Response("No", { status: 404, headers: { "content-type": "text/plain" } });
}

Deno.test({
  name: `openPage loads a page and reports what it does${unless}`,
  ignore,
  fn: async () => {
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, answer);
    const url = `http://127.0.0.1:${server.addr.port}/`;
    const picture = await Deno.makeTempFile({ suffix: ".png" });
    try {
      await using page = await openPage(url, { viewport: { width: 400, height: 300 } });

      assertEquals(await page.evaluate("document.title"), "A page");
      assertEquals(await page.evaluate("Promise.resolve([innerWidth, innerHeight])"), [400, 300]);
      await assertRejects(() => page.evaluate("nothing.at.all"), Error, "ReferenceError");

      const color = "getComputedStyle(document.body).color";
      assertEquals(await page.evaluate(color), "rgb(1, 2, 3)");
      await page.setColorScheme("dark");
      await page.waitFor(`${color} === "rgb(4, 5, 6)"`);

      await page.until(() => page.responses.length === 2, "two responses");
      const seen = page.responses.map((it) => [it.url, it.status, it.mimeType, it.protocol]);
      assertEquals(seen, [
        [url, 200, "text/html", "http/1.1"],
        [`${url}missing.png`, 404, "text/plain", "http/1.1"],
      ]);
      assertEquals(page.responses[0]?.connectionId, page.responses[1]?.connectionId);

      const texts = () => page.messages.map(({ type, text }) => `${type}: ${text}`).join("\n");
      await page.until(() => texts().includes("log: hello 42"), "the console's line");
      await page.until(() => texts().includes("status of 404"), "the failed picture's line");
      await page.until(() => page.errors.join().includes("TypeError: Oops"), "the page's error");

      await page.screenshot(picture);
      const start = (await Deno.readFile(picture)).subarray(0, 4);
      assertEquals(start, new Uint8Array([0x89, 0x50, 0x4e, 0x47]));
    } finally {
      await Deno.remove(picture);
    }
  },
});

Deno.test({
  name: `openPage fails where nothing listens, and leaves nothing behind${unless}`,
  ignore,
  fn: async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    listener.close();
    await assertRejects(
      () => openPage(`http://127.0.0.1:${port}/`),
      Error,
      "net::ERR_CONNECTION_REFUSED",
    );
  },
});
