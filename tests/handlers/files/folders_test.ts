// "A folder answers with `index.html`, then `index.htm`; `/dir` goes to `/dir/` by 301 keeping the query;
// never an open redirect. `404.html` in the root is the 404 page, with status 404. `--spa` …. Clean URLs …
// only with `--clean-urls`. `--listing off` turns listings off." And: "A single file too" (issue 3).

import { assert, assertEquals, assertMatch } from "../../deps.ts";
import { type FixtureTree, linkTo } from "../../support/fixture_folder.ts";
import { fieldOf, serveFolder, toRequest } from "../../support/served_folder.ts";

const windows = Deno.build.os === "windows";
const HTML = "Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8";

Deno.test("files goes from a folder to its slash by 301 and keeps the query as it is (RFC 9110 15.4.2)", async () => {
  await using served = serveFolder({ dir: { sub: {}, "index.html": "index" } });
  const targets = {
    "/dir": "/dir/",
    "/dir?": "/dir/?",
    "/dir?a=b&c=%2F%2f#": null,
    "/dir?a=b&c=%2F%2f": "/dir/?a=b&c=%2F%2f",
    "/dir?//evil.example/": "/dir/?//evil.example/",
    "/dir?http://evil.example": "/dir/?http://evil.example",
    "/dir?a?b": "/dir/?a?b",
    "/dir/sub": "/dir/sub/",
    "/%64ir": "/%64ir/",
    "http://localhost/dir": "/dir/",
    "http://evil.example/dir?a": "/dir/?a",
  };
  for (const [target, location] of Object.entries(targets)) {
    for (const method of ["GET", "HEAD"]) {
      const response = await served.ask(method, target);
      assertEquals(
        [response.status, response.field("location")],
        location === null ? [400, null] : [301, location],
        target,
      );
      assertEquals(response.field("x-content-type-options"), "nosniff");
    }
  }
  assertEquals((await served.ask("POST", "/dir")).status, 405);
});

Deno.test("files goes to a folder's slash whatever the conditions and ranges (RFC 9110 13.2.1)", async () => {
  await using served = serveFolder({ dir: { "index.html": "index" } });
  for (const line of ["If-None-Match: *", 'If-Match: "x"', "Range: bytes=0-0", "Accept: a/b"]) {
    assertEquals((await served.get("/dir", line)).status, 301, line);
  }
});

const HOSTILE = [
  "//evil.example",
  "//evil.example/",
  "//evil.example/..",
  "//evil.example/%2e%2e",
  "//evil.example/dir",
  "//dir",
  "///dir",
  "//dir/..",
  "/.//evil.example/dir",
  "/./dir",
  "/dir/../dir",
  "/dir//sub",
  "/dir/..//evil.example",
  "/\\evil.example",
  "/\\/evil.example",
  "/\\dir",
  "/%5cevil.example",
  "/%5c%5cevil.example/dir",
  "/%2fevil.example",
  "/%2f%2fevil.example",
  "/%2f%2fevil.example/..",
  "/%2f%2fevil.example/%2e%2e",
  "/%2fdir",
  "/%09/evil.example",
  "/%0a/evil.example",
  "/%0d%0aLocation:%20//evil.example",
  "/dir%0d%0aLocation:%20//evil.example",
  "/dir%00",
  "/;//evil.example",
  "/@evil.example",
  "/evil.example:80",
  "/https:evil.example",
  "/http://evil.example",
  "//",
  "///",
  "http://localhost//evil.example",
  "http://localhost//dir",
];
Deno.test("files redirects nowhere else than to the slash of a folder that is there (CWE-601)", async () => {
  const folders = ["evil.example", "@evil.example", "evil.example:80", "https:evil.example", ";"];
  const tree: FixtureTree = {
    ...Object.fromEntries(windows ? [] : folders.map((name) => [name, {}])),
    dir: { sub: {}, "..dots": {} },
  };
  await using served = serveFolder(tree, { dotfiles: true });
  for (const target of [...HOSTILE, ...folders.map((name) => `/${name}`), "/dir/..dots"]) {
    for (const query of ["", "?//evil.example"]) {
      const response = await served.get(target + query);
      const location = response.field("location");
      if (location === null) {
        // The path `//` names no folder.
        assert([400, 404].includes(response.status), `${target}: ${response.status}`);
        continue;
      }
      assertEquals([response.status, location], [301, `${target}/${query}`]);
      assertMatch(location, /^\/[^/\\]/);
      assertEquals(new URL(location, "http://localhost/").host, "localhost");
    }
  }
});

