// "Dot-files (except `.well-known`) and symlinks that leave the root are 404 and one log line says why;
// device files, FIFOs and sockets never block and are 404" (issue 3).

import { assertEquals, assertMatch } from "../../deps.ts";
import { addTree, Fixture, type FixtureTree, linkTo } from "../../support/fixture_folder.ts";
import { serveFolder } from "../../support/served_folder.ts";

const windows = Deno.build.os === "windows";
const BESIDE: FixtureTree = {
  "secret.txt": "secret",
  private: { "index.html": "secret", "a.txt": "secret", "404.html": "secret" },
};

function testLinks(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, fn, ignore: windows });
}

testLinks("files follows links that stay inside the root, to files and to folders", async () => {
  await using served = serveFolder({
    "a.txt": "a",
    sub: { "b.txt": "b", "up.txt": linkTo("../a.txt"), around: linkTo("../sub") },
    "file.txt": linkTo("a.txt"),
    folder: linkTo("sub"),
    "twice.txt": linkTo("file.txt"),
    "through.txt": linkTo("folder/b.txt"),
    out_and_in: linkTo("../root/sub"),
    home: linkTo("."),
  });
  addTree(served.root, { absolute: linkTo(`${served.root}/a.txt`) });
  const paths = {
    "/file.txt": "a",
    "/folder/b.txt": "b",
    "/twice.txt": "a",
    "/through.txt": "b",
    "/sub/up.txt": "a",
    "/sub/around/around/b.txt": "b",
    "/out_and_in/b.txt": "b",
    "/home/home/a.txt": "a",
    "/absolute": "a",
  };
  for (const [path, content] of Object.entries(paths)) {
    const response = await served.get(path);
    assertEquals([response.status, response.text()], [200, content], path);
  }
  assertEquals((await served.get("/folder")).field("location"), "/folder/");
  assertEquals(served.refusals, []);
});

const LEAVING: FixtureTree = {
  "file.txt": linkTo("../secret.txt"),
  folder: linkTo("../private"),
  "chain.txt": linkTo("second"),
  second: linkTo("third"),
  third: linkTo("../secret.txt"),
  "through.txt": linkTo("folder/a.txt"),
  parent: linkTo(".."),
  system: linkTo("/"),
  passwd: linkTo("/etc/passwd"),
  sibling: linkTo("../root-not"),
  sub: { deep: linkTo("../../private") },
};
const LEAVING_PATHS = [
  "/file.txt",
  "/folder",
  "/folder/",
  "/folder/a.txt",
  "/folder/index.html",
  "/chain.txt",
  "/second",
  "/through.txt",
  "/parent",
  "/parent/",
  "/parent/secret.txt",
  "/system/",
  "/system/etc/passwd",
  "/passwd",
  "/sibling/a.txt",
  "/sub/deep/",
  "/sub/deep/a.txt",
];

testLinks(
  "files answers 404 to links that leave the root, and tells why, once each time",
  async () => {
    const beside = { ...BESIDE, "root-not": { "a.txt": "secret" } };
    await using served = serveFolder(LEAVING, { beside });
    for (const path of LEAVING_PATHS) {
      for (const method of ["GET", "HEAD"]) {
        const before = served.refusals.length;
        const response = await served.ask(method, path);
        assertEquals(response.status, 404, path);
        assertEquals(response.text().includes("secret"), false, path);
        const [refusal, ...more] = served.refusals.slice(before);
        assertEquals([refusal?.path, more], [path, []]);
        assertMatch(refusal?.reason ?? "", /link .*--follow-symlinks/);
      }
    }
  },
);

testLinks("files comes back into the root through a link that leads around it", async () => {
  await using served = serveFolder({ "a.txt": "a", parent: linkTo("..") });
  assertEquals((await served.get("/parent/root/a.txt")).text(), "a");
});

testLinks("files follows links out of the root where they may lead anywhere", async () => {
  await using served = serveFolder(LEAVING, { beside: BESIDE, followSymlinks: true });
  for (const path of ["/file.txt", "/folder/a.txt", "/folder/", "/chain.txt", "/through.txt"]) {
    const response = await served.get(path);
    assertEquals([response.status, response.text()], [200, "secret"], path);
  }
  assertEquals(served.refusals, []);
});

