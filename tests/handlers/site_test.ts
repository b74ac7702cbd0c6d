import { embeddedSite } from "../../lib/handlers/site/site.ts";
import { listenTcp } from "../../lib/net/tcp.ts";
import type { Handler, HttpResponse } from "../../lib/server/handler.ts";
import { serve } from "../../lib/server/serve.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertNotEquals,
  assertStrictEquals,
  assertThrows,
} from "../deps.ts";
import { parseByteranges } from "../support/byteranges.ts";
import { CHROMIUM_MISSING, findChromium, openPage } from "../support/chromium.ts";
import { connect } from "../support/raw_client.ts";
import { requestOf } from "../support/request.ts";

const STATIC = new URL("../../static/", import.meta.url);
const PAGE = Deno.readFileSync(new URL("index.html", STATIC));
const PICTURE = Deno.readFileSync(new URL("test.jpg", STATIC));
const NAMES = ["index.html", "test.jpg", "favicon.svg", "favicon.ico", "404.html"];
const site = embeddedSite(STATIC);
const unless = findChromium() === null ? ` (ignored: ${CHROMIUM_MISSING})` : "";

function answer(target: string, handler: Handler = site, method = "GET"): HttpResponse {
  const response = handler(requestOf(`${method} ${target} HTTP/1.1\r\nHost: a`));
  assert(!(response instanceof Promise), "the site answers at once");
  return response;
}

const files = [
  ["/", "index.html", "text/html; charset=utf-8"],
  ["/index.html", "index.html", "text/html; charset=utf-8"],
  ["/test.jpg", "test.jpg", "image/jpeg"],
  ["/favicon.svg", "favicon.svg", "image/svg+xml"],
  ["/favicon.ico", "favicon.ico", "image/vnd.microsoft.icon"],
] as const;
for (const [path, name, mediaType] of files) {
  Deno.test(`embeddedSite serves ${name} at ${path}`, () => {
    const { status, fields, content } = answer(path);
    assertEquals([status, fields.get("content-type")], [200, mediaType]);
    assertEquals(content, Deno.readFileSync(new URL(name, STATIC)));
    assertMatch(fields.get("etag") ?? "", /^"[0-9A-Za-z_-]{22}"$/);
    assertEquals(fields.get("cache-control"), "no-cache");
    assertEquals(fields.get("x-content-type-options"), "nosniff");
    assertEquals(fields.get("accept-ranges"), "bytes");
  });
}

for (
  const target of [
    "/?",
    "/?a=b",
    "/index.html?../README.md",
    "/%69ndex.html",
    "http://b/",
    "http://b",
    "http://b?c",
  ]
) {
  Deno.test(`embeddedSite serves the page for the target ${target} (RFC 9112 3.2)`, () => {
    assertStrictEquals(answer(target), answer("/"));
  });
}

const missing = [
  "/README.md",
  "/make_picture.ts",
  "/404.html",
  "/nothing",
  "//",
  "//index.html",
  "/./index.html",
  "/../static/index.html",
  "/%2e%2e/static/index.html",
  "/index.html/",
  "/INDEX.HTML",
  "/index.html%20",
  "/index.html%3f",
  "/%2569ndex.html",
  "/test.jpg;v=1",
  "/__proto__",
  "/constructor",
  "http://b/nothing",
];
for (const target of missing) {
  Deno.test(`embeddedSite answers 404 to ${target} (RFC 9110 15.5.5)`, () => {
    const { status, fields, content } = answer(target);
    assertEquals(status, 404);
    assertEquals(content, Deno.readFileSync(new URL("404.html", STATIC)));
    assertEquals(fields.get("content-type"), "text/html; charset=utf-8");
    assertEquals([fields.get("etag"), fields.get("last-modified")], [null, null]);
  });
}

Deno.test("embeddedSite ignores conditions and ranges where there is nothing (RFC 9110 13.2.1)", () => {
  const lines = ["If-Match: *", "If-None-Match: *", "Range: bytes=0-0"];
  for (const line of lines) {
    const response = site(requestOf(`GET /nothing HTTP/1.1\r\nHost: a\r\n${line}`));
    assertStrictEquals(response, answer("/nothing"));
  }
});

for (
  const path of ["/%2findex.html", "/%00", "/%ff", "/%", "/%zz", "/%c3"]
) {
  Deno.test(`embeddedSite answers 400 to ${path} and does not repeat it (RFC 3986 2.1)`, () => {
    const { status, content, fields } = answer(path);
    assertEquals([status, fields.get("content-type")], [400, "text/plain; charset=utf-8"]);
    assertInstanceOf(content, Uint8Array);
    assert(!new TextDecoder().decode(content).includes("%"));
  });
}

