// The listing of a folder: what is in it, in which order, under which names, and how it goes out. Folders
// are real ones, but for those of 100,000 entries, whose reader is made up.

import { Listing } from "../../../lib/handlers/files/listing.ts";
import type { ListingOptions } from "../../../lib/handlers/files/listing.ts";
import type { DirectoryReader } from "../../../lib/handlers/files/listing_entries.ts";
import type { HttpResponse } from "../../../lib/server/handler.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../deps.ts";
import { requestOf } from "../../support/request.ts";
import {
  asText,
  folderOf,
  htmlToText,
  ODD_NAMES,
  rowsOf,
  STATIC,
} from "../../support/listed_folder.ts";

function listingWith(options: Partial<ListingOptions> = {}): Listing {
  return new Listing({
    staticDirectory: STATIC,
    hasArchive: false,
    showDotfiles: false,
    isLinkServed: () => true,
    ...options,
  });
}

interface Asked {
  readonly listing?: Listing;
  readonly method?: string;
  readonly target?: string;
  readonly lines?: readonly string[];
}

async function ask(path: string, asked: Asked = {}): Promise<HttpResponse> {
  const { listing = listingWith(), method = "GET", target = "/", lines = [] } = asked;
  const request = requestOf([`${method} ${target} HTTP/1.1`, "Host: a", ...lines].join("\r\n"));
  const urlPath = "path" in request.target ? request.target.path : "/";
  const response = await listing.answer(request, { path, urlPath });
  assert(response !== null, "the folder is there");
  return response;
}

async function namesOf(path: string, query = "", options: Partial<ListingOptions> = {}) {
  const response = await ask(path, { listing: listingWith(options), target: `/${query}` });
  return rowsOf(await asText(response)).map(({ text }) => text);
}

Deno.test("Listing links every odd name so that its address leads to exactly that name (RFC 3986 4.2)", async () => {
  await using folder = await folderOf(ODD_NAMES);
  const page = await asText(await ask(folder.path, { target: "/a/b/" }));
  const found = rowsOf(page).map(({ href }) => {
    const url = new URL(href, "http://h/a/b/?sort=size#x");
    assertEquals([url.origin, url.search, url.hash], ["http://h", "", ""]);
    assertMatch(url.pathname, /^\/a\/b\/[^/]+$/);
    return decodeURIComponent(url.pathname.slice("/a/b/".length));
  });
  assertEquals(found.toSorted(), ODD_NAMES.toSorted());
});

Deno.test("Listing lets no name be markup, and none be invisible", async () => {
  await using folder = await folderOf(ODD_NAMES);
  const page = await asText(await ask(folder.path));
  const [, table = ""] = page.split("<table>");
  assert(!/<(?:script|img|b)\b/i.test(table));
  const texts = rowsOf(page).map(({ text }) => text);
  for (
    const text of [
      "<script>alert(1)",
      "a&amp;b",
      '"onclick="x',
      "line[U+000A]feed",
      "[U+001B][31mred",
      "gpj[U+202E]exe",
      "two  spaces ",
      "日本語",
      "👩‍🚀",
    ]
  ) assert(texts.includes(text), text);
});

Deno.test("Listing isolates names beyond ASCII from the reading direction around them", async () => {
  await using folder = await folderOf(["plain", "שלום"]);
  const page = await asText(await ask(folder.path));
  assertStringIncludes(page, "<bdi>שלום</bdi></a>");
  assertStringIncludes(page, ">plain</a>");
});

const NATURAL = ["_", "a1", "a02", "a2b", "A10", "a1234567890", "b", "Éa", "eb", "z", "日"];

Deno.test("Listing sorts names naturally, without regard to case and accents, folders first", async () => {
  await using folder = await folderOf([...NATURAL.toReversed(), "z9/", "y10/", "y9/"]);
  assertEquals(await namesOf(folder.path), ["y9/", "y10/", "z9/", ...NATURAL]);
  assertEquals(await namesOf(folder.path, "?sort=name&order=desc"), [
    "z9/",
    "y10/",
    "y9/",
    ...NATURAL.toReversed(),
  ]);
});