testLinks("files passes over an index that is a link out of the root, and tells why", async () => {
  await using served = serveFolder(
    { "index.html": linkTo("../secret.txt"), "index.htm": "second", "a.txt": "a" },
    { beside: BESIDE },
  );
  assertEquals((await served.get("/")).text(), "second");
  assertMatch(served.refusals[0]?.reason ?? "", /index\.html is a link/);
  assertEquals((await served.get("/index.html")).status, 404);
});

testLinks(
  "files does not show a 404.html that is a link out of the root, and tells why",
  async () => {
    await using served = serveFolder({ "404.html": linkTo("../secret.txt") }, { beside: BESIDE });
    const response = await served.get("/nothing");
    assertEquals([response.status, response.text().includes("secret")], [404, false]);
    assertMatch(served.refusals[0]?.reason ?? "", /404\.html is a link/);
  },
);

for (
  const [what, options] of [["cleanUrls", { cleanUrls: true }], ["spa", { spa: true }]] as const
) {
  testLinks(
    `files lets no link out of the root stand in for what is missing (${what})`,
    async () => {
      const tree = { "page.html": linkTo("../secret.txt"), "index.html": linkTo("../secret.txt") };
      await using served = serveFolder(tree, { beside: BESIDE, ...options });
      const response = await served.get("/page", "Accept: text/html");
      assertEquals([response.status, response.text().includes("secret")], [404, false]);
    },
  );
}

testLinks("files sends no sibling that is a link out of the root", async () => {
  await using served = serveFolder(
    { "a.css": "a{}", "a.css.br": linkTo("../secret.txt") },
    { beside: BESIDE },
  );
  const response = await served.get("/a.css", "Accept-Encoding: br");
  assertEquals([response.text(), response.field("content-encoding")], ["a{}", null]);
});

testLinks("files puts nothing into an archive that a link out of the root leads to", async () => {
  await using served = serveFolder(
    { "a.txt": "inside", "file.txt": linkTo("../secret.txt"), folder: linkTo("../private") },
    { beside: BESIDE, archive: true },
  );
  const response = await served.get("/?archive=tar");
  assertEquals(response.status, 200);
  assertEquals([/inside/.test(response.text()), /secret/.test(response.text())], [true, false]);
});

testLinks("files answers 404 to a file that became a link out of the root", async () => {
  await using served = serveFolder({ "a.txt": "a", sub: { "b.txt": "b" } });
  assertEquals((await served.get("/a.txt")).status, 200);
  assertEquals((await served.get("/sub/b.txt")).status, 200);
  // The file is the same one as before, only the way to it is another.
  for (const name of ["a.txt", "sub"]) {
    Deno.renameSync(`${served.root}/${name}`, `${served.outside}/${name}`);
    Deno.symlinkSync(`../${name}`, `${served.root}/${name}`);
  }
  assertEquals((await served.get("/a.txt")).status, 404);
  assertEquals((await served.get("/sub/b.txt")).status, 404);
});

testLinks("files answers 404 to links that lead nowhere or in circles", async () => {
  await using served = serveFolder({
    nowhere: linkTo("nothing"),
    self: linkTo("self"),
    one: linkTo("other"),
    other: linkTo("one"),
    inner: { up: linkTo("../inner/up") },
    "index.html": linkTo("index.html"),
    "404.html": linkTo("404.html"),
  });
  for (const path of ["/nowhere", "/self", "/self/", "/self/a", "/one", "/inner/up/a"]) {
    assertEquals((await served.get(path)).status, 404, path);
  }
  assertEquals((await served.get("/")).status, 200);
});

/** Made by a program, for Deno cannot. */
function madeBy(program: string, ...args: string[]): Fixture {
  return new Fixture((path) => {
    const made = new Deno.Command(program, { args: [...args, path] }).outputSync();
    if (!made.success) throw new Error(new TextDecoder().decode(made.stderr));
  });
}