const methods: [method: string, target: string, status: number, allow: string | null][] = [
  ["OPTIONS", "/", 204, "GET, HEAD, OPTIONS"],
  ["OPTIONS", "*", 204, "GET, HEAD, OPTIONS"],
  ["OPTIONS", "/nothing", 204, "GET, HEAD, OPTIONS"],
  ["POST", "/", 405, "GET, HEAD, OPTIONS"],
  ["DELETE", "/nothing", 405, "GET, HEAD, OPTIONS"],
  ["TRACE", "/", 405, "GET, HEAD, OPTIONS"],
  ["CONNECT", "b:443", 501, null],
  ["BREW", "/", 501, null],
];
for (const [method, target, status, allow] of methods) {
  Deno.test(`embeddedSite answers ${method} ${target} with ${status} (RFC 9110 9.1)`, () => {
    const response = answer(target, site, method);
    assertEquals([response.status, response.fields.get("allow")], [status, allow]);
  });
}

Deno.test("embeddedSite lets its pages load pictures and their own style, nothing else", async () => {
  for (const path of ["/", "/nothing"]) {
    const { fields, content } = answer(path);
    const style = /<style>(.*?)<\/style>/s.exec(
      new TextDecoder().decode(content as Uint8Array),
    )![1]!;
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style));
    assertEquals(
      fields.get("content-security-policy"),
      `default-src 'none'; img-src 'self'; style-src 'sha256-${
        new Uint8Array(hash).toBase64()
      }'; ` +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
  }
});

Deno.test("embeddedSite names a style by its digest after line ends are normalized (HTML 13.2.3.5)", async () => {
  await using folder = await temporarySite();
  const text = new TextDecoder().decode(PAGE).replaceAll("\n", "\r\n");
  await Deno.writeTextFile(`${folder.path}/index.html`, text);
  const policy = (handler: Handler) => answer("/", handler).fields.get("content-security-policy");
  assertEquals(policy(embeddedSite(folder.path)), policy(site));
});

Deno.test("embeddedSite derives its entity-tags from the content alone (RFC 9110 8.8.3)", async () => {
  await using folder = await temporarySite();
  const etag = (handler: Handler, path: string) => answer(path, handler).fields.get("etag");
  const before = embeddedSite(folder.path);
  assertEquals(etag(before, "/"), etag(site, "/"));
  assertNotEquals(etag(before, "/"), etag(before, "/test.jpg"));
  await Deno.writeTextFile(`${folder.path}/index.html`, "other");
  assertNotEquals(etag(embeddedSite(folder.path), "/"), etag(site, "/"));
  // Read once: what is served does not change under the reader.
  assertEquals(answer("/", before).content, PAGE);
});

Deno.test("embeddedSite takes its directory as a path and as a URL, with and without a slash", () => {
  const path = STATIC.pathname.replace(/\/$/, "");
  for (const directory of [path, `${path}/`, new URL(STATIC.href.replace(/\/$/, "")), STATIC]) {
    assertEquals(answer("/", embeddedSite(directory)).content, PAGE);
  }
});

Deno.test("embeddedSite dates a file in whole seconds, by when it changed (RFC 9110 8.8.2)", async () => {
  await using folder = await temporarySite();
  await Deno.utime(`${folder.path}/index.html`, 784_111_777.5, 784_111_777.5);
  const { fields } = answer("/", embeddedSite(folder.path));
  assertEquals(fields.get("last-modified"), "Sun, 06 Nov 1994 08:49:37 GMT");
});

Deno.test("embeddedSite never dates a file in the future, or by no date (RFC 9110 8.8.2.1)", async () => {
  await using folder = await temporarySite();
  for (const seconds of [Date.now() / 1000 + 86_400, 0]) {
    await Deno.utime(`${folder.path}/index.html`, seconds, seconds);
    const begin = Math.floor(Date.now() / 1000) * 1000;
    const { fields } = answer("/", embeddedSite(folder.path));
    const date = Date.parse(fields.get("last-modified")!);
    assert(begin <= date && date <= Date.now(), String(date));
  }
});

Deno.test("embeddedSite trusts a date in If-Range once its second is over (RFC 9110 8.8.2.2)", async () => {
  await using folder = await temporarySite();
  const statusAt = async (seconds: number) => {
    await Deno.utime(`${folder.path}/index.html`, seconds, seconds);
    const handler = embeddedSite(folder.path);
    const date = answer("/", handler).fields.get("last-modified");
    const request = `GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=0-0\r\nIf-Range: ${date}`;
    return (await handler(requestOf(request))).status;
  };
  assertEquals(await statusAt(784_111_777), 206);
  // The future counts as now, and now may still change.
  assertEquals(await statusAt(Date.now() / 1000 + 60), 200);
});