const queries: [query: string, names: string][] = [
  ["?sort=size&order=asc", "d/ e/ b c a"],
  ["?sort=size&order=desc", "d/ e/ a b c"],
  ["?sort=size", "d/ e/ b c a"],
  ["?sort=time&order=asc", "e/ d/ c a b"],
  ["?sort=time&order=desc", "d/ e/ b a c"],
  ["?sort=nonsense&order=up", "d/ e/ a b c"],
  ["?order=desc", "e/ d/ c b a"],
  ["?archive=no&sort=size", "d/ e/ b c a"],
  ["?sort=%", "d/ e/ a b c"],
  ["?", "d/ e/ a b c"],
];
for (const [query, names] of queries) {
  Deno.test(`Listing sorts as asked by ${query}`, async () => {
    await using folder = await folderOf(["a", "b", "c", "d/", "e/"]);
    await Deno.truncate(`${folder.path}/a`, 9);
    const times = { a: 20, b: 30, c: 10, d: 50, e: 40 };
    for (const [name, time] of Object.entries(times)) {
      await Deno.utime(`${folder.path}/${name}`, time, time);
    }
    assertEquals((await namesOf(folder.path, query)).join(" "), names);
  });
}

Deno.test("Listing tells the order in its headings and links to the others", async () => {
  await using folder = await folderOf(["a"]);
  const page = await asText(await ask(folder.path, { target: "/?sort=size&order=asc" }));
  const headings = Array.from(
    page.matchAll(/<th scope="col"(.*?)><a href="(.*?)">(.*?)<\/a>/g),
    ([, sort, href = "", label]) => [sort, htmlToText(href), label],
  );
  assertEquals(headings, [
    ["", "?sort=name&order=asc", "Name"],
    [' aria-sort="ascending"', "?sort=size&order=desc", "Size"],
    ["", "?sort=time&order=asc", "Time (UTC)"],
  ]);
});

Deno.test("Listing shows sizes and times at a glance and exactly", async () => {
  await using folder = await folderOf(["a", "b", "c/"]);
  await Deno.truncate(`${folder.path}/a`, 1_234_567);
  await Deno.utime(`${folder.path}/a`, new Date(0), new Date("2026-11-21T14:46:59.9Z"));
  await Deno.truncate(`${folder.path}/b`, 999);
  const page = await asText(await ask(folder.path));
  assertStringIncludes(
    page,
    '<td title="1234567 bytes">1.2 MB</td>' +
      '<td><time datetime="2026-11-21T14:46:59Z">2026-11-21 14:46</time></td></tr>',
  );
  assertStringIncludes(page, '<td title="999 bytes">999 B</td>');
  assertStringIncludes(page, "<caption>1 folder, 2 files (1.2 MB)</caption>");
});

Deno.test("Listing leaves dot-files out, but for .well-known, unless told to show them", async () => {
  await using folder = await folderOf([".git/", ".env", ".well-known/", "...", "a"]);
  assertEquals(await namesOf(folder.path), [".well-known/", "a"]);
  const all = [".git/", ".well-known/", "...", ".env", "a"];
  assertEquals(await namesOf(folder.path, "", { showDotfiles: true }), all);
});

Deno.test("Listing shows links as what they lead to, and not those that nobody may follow", async () => {
  await using folder = await folderOf(["a", "b/"]);
  const links = {
    toFile: "a",
    toFolder: "b",
    toNothing: "nothing",
    toItself: "toItself",
    out: "/",
  };
  for (const [name, target] of Object.entries({ ...links, device: "/dev/null" })) {
    await Deno.symlink(target, `${folder.path}/${name}`);
  }
  const asked: string[] = [];
  const isLinkServed = (path: string) => {
    asked.push(path.slice(folder.path.length));
    if (path.endsWith("toFolder")) throw new Deno.errors.PermissionDenied();
    return !path.endsWith("out");
  };
  assertEquals(await namesOf(folder.path), ["b/", "out/", "toFolder/", "a", "toFile"]);
  assertEquals(await namesOf(folder.path, "", { isLinkServed }), ["b/", "a", "toFile"]);
  assertEquals(asked.toSorted(), ["/out", "/toFile", "/toFolder"]);
});