const NOTHING_HERE = "it is neither a file nor a folder";
for (const followSymlinks of [false, true]) {
  testLinks(
    `files answers 404 to FIFOs, sockets and devices and never waits for one (${
      followSymlinks ? "links may lead anywhere" : "as by default"
    })`,
    async () => {
      await using served = serveFolder({
        "a.txt": "a",
        fifo: madeBy("mkfifo"),
        zero: linkTo("/dev/zero"),
        tty: linkTo("/dev/tty"),
        sub: { "index.html": madeBy("mkfifo"), "index.htm": "second" },
        "a.txt.gz": madeBy("mkfifo"),
      }, { followSymlinks });
      using _ = Deno.listen({ transport: "unix", path: `${served.root}/socket` });
      const mine = ["/fifo", "/socket"];
      for (const path of [...mine, "/zero", "/tty"]) {
        const before = served.refusals.length;
        assertEquals((await served.get(path)).status, 404, path);
        assertEquals((await served.head(path)).status, 404, path);
        assertEquals((await served.get(path, "Range: bytes=0-0")).status, 404, path);
        const isMine = mine.includes(path) || followSymlinks;
        const [refusal] = served.refusals.slice(before);
        if (isMine) assertEquals(refusal, { path, reason: NOTHING_HERE });
        else assertMatch(refusal?.reason ?? "", /link/);
      }
      assertEquals((await served.get("/sub/")).text(), "second");
      assertEquals((await served.get("/a.txt", "Accept-Encoding: gzip")).text(), "a");
    },
  );
}

Deno.test({
  name: "files answers 404 to a device in the root itself and never reads it",
  // Only root may make one, and not in every container.
  ignore: windows || Deno.uid() !== 0 || !canMakeDevices(),
  fn: async () => {
    const zero = new Fixture((path) => {
      new Deno.Command("mknod", { args: [path, "c", "1", "5"] }).outputSync();
    });
    await using served = serveFolder({ zero, "404.html": zero });
    const response = await served.get("/zero");
    assertEquals([response.status, served.refusals[0]?.reason], [404, NOTHING_HERE]);
    assertEquals(Deno.statSync(`${served.root}/zero`).isCharDevice, true);
  },
});

function canMakeDevices(): boolean {
  const path = Deno.makeTempFileSync();
  Deno.removeSync(path);
  const { success } = new Deno.Command("mknod", { args: [path, "c", "1", "5"] }).outputSync();
  if (success) Deno.removeSync(path);
  return success;
}

testLinks(
  "files answers 404 to dot-files and what lies in dot-folders, and tells why",
  async () => {
    const tree = {
      ".env": "secret",
      ".git": { config: "secret", "index.html": "secret" },
      sub: { ".htaccess": "secret", ".deep": { "a.txt": "secret" } },
      ".well-known": { "security.txt": "contact", ".hidden": "secret" },
      ".well-known-not": { "a.txt": "secret" },
      "link.txt": linkTo(".env"),
    };
    const hidden = [
      "/.env",
      "/%2eenv",
      "/%2Eenv",
      "/.git",
      "/.git/",
      "/.git/config",
      "/sub/.htaccess",
      "/sub/.deep/a.txt",
      "/.well-known/.hidden",
      "/.well-known-not/a.txt",
    ];
    await using served = serveFolder(tree);
    for (const path of hidden) {
      const response = await served.get(path);
      assertEquals([response.status, /secret/.test(response.text())], [404, false], path);
      const refusal = served.refusals.at(-1);
      assertEquals(refusal?.path, path);
      assertMatch(refusal?.reason ?? "", /dot .*--dotfiles/);
    }
    assertEquals(served.refusals.length, hidden.length);
    assertEquals((await served.get("/.well-known/security.txt")).text(), "contact");
    assertEquals((await served.get("/.well-known")).field("location"), "/.well-known/");

    await using open = serveFolder(tree, { dotfiles: true });
    for (const path of ["/.env", "/.git/config", "/.git/", "/sub/.deep/a.txt", "/%2eenv"]) {
      assertEquals((await open.get(path)).text(), "secret", path);
    }
    assertEquals(open.refusals, []);
  },
);

testLinks("files tells of what is there alone that it is not served", async () => {
  await using served = serveFolder({ "a.txt": "a" });
  assertEquals((await served.get("/.env")).status, 404);
  assertEquals((await served.get("/.git/config")).status, 404);
  assertEquals(served.refusals, []);
});