for (const name of NAMES) {
  Deno.test(`embeddedSite says what is missing where ${name} cannot be read`, async () => {
    await using folder = await temporarySite();
    await Deno.remove(`${folder.path}/${name}`);
    const error = assertThrows(
      () => embeddedSite(folder.path),
      Error,
      "Cannot read the embedded site: ",
    );
    assert(error.message.includes(name), error.message);
    assertInstanceOf(error.cause, Deno.errors.NotFound);
  });
}

Deno.test("the site over a socket: one connection, all answers (RFC 9110, RFC 9112)", async () => {
  await withServer(async (port) => {
    using client = await connect(port);
    const ask = async (head: string, options?: { head: boolean }) => {
      await client.send(`${head.replaceAll("\n", "\r\n")}\r\n\r\n`);
      return await client.readResponse(options);
    };
    const page = await ask("GET / HTTP/1.1\nHost: a");
    assertEquals([page.status, page.content, page.framing], [200, PAGE, "length"]);
    const etag = page.field("etag")!;
    const date = page.field("last-modified")!;

    const head = await ask("HEAD /test.jpg HTTP/1.1\nHost: a\nRange: bytes=0-0", { head: true });
    assertEquals([head.status, head.field("content-length")], [200, String(PICTURE.length)]);
    assertEquals(head.field("content-type"), "image/jpeg");

    for (const line of [`If-None-Match: W/${etag}`, `If-Modified-Since: ${date}`]) {
      const fresh = await ask(`GET / HTTP/1.1\nHost: a\n${line}`);
      assertEquals([fresh.status, fresh.field("etag"), fresh.text()], [304, etag, ""]);
      assertEquals([fresh.field("content-type"), fresh.field("content-length")], [null, null]);
    }
    assertEquals((await ask('GET / HTTP/1.1\nHost: a\nIf-Match: "b"')).status, 412);

    const part = await ask("GET /test.jpg HTTP/1.1\nHost: a\nRange: bytes=-1000");
    const { length } = PICTURE;
    assertEquals([part.status, part.content], [206, PICTURE.slice(-1000)]);
    assertEquals(part.field("content-range"), `bytes ${length - 1000}-${length - 1}/${length}`);

    const beyond = await ask(`GET /test.jpg HTTP/1.1\nHost: a\nRange: bytes=${length}-`);
    assertEquals([beyond.status, beyond.field("content-range")], [416, `bytes */${length}`]);

    const several = await ask("GET /test.jpg HTTP/1.1\nHost: a\nRange: bytes=50000-69999, 0-9");
    assertEquals([several.status, several.field("content-range")], [206, null]);
    const parts = parseByteranges(several.field("content-type"), several.content);
    assertEquals(parts.map(({ content }) => content), [
      PICTURE.slice(50_000, 70_000),
      PICTURE.slice(0, 10),
    ]);

    const nothing = await ask("HEAD /nothing HTTP/1.1\nHost: a", { head: true });
    assertEquals([nothing.status, nothing.field("content-type")], [
      404,
      "text/html; charset=utf-8",
    ]);
    assertEquals((await ask("POST / HTTP/1.1\nHost: a\nContent-Length: 3")).status, 405);
    await client.send("abc");
    assertEquals((await ask("OPTIONS * HTTP/1.1\nHost: a")).field("allow"), "GET, HEAD, OPTIONS");
  });
});

Deno.test({
  name: `the site in a browser: heading, style and picture, nothing blocked${unless}`,
  ignore: findChromium() === null,
  fn: async () => {
    await withServer(async (port) => {
      await using page = await openPage(`http://127.0.0.1:${port}/`);
      assertEquals(
        await page.evaluate("document.querySelector('h1').innerText"),
        "Wow, Python Server",
      );
      await page.waitFor("document.querySelector('img').naturalWidth === 1200");
      assertEquals(await page.evaluate("getComputedStyle(document.body).maxWidth"), "1200px");
      assertEquals([page.messages, page.errors, page.failures], [[], [], []]);
    });
  },
});

async function withServer(use: (port: number) => Promise<void>): Promise<void> {
  const server = serve(site, { listener: listenTcp({ hostname: "127.0.0.1", port: 0 }) });
  try {
    assert(server.address.transport === "tcp");
    await use(server.address.port);
  } finally {
    await server.shutdown({ grace: 0 });
  }
}

/** A copy of the site's files that a test may spoil. */
async function temporarySite(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "rawserve_site_" });
  for (const name of NAMES) await Deno.copyFile(new URL(name, STATIC), `${path}/${name}`);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
