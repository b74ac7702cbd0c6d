// "A file that changes is served fresh at once" (issue 3): files that were there for a while, which the server
// remembers and looks at again, and which change right after they were asked for. Their status has to be
// seconds old, which nothing but time can make it: all of them are made first, and waited for once.

import { assert, assertEquals, assertNotEquals } from "../../deps.ts";
import {
  addTree,
  FIXTURE_DATE,
  linkTo,
  makeFolder,
  writeDated,
} from "../../support/fixture_folder.ts";
import { needs } from "../../e2e/client_program.ts";
import { startProgram } from "../../support/program.ts";
import type { FixtureTree } from "../../support/fixture_folder.ts";
import type { RawResponse } from "../../support/raw_client.ts";
import { fieldOf, type ServedFolder, serveFolder, toRequest } from "../../support/served_folder.ts";

/** From then on the server believes what a status says. Milliseconds. */
const SETTLED = 2_100;
/** Small enough to be kept in memory, and not. */
const SIZES = [1_000, 300_000];
const FILES_OF_A_KIND = 40;
const windows = Deno.build.os === "windows";

function contentOf(letter: string, size: number): string {
  return letter.repeat(size);
}

/** Waits until what is in the folder was last touched a while ago. */
async function settle(served: ServedFolder): Promise<void> {
  const path = `${served.root}/last`;
  Deno.writeTextFileSync(path, "");
  const made = Deno.statSync(path).mtime!.getTime();
  while (Date.now() - made < SETTLED) await new Promise((resolve) => setTimeout(resolve, 50));
}

interface Change {
  readonly what: string;
  /** Whether another file is needed, which was there all the time. */
  readonly hasSpare?: boolean;
  /** Changes the file at `path`, whose content becomes one `b` after another where there is content. */
  readonly make: (path: string, size: number) => void;
  /** What is wrong with the answer that comes afterwards; null if nothing is. */
  readonly fault: (response: RawResponse, size: number) => string | null;
}

function isNew(response: RawResponse, size: number): string | null {
  if (response.status !== 200) return `${response.status}`;
  return response.text() === contentOf("b", size) ? null : "the old content";
}

function isMissing({ status }: RawResponse): string | null {
  return status === 404 ? null : `${status}`;
}

const CHANGES: readonly Change[] = [
  {
    what: "written anew in place",
    make: (path, size) => Deno.writeTextFileSync(path, contentOf("b", size)),
    fault: isNew,
  },
  {
    what: "written anew in place, with the old date",
    make: (path, size) => writeDated(path, contentOf("b", size), FIXTURE_DATE),
    fault: isNew,
  },
  {
    what: "replaced by another one",
    make: (path, size) => {
      Deno.writeTextFileSync(`${path}.new`, contentOf("b", size));
      Deno.renameSync(`${path}.new`, path);
    },
    fault: isNew,
  },
  {
    what: "replaced by another one of the same date",
    make: (path, size) => {
      writeDated(`${path}.new`, contentOf("b", size), FIXTURE_DATE);
      Deno.renameSync(`${path}.new`, path);
    },
    fault: isNew,
  },
  {
    what: "replaced by one that was there all the time",
    hasSpare: true,
    make: (path, size) => Deno.renameSync(`${path}.${size}.spare`, path),
    fault: isNew,
  },
  {
    what: "continued",
    make: (path) => Deno.writeTextFileSync(path, "more", { append: true }),
    fault: ({ content }, size) => content.length === size + 4 ? null : `${content.length}`,
  },
  {
    what: "cut",
    make: (path) => Deno.truncateSync(path, 3),
    fault: ({ content }) => content.length === 3 ? null : `${content.length}`,
  },
  { what: "removed", make: (path) => Deno.removeSync(path), fault: isMissing },
  {
    what: "moved out of the root and linked to",
    make: (path) => {
      const outside = path.replace("/root/changes/", "/outside-");
      Deno.renameSync(path, outside);
      if (!windows) Deno.symlinkSync(outside, path);
    },
    fault: isMissing,
  },
];

interface Place {
  readonly change: Change;
  readonly size: number;
  readonly name: string;
}

const PLACES: readonly Place[] = CHANGES.flatMap((change, kind) =>
  SIZES.flatMap((size) =>
    Array.from(
      { length: FILES_OF_A_KIND },
      (_, i) => ({ change, size, name: `${kind}-${size}-${i}` }),
    )
  )
);

function toTree(places: readonly Place[]): FixtureTree {
  const tree: Record<string, string> = {};
  for (const { change, size, name } of places) {
    tree[name] = contentOf("a", size);
    if (change.hasSpare) tree[`${name}.${size}.spare`] = contentOf("b", size);
  }
  return tree;
}

