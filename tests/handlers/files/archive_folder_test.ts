// Archives of real folders: what goes in, in which order, and what comes out of tar again. How they are
// sent is in archive_sending_test.ts.

import { archiveFolder, TooManyEntries } from "../../../lib/handlers/files/archive_folder.ts";
import { assert, assertEquals, assertNotEquals, assertRejects } from "../../deps.ts";
import {
  ALL,
  fill,
  listed,
  LONG_AGO,
  makeOld,
  oddFiles,
  run,
  wholeOf,
  withFolder,
} from "../../support/archives.ts";
import { SeededRandom } from "../../support/seeded_random.ts";

const isRoot = Deno.build.os === "linux" && Deno.uid() === 0;
const odd = oddFiles(new SeededRandom());

Deno.test("archiveFolder makes what tar unpacks to the same files (pax)", async () => {
  await withFolder(async (folder) => {
    fill(`${folder}/in`, odd);
    Deno.mkdirSync(`${folder}/in/nothing here`);
    Deno.chmodSync(`${folder}/in/a.txt`, 0o754);
    makeOld(`${folder}/in`);
    const source = await archiveFolder(`${folder}/in`, ALL);
    const whole = wholeOf(source);
    assertEquals(whole.length, source.length);
    assertEquals(whole.length % 512, 0);
    Deno.mkdirSync(`${folder}/out`);
    await run("tar", ["-xf", "-", "-C", `${folder}/out`], whole);
    await run("diff", ["-r", `${folder}/in`, `${folder}/out/site`]);
    for (const path of [...Object.keys(odd), "nothing here", ""]) {
      const [before, after] = [`in/${path}`, `out/site/${path}`].map((path) =>
        Deno.statSync(`${folder}/${path}`)
      );
      assertEquals(after!.mtime, LONG_AGO, path);
      assertEquals(after!.mode! & 0o777, before!.mode! & 0o777, path);
    }
  });
});

Deno.test("archiveFolder makes what another program reads too (pax)", {
  ignore: new Deno.Command("python3", { args: ["-V"], stdout: "null", stderr: "null" })
    .outputSync().success === false,
}, async () => {
  await withFolder(async (folder) => {
    fill(`${folder}/in`, odd);
    const source = await archiveFolder(`${folder}/in`, ALL);
    Deno.writeFileSync(`${folder}/a.tar`, wholeOf(source));
    const found = JSON.parse(
      await run("python3", [
        "-c",
        "import json, sys, tarfile\n" +
        "print(json.dumps({m.name: m.size for m in tarfile.open(sys.argv[1]) if m.isfile()}))",
        `${folder}/a.tar`,
      ]),
    ) as Record<string, number>;
    const expected = Object.entries(odd).map(([path, { length }]) => [`site/${path}`, length]);
    assertEquals(found, Object.fromEntries(expected));
  });
});

Deno.test("archiveFolder gives the same archive each time, in the order of names", async () => {
  await withFolder(async (folder) => {
    fill(folder, {
      "b/2": "",
      "b/1": "",
      "a": "",
      "c": "",
      "B": "",
      "b.txt": "",
      "10": "",
      "9": "",
    });
    const [first, second] = [await archiveFolder(folder, ALL), await archiveFolder(folder, ALL)];
    assertEquals(first.etag, second.etag);
    assertEquals(wholeOf(first), wholeOf(second));
    assertEquals(first.lastModified, LONG_AGO.getTime());
    const names = ["", "10", "9", "B", "a", "b/", "b/1", "b/2", "b.txt", "c"];
    assertEquals(await listed(first), names.map((name) => `site/${name}`));
  });
});

const changes: [what: string, change: (folder: string) => void][] = [
  ["another content", (folder) => Deno.writeTextFileSync(`${folder}/a`, "2")],
  ["another size", (folder) => Deno.writeTextFileSync(`${folder}/a`, "22")],
  ["another time", (folder) => Deno.utimeSync(`${folder}/a`, LONG_AGO, new Date(1e12 + 1))],
  ["another file", (folder) => Deno.writeTextFileSync(`${folder}/c`, "")],
  ["a file less", (folder) => Deno.removeSync(`${folder}/b`)],
  ["another name", (folder) => Deno.renameSync(`${folder}/a`, `${folder}/d`)],
  ["another mode", (folder) => Deno.chmodSync(`${folder}/a`, 0o600)],
  ["two files changed for each other", (folder) => {
    Deno.renameSync(`${folder}/a`, `${folder}/x`);
    Deno.renameSync(`${folder}/b`, `${folder}/a`);
    Deno.renameSync(`${folder}/x`, `${folder}/b`);
    Deno.utimeSync(folder, LONG_AGO, LONG_AGO);
  }],
];
for (const [what, change] of changes) {
  Deno.test(`archiveFolder gives another entity-tag to ${what} (RFC 9110 8.8.3)`, async () => {
    await withFolder(async (folder) => {
      fill(folder, { a: "1", b: "1" });
      const { etag } = await archiveFolder(folder, ALL);
      assert(/^"[\w-]{22}"$/.test(etag), etag);
      change(folder);
      assertNotEquals((await archiveFolder(folder, ALL)).etag, etag);
    });
  });
}

