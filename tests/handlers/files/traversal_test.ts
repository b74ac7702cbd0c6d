// "Traversal in any spelling is 400 or 404"; "at least 100 spellings that never find the secret file
// beside the root" (issue 3). However the root is written and whatever is switched on.

import { files } from "../../../lib/handlers/files/files.ts";
import { assert, assertEquals, assertGreater } from "../../deps.ts";
import { type FixtureTree, linkTo } from "../../support/fixture_folder.ts";
import { connect, toText } from "../../support/raw_client.ts";
import { serveFolder, STATIC_DIRECTORY, toRequest } from "../../support/served_folder.ts";
import type { ServedFolder, ServedFolderOptions } from "../../support/served_folder.ts";
import { startServer, text } from "../../support/server.ts";
import { toTarget, TRAVERSAL_SPELLINGS } from "./traversal_spellings.ts";

const SECRET = "secret.txt";
const MARK = "5ecret-that-nobody-may-see";
const TREE: FixtureTree = { "inside.txt": "inside", sub: { "more.txt": "more" } };
/** The first lies where the names of the other begin. */
const BESIDE: FixtureTree = {
  [SECRET]: MARK,
  "root-private": { [SECRET]: MARK },
  "also-root": linkTo("root"),
};
/** Not secret, but nothing of ours either: what has this in it came from outside the root. */
const FOREIGN = /root:x:0:0|PATH=/;

/** Asks in every spelling; returns what was not right about the answers. */
async function faultsOf(port: number, served: ServedFolder): Promise<string[]> {
  const names = { secret: SECRET, above: served.outside, root: "root" };
  const faults: string[] = [];
  for (const spelling of TRAVERSAL_SPELLINGS) {
    const target = toTarget(spelling, names);
    const fault = await faultOf(port, target);
    if (fault !== null) faults.push(`${JSON.stringify(spelling.slice(0, 60))}: ${fault}`);
  }
  return faults;
}

/** What is wrong with the answer to `target`, or with the connection afterwards; null if nothing is. */
async function faultOf(port: number, target: string): Promise<string | null> {
  using client = await connect(port);
  await client.send(toRequest("GET", target));
  const response = await client.readResponse();
  const all = JSON.stringify(response.fields) + toText(response.content);
  if (all.includes(MARK) || FOREIGN.test(all)) return "shows what lies outside";
  const isRoot = target === "http://localhost" || /^\/\?/.test(target);
  if (!(isRoot ? [200] : [400, 404, 421]).includes(response.status)) return `${response.status}`;
  if (/close/i.test(response.field("connection") ?? "")) {
    return (await client.readAll()).length === 0 ? null : "octets after the last answer";
  }
  await client.send(toRequest("GET", "/inside.txt", "Connection: close"));
  const next = await client.readResponse();
  const rest = await client.readAll();
  return next.text() === "inside" && rest.length === 0 ? null : "the next answer is wrong";
}

Deno.test("there are at least a hundred different spellings of a traversal", () => {
  assertGreater(TRAVERSAL_SPELLINGS.length, 150);
  assertEquals(new Set(TRAVERSAL_SPELLINGS).size, TRAVERSAL_SPELLINGS.length);
});

Deno.test({
  name: "the spellings find the secret file of a server that joins what it decodes to its root",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using served = serveFolder(TREE, { beside: BESIDE });
    await using careless = startServer(({ target }) => {
      const path = "path" in target ? decodeURIComponent(target.path) : "/";
      return text(Deno.readTextFileSync(`${served.root}${path.replaceAll("\\", "/")}`));
    });
    const faults = await faultsOf(careless.port, served);
    const found = faults.filter((fault) => fault.endsWith("shows what lies outside"));
    assertGreater(found.length, 40);
  },
});