Deno.test({
  name: "files ends no field line where a folder's name has a line end (RFC 9112 11.1)",
  ignore: windows,
  fn: async () => {
    await using served = serveFolder({ "a\r\nX-Evil: b": {}, "c\nd": {} });
    for (const path of ["/a%0D%0AX-Evil:%20b", "/a%0d%0aX-Evil%3A%20b", "/c%0Ad"]) {
      const response = await served.get(path);
      assertEquals([response.status, response.field("location")], [301, `${path}/`]);
      assertEquals(response.field("x-evil"), null);
    }
  },
});

Deno.test("files answers for a folder with index.html, then index.htm, then its listing", async () => {
  await using served = serveFolder({
    both: { "index.html": "html", "index.htm": "htm", "a.txt": "a" },
    second: { "index.htm": "htm", "INDEX.HTML": "capitals" },
    neither: { "a.txt": "a", "default.html": "default" },
    "index.html": "the root's",
  });
  assertEquals((await served.get("/")).text(), "the root's");
  assertEquals((await served.get("/both/")).text(), "html");
  assertEquals((await served.get("/both/?a=b")).text(), "html");
  assertEquals((await served.get("/second/")).text(), windows ? "capitals" : "htm");
  assertMatch((await served.get("/neither/")).text(), /a\.txt/);
  for (const path of ["/both/", "/second/", "/neither/"]) {
    const response = await served.get(path);
    assertEquals(response.field("content-type"), "text/html; charset=utf-8");
    assertEquals((await served.head(path)).fields.length, response.fields.length);
  }
});

Deno.test("files lists a folder as a page and, if that is asked for, as JSON", async () => {
  await using served = serveFolder({ dir: { "a.txt": "a", sub: {} } });
  const page = await served.get("/dir/", HTML);
  assertEquals([page.status, page.field("x-content-type-options")], [200, "nosniff"]);
  assertMatch(page.text(), /<a href="\.\/a\.txt">/);
  const json = await served.get("/dir/", "Accept: application/json");
  assertEquals(json.field("content-type"), "application/json");
  assertMatch(JSON.stringify(JSON.parse(json.text())), /"a\.txt"/);
  const head = await served.head("/dir/");
  assertEquals(head.field("content-length"), String(page.content.length));
  const again = await served.get("/dir/", `If-None-Match: ${fieldOf(page, "etag")}`);
  assertEquals(again.status, 304);
});

Deno.test("files takes the index from an index.htm to an index.html that has come, and back", async () => {
  await using served = serveFolder({ "index.htm": "htm" });
  assertEquals((await served.get("/")).text(), "htm");
  Deno.writeTextFileSync(`${served.root}/index.html`, "html");
  assertEquals((await served.get("/")).text(), "html");
  Deno.removeSync(`${served.root}/index.html`);
  assertEquals((await served.get("/")).text(), "htm");
  Deno.removeSync(`${served.root}/index.htm`);
  assertMatch((await served.get("/")).text(), /<table>/);
});

Deno.test("files takes other names for the index, in their order", async () => {
  const tree = { "index.html": "html", "home.txt": "home", "start.html": "start" };
  await using served = serveFolder(tree, { index: ["missing", "start.html", "home.txt"] });
  const { field, text } = await served.get("/");
  assertEquals([field("content-type"), text()], ["text/html; charset=utf-8", "start"]);
  await using none = serveFolder(tree, { index: [] });
  assertMatch((await none.get("/")).text(), /<table>/);
});

Deno.test("files passes over a folder that has the index's name", async () => {
  await using served = serveFolder({ dir: { "index.html": {}, "index.htm": "htm" } });
  assertEquals((await served.get("/dir/")).text(), "htm");
});

Deno.test("files answers 404 for a folder without index where nothing is listed", async () => {
  await using served = serveFolder(
    { dir: { "a.txt": "a" }, indexed: { "index.html": "index" } },
    { listing: false },
  );
  for (const path of ["/", "/dir/", "/dir/?sort=size"]) {
    for (const accept of [HTML, "Accept: application/json"]) {
      const { status, text } = await served.get(path, accept);
      assertEquals([status, text().includes("a.txt")], [404, false]);
    }
  }
  assertEquals((await served.get("/indexed/")).text(), "index");
  assertEquals((await served.get("/dir")).status, 301);
  assertEquals((await served.get("/dir/a.txt")).text(), "a");
});