Deno.test("archiveFolder gives a tag only once to what may still be changing (RFC 9110 8.8.1)", async () => {
  await withFolder(async (folder) => {
    fill(folder, { a: "1" });
    const now = new Date();
    Deno.utimeSync(`${folder}/a`, now, now);
    const [first, second] = [await archiveFolder(folder, ALL), await archiveFolder(folder, ALL)];
    assertNotEquals(first.etag, second.etag);
  });
});

Deno.test("archiveFolder leaves out what is not accepted, and what is below it", async () => {
  await withFolder(async (folder) => {
    fill(folder, { "a": "", ".git/config": "", "b/.env": "", "b/c": "" });
    const accepts = (path: string) => !path.slice(path.lastIndexOf("/") + 1).startsWith(".");
    const source = await archiveFolder(folder, { ...ALL, accepts });
    assertEquals(await listed(source), ["site/", "site/a", "site/b/", "site/b/c"]);
  });
});

Deno.test("archiveFolder leaves out links unless they are followed, and is not caught in circles", async () => {
  await withFolder(async (folder) => {
    fill(folder, { "root/a": "inside", "root/d/e": "", "outside": "secret" });
    Deno.symlinkSync("a", `${folder}/root/link`);
    Deno.symlinkSync("d", `${folder}/root/folder`);
    Deno.symlinkSync("../outside", `${folder}/root/leaves`);
    Deno.symlinkSync("nowhere", `${folder}/root/dangling`);
    Deno.symlinkSync("itself", `${folder}/root/itself`);
    Deno.symlinkSync("..", `${folder}/root/d/up`);
    makeOld(folder);
    const root = `${folder}/root`;
    const real = Deno.realPathSync(root);
    const plain = await archiveFolder(root, ALL);
    assertEquals(await listed(plain), ["site/", "site/a", "site/d/", "site/d/e"]);
    const accepts = (path: string) => {
      try {
        return Deno.realPathSync(path).startsWith(real);
      } catch {
        return false;
      }
    };
    const followed = await archiveFolder(root, { ...ALL, accepts, followSymlinks: true });
    assertEquals(await listed(followed), [
      ...["site/", "site/a", "site/d/", "site/d/e", "site/folder/", "site/folder/e", "site/link"],
    ]);
    assertEquals(new TextDecoder().decode(wholeOf(followed)).includes("secret"), false);
    const all = await archiveFolder(root, { ...ALL, followSymlinks: true });
    assertEquals((await listed(all)).includes("site/leaves"), true);
  });
});

Deno.test("archiveFolder leaves out FIFOs, sockets and devices, and never opens one", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await withFolder(async (folder) => {
    fill(folder, { a: "" });
    await run("mkfifo", [`${folder}/fifo`]);
    const socket = Deno.listen({ transport: "unix", path: `${folder}/socket` });
    Deno.symlinkSync("/dev/zero", `${folder}/device`);
    Deno.symlinkSync("fifo", `${folder}/linked`);
    makeOld(folder);
    for (const followSymlinks of [false, true]) {
      const source = await archiveFolder(folder, { ...ALL, followSymlinks });
      assertEquals(await listed(source), ["site/", "site/a"]);
    }
    socket.close();
  });
});

Deno.test("archiveFolder leaves out files that may not be read, so that the rest can be had", {
  ignore: isRoot || Deno.build.os === "windows",
}, async () => {
  await withFolder(async (folder) => {
    fill(folder, { "a": "", "secret": "x", "closed/b": "" });
    Deno.chmodSync(`${folder}/secret`, 0o200);
    Deno.chmodSync(`${folder}/closed`, 0o300);
    const source = await archiveFolder(folder, ALL);
    assertEquals(await listed(source), ["site/", "site/a", "site/closed/"]);
    Deno.chmodSync(`${folder}/closed`, 0o700);
  });
});

Deno.test("archiveFolder takes so many entries and no more", async () => {
  await withFolder(async (folder) => {
    fill(folder, { a: "", b: "", "c/d": "" });
    const source = await archiveFolder(folder, { ...ALL, entryLimit: 5 });
    assertEquals((await listed(source)).length, 5);
    await assertRejects(
      () => archiveFolder(folder, { ...ALL, entryLimit: 4 }),
      TooManyEntries,
      "Cannot archive the folder: it has more than 4 entries",
    );
  });
});

Deno.test("archiveFolder gives others their turn, and ends when nobody waits", async () => {
  await withFolder(async (folder) => {
    for (let i = 0; i < 3_500; i++) Deno.writeFileSync(`${folder}/${i}`, new Uint8Array());
    const patience = new AbortController();
    let turns = 0;
    const timer = setInterval(() => {
      if (++turns === 2) patience.abort(new Error("gone"));
    }, 0);
    await assertRejects(
      () => archiveFolder(folder, { ...ALL, signal: patience.signal }),
      Error,
      "gone",
    );
    clearInterval(timer);
    assertEquals((await listed(await archiveFolder(folder, ALL))).length, 3_501);
  });
});

Deno.test("archiveFolder throws where the folder cannot be read", async () => {
  await withFolder(async (folder) => {
    await assertRejects(() => archiveFolder(`${folder}/none`, ALL), Deno.errors.NotFound);
  });
});

Deno.test("archiveFolder of an empty folder is that folder", async () => {
  await withFolder(async (folder) => {
    makeOld(folder);
    const source = await archiveFolder(`${folder}/`, { ...ALL, name: "-ü" });
    assertEquals(await listed(source), ["-ü/"]);
  });
});