/** What was wrong, of all changes and sizes, with how many of the files. */
async function faultsOf(served: ServedFolder): Promise<Record<string, number>> {
  using client = await served.connect();
  const get = async (name: string) => {
    await client.send(toRequest("GET", `/changes/${name}`));
    return await client.readResponse();
  };
  for (const { name, size } of PLACES) assertEquals((await get(name)).content.length, size);
  const faults: Record<string, number> = {};
  for (const { change, size, name } of PLACES) {
    const before = await get(name);
    assertEquals(before.text()[0], "a");
    change.make(`${served.root}/changes/${name}`, size);
    const after = await get(name);
    const fault = change.fault(after, size) ??
      (after.field("etag") === before.field("etag") ? "the old tag" : null);
    if (fault === null) continue;
    const key = `${change.what}, ${size} octets: ${fault}`;
    faults[key] = (faults[key] ?? 0) + 1;
  }
  return faults;
}

/** Waits once for all of them. */
Deno.test("files that have been there for a while", async (t) => {
  const octets = new Uint8Array(400_000);
  const links: FixtureTree = windows ? {} : { way: linkTo("one"), a: linkTo("one/a") };
  await using served = serveFolder({
    changes: toTree(PLACES),
    "octets.bin": octets,
    siblings: {
      "a.bin": "plain",
      "b.bin": "plain",
      "b.bin.gz": "coded",
      d: { "index.htm": "htm" },
    },
    links: { one: { a: "first" }, two: { a: "other" }, ...links },
    same: { small: "a", big: "a".repeat(300_000) },
  }, { beside: { out: { a: "secret" } } });
  const path = `${served.root}/octets.bin`;
  const tags = [fieldOf(await served.get("/octets.bin"), "etag")];
  await settle(served);
  tags.push(fieldOf(await served.get("/octets.bin"), "etag"));

  await t.step("keep their tag, and are 304 by it", async () => {
    for (const path of ["/same/small", "/same/big"]) {
      const first = await served.get(path);
      const tag = fieldOf(first, "etag");
      for (let round = 0; round < 5; round++) {
        const again = await served.get(path);
        assertEquals([again.field("etag"), again.text()], [tag, first.text()]);
        assertEquals((await served.get(path, `If-None-Match: ${tag}`)).status, 304);
      }
    }
  });

  await t.step("have other siblings and another index as soon as these are there", async () => {
    const get = async (path: string) =>
      (await served.get(`/siblings/${path}`, "Accept-Encoding: gzip")).text();
    const all = async () => [await get("a.bin"), await get("b.bin"), await get("d/")];
    assertEquals(await all(), ["plain", "coded", "htm"]);
    addTree(`${served.root}/siblings`, { "a.bin.gz": "new" });
    Deno.removeSync(`${served.root}/siblings/b.bin.gz`);
    addTree(`${served.root}/siblings/d`, { "index.html": "html" });
    assertEquals(await all(), ["new", "plain", "html"]);
    Deno.writeTextFileSync(`${served.root}/siblings/a.bin.gz`, "wen");
    Deno.removeSync(`${served.root}/siblings/d/index.html`);
    assertEquals(await all(), ["wen", "plain", "htm"]);
  });

  await t.step({
    name: "are others as soon as a link on the way leads elsewhere",
    ignore: windows,
    fn: async () => {
      const folder = `${served.root}/links`;
      const texts = async () => [
        (await served.get("/links/way/a")).text(),
        (await served.get("/links/a")).text(),
      ];
      assertEquals(await texts(), ["first", "first"]);
      const relink = (target: string) => {
        Deno.removeSync(`${folder}/way`);
        Deno.removeSync(`${folder}/a`);
        addTree(folder, { way: linkTo(target), a: linkTo(`${target}/a`) });
      };
      relink("two");
      assertEquals(await texts(), ["other", "other"]);
      relink("../../out");
      assert(!(await texts()).some((text) => text.includes("secret")));
      relink("one");
      assertEquals(await texts(), ["first", "first"]);
    },
  });

  await t.step("are served as they are now, right after the last answer too", async () => {
    assertEquals(await faultsOf(served), {});
  });

  await t.step("have another tag when a single octet is another (RFC 9110 8.8.1)", async () => {
    writeDated(path, octets.with(100_000, 1), FIXTURE_DATE);
    const changed = await served.get("/octets.bin");
    assertEquals(changed.content[100_000], 1);
    await settle(served);
    const later = await served.get("/octets.bin");
    for (const tag of tags) {
      assertNotEquals(fieldOf(changed, "etag"), tag, "right after the change");
      assertNotEquals(fieldOf(later, "etag"), tag, "a while after the change");
    }
  });
});

const { ignore, because } = needs("mkfifo");
Deno.test({
  name: `files never waits for a FIFO that took the place of a file it remembers${because}`,
  ignore,
  fn: async () => {
    await using folder = makeFolder({ root: { "a.bin": new Uint8Array(300_000) } });
    const [root, fifo] = [`${folder.path}/root`, `${folder.path}/fifo`];
    await new Deno.Command("mkfifo", { args: [fifo] }).output();
    await using program = startProgram({
      command: Deno.execPath(),
      args: ["run", "--allow-all", "--no-check", "replaced_program.ts", root, fifo],
      cwd: new URL(".", import.meta.url),
      patienceMs: 10_000,
    });
    const [, status] = await program.waitForLine(/status is (\d+)/);
    assertEquals(status, "404");
  },
});