Deno.test("files shows the server's own page for what is not there (RFC 9110 15.5.5)", async () => {
  await using served = serveFolder({ sub: { "404.html": "not this" } });
  const { status, field, text } = await served.get("/sub/nothing");
  assertEquals([status, field("content-type")], [404, "text/html; charset=utf-8"]);
  assertEquals([field("etag"), field("last-modified")], [null, null]);
  assertEquals(field("x-content-type-options"), "nosniff");
  assertMatch(text(), /^<!doctype html>/i);
  assertEquals((await served.head("/nothing")).field("content-length"), String(text().length));
});

Deno.test("files shows the root's 404.html with status 404, whatever the request's conditions", async () => {
  const page = "<!doctype html><title>Lost</title>";
  await using served = serveFolder({ "404.html": page, "a.txt": "a", dir: {} });
  const asked = [
    [],
    ["If-None-Match: *"],
    ['If-Match: "x"'],
    ["If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT"],
    ["If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT"],
    ["Range: bytes=0-0"],
    ["Range: bytes=999-"],
    ["Accept-Encoding: br, gzip"],
    ["Accept: image/png"],
  ];
  for (const lines of asked) {
    for (const path of ["/nothing", "/dir/nothing", "/nothing/", "/a.txt/", "/.hidden", "//"]) {
      const { status, field, text } = await served.get(path, ...lines);
      assertEquals([status, text()], [404, page], `${path} ${lines}`);
      assertEquals(field("content-type"), "text/html; charset=utf-8");
      assertEquals([field("etag"), field("last-modified")], [null, null]);
      assertEquals(field("x-content-type-options"), "nosniff");
    }
  }
  const head = await served.head("/nothing");
  assertEquals([head.status, head.field("content-length")], [404, String(page.length)]);
  assertEquals((await served.get("/404.html")).status, 200);
  Deno.writeTextFileSync(`${served.root}/404.html`, "changed");
  assertEquals((await served.get("/nothing")).text(), "changed");
  Deno.removeSync(`${served.root}/404.html`);
  assertMatch((await served.get("/nothing")).text(), /^<!doctype html>/i);
});

Deno.test("files takes no folder and no broken link for the page of what is not there", async () => {
  await using folder = serveFolder({ "404.html": { "a.txt": "a" } });
  assertMatch((await folder.get("/nothing")).text(), /^<!doctype html>/i);
  if (windows) return;
  await using link = serveFolder({ "404.html": linkTo("nothing") });
  assertMatch((await link.get("/nothing")).text(), /^<!doctype html>/i);
});

const APP: FixtureTree = {
  "index.html": "<!doctype html>the app",
  "app.js": "js",
  "404.html": "lost",
  dir: { "a.txt": "a" },
  sub: { "index.html": "sub" },
};

Deno.test("files answers what is not there and wants HTML with the root's index, with spa", async () => {
  await using served = serveFolder(APP, { spa: true });
  const wants = [HTML, "Accept: text/html", "accept: TEXT/HTML;q=0.1", "Accept: a/b, text/html"];
  for (const path of ["/users/1", "/users/", "/dir/nothing", "/sub/x", "/a.b", "/%20?x=/../y"]) {
    for (const accept of wants) {
      const { status, field, text } = await served.get(path, accept);
      assertEquals([status, text()], [200, "<!doctype html>the app"], `${path} ${accept}`);
      assertEquals(field("content-type"), "text/html; charset=utf-8");
    }
    const head = await served.head(path, HTML);
    assertEquals([head.status, head.field("content-length")], [200, "22"], path);
    const tag = fieldOf(head, "etag");
    assertEquals((await served.get(path, HTML, `If-None-Match: ${tag}`)).status, 304);
  }
  assertEquals((await served.get("/app.js", HTML)).text(), "js");
  assertEquals((await served.get("/sub/", HTML)).text(), "sub");
  assertEquals((await served.get("/sub", HTML)).status, 301);
});

