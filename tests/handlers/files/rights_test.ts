// "Files that may not be read are 403" (issue 3). Rights do not stop root, so where root runs the tests the
// server is a program of its own that has given up what lets root pass them.

import { assertEquals } from "../../deps.ts";
import { needs } from "../../e2e/client_program.ts";
import {
  addTree,
  Fixture,
  FIXTURE_DATE,
  type FixtureTree,
  linkTo,
  makeFolder,
  writeDated,
} from "../../support/fixture_folder.ts";
import { startProgram } from "../../support/program.ts";
import { connect, type RawResponse } from "../../support/raw_client.ts";
import { toRequest } from "../../support/served_folder.ts";

const windows = Deno.build.os === "windows";
const asRoot = !windows && Deno.uid() === 0;
const { ignore, because } = asRoot ? needs("setpriv") : { ignore: windows, because: "" };
const HERE = new URL(".", import.meta.url);
const WITHOUT_PRIVILEGE = ["--bounding-set=-dac_override,-dac_read_search", "--", Deno.execPath()];

type Ask = (method: string, path: string, ...lines: string[]) => Promise<RawResponse>;

function testRights(
  name: string,
  tree: FixtureTree,
  use: (ask: Ask, root: string) => Promise<void>,
): void {
  Deno.test({
    name: `${name} (RFC 9110 15.5.4)${because}`,
    ignore,
    fn: async () => {
      await using folder = makeFolder(tree);
      const deno = ["run", "--allow-all", "--no-check", "folder_program.ts", folder.path];
      await using program = startProgram({
        command: asRoot ? "setpriv" : Deno.execPath(),
        args: asRoot ? [...WITHOUT_PRIVILEGE, ...deno] : deno,
        cwd: HERE,
      });
      const [, port] = await program.waitForLine(/port (\d+)$/);
      const ask: Ask = async (method, path, ...lines) => {
        using client = await connect(Number(port));
        await client.send(toRequest(method, path, ...lines));
        return await client.readResponse({ head: method === "HEAD" });
      };
      try {
        await use(ask, folder.path);
      } finally {
        reopen(folder.path);
      }
    },
  });
}

/** Whoever is not root could not remove what is closed. */
function reopen(path: string): void {
  for (const { name, isDirectory } of Deno.readDirSync(path)) {
    if (!isDirectory) continue;
    Deno.chmodSync(`${path}/${name}`, 0o700);
    reopen(`${path}/${name}`);
  }
}

/** A file or a folder that nobody may read. */
function closed(content: string | FixtureTree): Fixture {
  return new Fixture((path) => {
    if (typeof content === "string") {
      writeDated(path, content, FIXTURE_DATE);
    } else {
      Deno.mkdirSync(path);
      addTree(path, content);
    }
    Deno.chmodSync(path, 0);
  });
}

testRights("files answers 403 to what it may not read, and goes on", {
  "a.txt": "a",
  "closed.txt": closed("secret"),
  "big.txt": closed("secret".repeat(100_000)),
  folder: closed({ "a.txt": "secret", sub: { "a.txt": "secret" } }),
  indexed: { "index.html": closed("secret") },
  "link.txt": linkTo("closed.txt"),
  "through.txt": linkTo("folder/a.txt"),
}, async (ask) => {
  const paths = [
    "/closed.txt",
    "/big.txt",
    "/folder/",
    "/folder/a.txt",
    "/folder/sub/",
    "/indexed/",
    "/link.txt",
    "/through.txt",
  ];
  for (const path of paths) {
    for (const method of ["GET", "HEAD"]) {
      const response = await ask(method, path);
      assertEquals([response.status, /secret/.test(response.text())], [403, false], path);
      assertEquals(response.field("x-content-type-options"), "nosniff");
    }
    for (const line of ["Range: bytes=0-0", "Range: bytes=0-0,5-5", "Accept-Encoding: br, gzip"]) {
      assertEquals((await ask("GET", path, line)).status, 403, `${path} with ${line}`);
    }
  }
  assertEquals((await ask("GET", "/a.txt")).text(), "a");
});

testRights("files answers 403 to a file from the moment on that it may not read it", {
  "small.txt": "open",
  "big.txt": "open".repeat(100_000),
}, async (ask, root) => {
  for (const name of ["big.txt", "small.txt"]) {
    assertEquals((await ask("GET", `/${name}`)).status, 200);
    Deno.chmodSync(`${root}/${name}`, 0);
    assertEquals((await ask("GET", `/${name}`)).status, 403, name);
    Deno.chmodSync(`${root}/${name}`, 0o600);
    assertEquals((await ask("GET", `/${name}`)).status, 200, name);
  }
});

testRights("files answers 404 where it may not read the page for that", {
  "404.html": closed("secret"),
}, async (ask) => {
  const { status, field } = await ask("GET", "/nothing");
  assertEquals([status, field("content-type")], [404, "text/html; charset=utf-8"]);
});

testRights("files sends the file itself where it may not read the sibling", {
  "a.css": "a{}",
  "a.css.br": closed("secret"),
}, async (ask) => {
  const { status, text } = await ask("GET", "/a.css", "Accept-Encoding: br");
  assertEquals([status, text()], [200, "a{}"]);
});