const roots: [what: string, toRoot: (root: string, outside: string) => string][] = [
  ["as an absolute path", (root) => root],
  ["with a slash at its end", (root) => `${root}/`],
  ["with several", (root) => `${root}///`],
  ["with /. at its end", (root) => `${root}/.`],
  ["by way of its parent", (root) => `${root}/sub/..`],
  ["through a link", (_, outside) => `${outside}/also-root`],
  ["through a link, with a slash", (_, outside) => `${outside}/also-root/`],
  ["as a relative path", (root) => {
    const depth = Deno.realPathSync(Deno.cwd()).split("/").filter((name) => name !== "").length;
    return "../".repeat(depth) + root.slice(1);
  }],
];
for (const [what, toRoot] of roots) {
  Deno.test({
    name: `files finds nothing beside a root that is given ${what}, in any spelling`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await using served = serveFolder(TREE, { beside: BESIDE });
      const root = toRoot(served.root, served.outside);
      await using server = startServer(files({ root, staticDirectory: STATIC_DIRECTORY }));
      assertEquals(await faultsOf(server.port, served), []);
      assertEquals(server.handlerErrors, []);
    },
  });
}

const settings: [what: string, options: ServedFolderOptions][] = [
  ["dot-files are served", { dotfiles: true }],
  ["links may lead anywhere", { followSymlinks: true }],
  ["nothing is listed", { listing: false }],
  ["URLs are clean", { cleanUrls: true }],
  ["unknown paths get the index", { spa: true }],
  ["everything is on", {
    dotfiles: true,
    followSymlinks: true,
    cleanUrls: true,
    spa: true,
    archive: true,
  }],
];
for (const [what, options] of settings) {
  Deno.test({
    name: `files finds nothing beside the root where ${what}, in any spelling`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      const index = { "index.html": "index" };
      const tree = options.listing === false ? { ...TREE, ...index } : TREE;
      await using served = serveFolder(tree, { beside: BESIDE, ...options });
      assertEquals(await faultsOf(served.server.port, served), []);
      assertEquals(served.server.handlerErrors, []);
    },
  });
}

Deno.test({
  name: "files that serves a single file finds nothing else, in any spelling",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using served = serveFolder(TREE, { beside: BESIDE });
    const root = `${served.root}/inside.txt`;
    await using server = startServer(files({ root, staticDirectory: STATIC_DIRECTORY }));
    assertEquals(await faultsOf(server.port, served), []);
    const beside = [`/${SECRET}`, "/sub/more.txt", "/sub/", "/root/inside.txt", "/404.html"];
    for (const path of beside) {
      using client = await connect(server.port);
      await client.send(toRequest("GET", path));
      assertEquals((await client.readResponse()).status, 404, path);
    }
  },
});

Deno.test("files does not look for a path in the query or behind a # (RFC 3986 3.4)", async () => {
  await using served = serveFolder(TREE, { beside: BESIDE });
  for (const query of ["?/../../secret.txt", "?../secret.txt", "?%2e%2e/", "?a=%00", "?"]) {
    assertEquals((await served.get(`/inside.txt${query}`)).text(), "inside", query);
  }
  assertEquals((await served.get("/inside.txt#/../secret.txt")).status, 400);
});

Deno.test("files takes a HEAD in no other spelling than a GET", async () => {
  await using served = serveFolder(TREE, { beside: BESIDE });
  const names = { secret: SECRET, above: served.outside, root: "root" };
  for (const spelling of TRAVERSAL_SPELLINGS.filter((each) => each.startsWith("/"))) {
    const target = toTarget(spelling, names);
    const [get, head] = [await served.get(target), await served.head(target)];
    assertEquals(
      [head.status, head.field("content-length")],
      [get.status, get.field("content-length")],
      spelling,
    );
  }
});

Deno.test("files repeats nothing of a bad path in its answer", async () => {
  await using served = serveFolder(TREE, { beside: BESIDE });
  const paths = [
    "/<script>",
    "/%3Cscript%3E",
    "/..%2f%3Cscript%3E",
    "/%00<script>",
    "/a\xff<script>",
  ];
  for (const path of paths) {
    const response = await served.get(path);
    assert([400, 404].includes(response.status), path);
    const all = JSON.stringify(response.fields) + toText(response.content);
    assert(!/<script>|%3cscript/i.test(all), path);
  }
});