Deno.test("Listing leaves out what vanishes before it is looked at, and FIFOs", async () => {
  await using folder = await folderOf(["a", "b"]);
  const reader: DirectoryReader = {
    statSync(path) {
      if (path.endsWith("/a")) throw new Deno.errors.NotFound();
      return Deno.statSync(path);
    },
    readDirSync: Deno.readDirSync,
    readDir: Deno.readDir,
  };
  await new Deno.Command("mkfifo", { args: [`${folder.path}/fifo`] }).output();
  assertEquals(await namesOf(folder.path, "", { reader }), ["b"]);
});

Deno.test("Listing shows the way to the folder by relative links, and nothing of it at the root", async () => {
  await using folder = await folderOf([]);
  const page = await asText(await ask(folder.path, { target: "/a%20b/%3Ci%3E/%0a%ff/c%22/" }));
  const [, trail = ""] = /<nav.*?>(.*?)<\/nav>/s.exec(page) ?? [];
  const links = Array.from(
    trail.matchAll(/<a href="(.*?)">(.*?)<\/a>/g),
    ([, href = "", text = ""]) => [new URL(href, "http://h/p/1/2/3/4/").pathname, htmlToText(text)],
  );
  assertEquals(links, [["/p/", "Home"], ["/p/1/", "a b"], ["/p/1/2/", "<i>"], [
    "/p/1/2/3/",
    "%0a%ff",
  ]]);
  assertStringIncludes(page, "<h1>c&quot;</h1>");
  assertStringIncludes(page, '<a href="../">Parent folder</a>');
  assertStringIncludes(page, "<title>Index of /a b/&lt;i&gt;/%0a%ff/c&quot;/</title>");
  assertStringIncludes(page, "<caption>This folder is empty</caption>");
  const root = await asText(await ask(folder.path));
  assert(!root.includes("<nav") && !root.includes("Parent folder") && !root.includes("<script"));
});

Deno.test("Listing links to the archive where there is one", async () => {
  await using folder = await folderOf([]);
  const listing = listingWith({ hasArchive: true });
  const link = '<a href="?archive=tar">Download as .tar</a>';
  assertStringIncludes(await asText(await ask(folder.path, { listing })), link);
  assert(!(await asText(await ask(folder.path))).includes("archive"));
});

Deno.test("Listing answers with a policy, and so that nothing is kept unasked or guessed (RFC 9111 5.2.2.4)", async () => {
  await using folder = await folderOf(["a"]);
  const { status, fields, content } = await ask(folder.path);
  assertEquals(status, 200);
  assert(content instanceof Uint8Array);
  assertEquals(fields.get("content-type"), "text/html; charset=utf-8");
  assertEquals(fields.get("cache-control"), "no-cache");
  assertEquals(fields.get("vary"), "Accept");
  assertEquals(fields.get("x-content-type-options"), "nosniff");
  assertMatch(
    fields.get("content-security-policy") ?? "",
    /^default-src 'none'; img-src data:; style-src 'sha256-\S{44}'; script-src 'sha256-\S{44}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
  );
});

Deno.test("Listing answers HEAD as GET, and 304 as long as nothing changed (RFC 9110 13.1.2)", async () => {
  await using folder = await folderOf(["a"]);
  const listing = listingWith();
  const first = await ask(folder.path, { listing });
  const etag = first.fields.get("etag") ?? "";
  const head = await ask(folder.path, { listing, method: "HEAD" });
  assertEquals([...head.fields], [...first.fields]);
  const lines = [`If-None-Match: ${etag}`];
  const again = await ask(folder.path, { listing, lines });
  assertEquals([again.status, again.fields.get("vary")], [304, "Accept"]);
  await Deno.writeTextFile(`${folder.path}/b`, "");
  assertEquals((await ask(folder.path, { listing: listingWith(), lines })).status, 200);
});

Deno.test("Listing never misses a name that came a moment ago", async () => {
  await using folder = await folderOf([]);
  const listing = listingWith();
  for (let i = 1; i <= 50; i++) {
    await Deno.writeFile(`${folder.path}/${i}`, new Uint8Array());
    assertEquals(rowsOf(await asText(await ask(folder.path, { listing }))).length, i);
  }
});