Deno.test("files answers 404 to what is not there and wants no HTML, with spa (RFC 9110 12.5.1)", async () => {
  await using served = serveFolder(APP, { spa: true });
  const others = [
    "*/*",
    "image/avif,image/webp,*/*;q=0.8",
    "application/json",
    "text/css",
    "",
    "text/*",
  ];
  for (const accept of others) {
    const { status, text } = await served.get("/nothing.js", `Accept: ${accept}`);
    assertEquals([status, text()], [404, "lost"], accept);
  }
  assertEquals((await served.get("/nothing")).status, 404);
  assertEquals((await served.get("/nothing", "Accept: text/html;q=0, */*")).status, 404);
  assertEquals((await served.get("/nothing", "Accept: text/htmlx")).status, 404);
  assertEquals((await served.ask("POST", "/nothing", HTML)).status, 405);
  // What is refused is not unknown.
  for (const path of ["/.env", "/%2e%2e/x", "/..%2fx", "/%00", "//x"]) {
    assert([400, 404].includes((await served.get(path, HTML)).status), path);
  }
});

Deno.test("files answers 404 to what is not there without spa, whoever asks", async () => {
  await using served = serveFolder(APP);
  assertEquals((await served.get("/users/1", HTML)).status, 404);
});

const PAGES: FixtureTree = {
  "a.html": "page a",
  "both.html": "page",
  both: "file",
  dir: { "b.html": "page b" },
  "c.htm": "page c",
  "d.html": { "index.html": "folder" },
  "no-slash.html": "page",
};

Deno.test("files answers /a with a.html where there is no a, with clean URLs alone", async () => {
  await using served = serveFolder(PAGES, { cleanUrls: true });
  const { status, field, text } = await served.get("/a?x=y");
  assertEquals([status, text()], [200, "page a"]);
  assertEquals(field("content-type"), "text/html; charset=utf-8");
  assertEquals((await served.head("/a")).field("content-length"), "6");
  assertEquals((await served.get("/a", `If-None-Match: ${field("etag")}`)).status, 304);
  assertEquals((await served.get("/dir/b")).text(), "page b");
  assertEquals((await served.get("/both")).text(), "file");
  assertEquals((await served.get("/a.html")).text(), "page a");
  for (const path of ["/c", "/d", "/a/", "/dir/a", "/nothing", "/a.htm", "/.a"]) {
    assertEquals((await served.get(path)).status, 404, path);
  }
  assertEquals((await served.get("/dir")).status, 301);
  await using plain = serveFolder(PAGES);
  for (const path of ["/a", "/dir/b"]) assertEquals((await plain.get(path)).status, 404, path);
});

Deno.test("files takes clean URLs before the app's page, and a new file before both", async () => {
  await using served = serveFolder({ ...APP, "a.html": "page" }, { cleanUrls: true, spa: true });
  assertEquals((await served.get("/a", HTML)).text(), "page");
  assertEquals((await served.get("/b", HTML)).text(), "<!doctype html>the app");
  Deno.writeTextFileSync(`${served.root}/b.html`, "new page");
  assertEquals((await served.get("/b", HTML)).text(), "new page");
  Deno.writeTextFileSync(`${served.root}/b`, "new file");
  assertEquals((await served.get("/b", HTML)).text(), "new file");
});

Deno.test("files serves a single file at / and by its name, and nothing else", async () => {
  const tree = { "report #1.html": "report", "report.html": "other", "404.html": "lost" };
  const outer = { beside: tree };
  await using served = serveFolder({}, { ...outer });
  await using single = serveFolder({}, { root: `${served.outside}/report #1.html` });
  for (const path of ["/", "/?a=b", "/report%20%231.html"]) {
    const { status, field, text } = await single.get(path);
    assertEquals([status, text()], [200, "report"], path);
    assertEquals(field("content-type"), "text/html; charset=utf-8");
    assertEquals((await single.get(path, "Range: bytes=1-2")).text(), "ep");
    assertEquals((await single.get(path, `If-None-Match: ${field("etag")}`)).status, 304);
  }
  for (const path of ["/report.html", "/404.html", "/x", "/root/", "/report%20%231.html/"]) {
    const { status, text } = await single.get(path);
    assertEquals([status, /lost|other/.test(text())], [404, false], path);
  }
  assertEquals((await single.ask("POST", "/")).status, 405);
  using client = await single.connect();
  Deno.writeTextFileSync(`${served.outside}/report #1.html`, "new");
  await client.send(toRequest("GET", "/"));
  assertEquals((await client.readResponse()).text(), "new");
});