Deno.test("Listing looks at a folder once for many requests of a moment, until a name comes", async () => {
  await using folder = await folderOf(["a"]);
  await Deno.utime(folder.path, 1, 1);
  let looks = 0;
  const readDirSync = (path: string) => {
    looks++;
    return Deno.readDirSync(path);
  };
  const listing = listingWith({ reader: { ...Deno, readDirSync } });
  for (let i = 0; i < 100; i++) await ask(folder.path, { listing });
  assert(looks < 50, `${looks} looks`);
  await Deno.rename(`${folder.path}/a`, `${folder.path}/b`);
  const [row] = rowsOf(await asText(await ask(folder.path, { listing })));
  assertEquals(row?.text, "b");
});

Deno.test("Listing answers in JSON, names as they are", async () => {
  await using folder = await folderOf([...ODD_NAMES, "folder/"]);
  await Deno.truncate(`${folder.path}/-rf`, 5);
  await Deno.utime(`${folder.path}/-rf`, 0, 1_795_000_000.5);
  await Deno.utime(`${folder.path}/folder`, 0, 0);
  const asked = { target: "/a%20b/?sort=size&order=desc", lines: ["Accept: application/json"] };
  const response = await ask(folder.path, asked);
  assertEquals(response.fields.get("content-type"), "application/json");
  assertEquals(response.fields.get("vary"), "Accept");
  const { path, entries } = JSON.parse(await asText(response));
  assertEquals(path, "/a b/");
  const names = entries.map(({ name }: { name: string }) => name);
  assertEquals(names.toSorted(), ["folder", ...ODD_NAMES].toSorted());
  assertEquals(entries.slice(0, 2), [
    { name: "folder", type: "folder", size: null, modified: "1970-01-01T00:00:00.000Z" },
    { name: "-rf", type: "file", size: 5, modified: "2026-11-18T11:06:40.500Z" },
  ]);
});

Deno.test("Listing answers in JSON where there is nothing", async () => {
  await using folder = await folderOf([]);
  const text = await asText(await ask(folder.path, { lines: ["Accept: application/json"] }));
  assertEquals(JSON.parse(text), { path: "/", entries: [] });
});

const accepts: [accept: string, isJson: boolean][] = [
  ["*/*", false],
  ["application/*", false],
  ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false],
  ["application/json", true],
  ["APPLICATION/JSON", true],
  ["application/json, text/plain, */*", true],
  ["text/html, application/json", true],
  ["text/html, application/json;q=0.9", false],
  ["text/html;q=0.5, application/json;q=0.9", true],
  ["application/json;q=0", false],
  ["application/json; charset=utf-8; q=0.000", false],
  ['application/json;a=";q=0,";q=1', true],
  ["application/json-seq", false],
  ["application/json;;;", true],
  ["application/json, (", false],
  [Array(100).fill("application/json").join(), false],
];
for (const [accept, isJson] of accepts) {
  const shown = accept.slice(0, 60);
  Deno.test(`Listing answers ${isJson ? "JSON" : "a page"} to Accept: ${shown} (RFC 9110 12.5.1)`, async () => {
    await using folder = await folderOf([]);
    const { fields } = await ask(folder.path, { lines: [`Accept: ${accept}`] });
    assertEquals(fields.get("content-type") === "application/json", isJson);
  });
}

Deno.test("Listing answers null where the folder is gone, and 403 where it may not be read", async () => {
  await using folder = await folderOf(["a"]);
  const listing = listingWith();
  const request = requestOf("GET / HTTP/1.1\r\nHost: a");
  for (const path of [`${folder.path}/gone`, `${folder.path}/a`]) {
    assertEquals(await listing.answer(request, { path, urlPath: "/" }), null);
  }
  const refuse = () => {
    throw new Deno.errors.PermissionDenied();
  };
  const reader = { ...Deno, readDirSync: refuse, readDir: refuse };
  assertEquals((await ask(folder.path, { listing: listingWith({ reader }) })).status, 403);
});
