// What the system tells of changes, and what is made of it. A test that waits for a change makes one; that
// something is not told is seen when a change after it has been told. One change may be told twice.

import { FileWatch } from "../../lib/cli/file_watch.ts";
import { assertEquals, assertRejects } from "../deps.ts";
import { TempFolder } from "./temp_folder.ts";

/**
 * The watched folder lies in one of its own. For the folder above is watched as well, and where it were one for all
 * tests, Deno 2.7 would tell a new watcher of what happened there before, while another one watched it.
 */
const INNER = "inner";

/** A folder that is watched, and what has been told of it. */
class Watched implements AsyncDisposable {
  /** All paths that were told so far. */
  readonly told = new Set<string>();
  readonly #folder: TempFolder;
  readonly #base: string;
  readonly #watch: FileWatch;

  private constructor(folder: TempFolder, below: string) {
    this.#folder = folder;
    this.#base = Deno.realPathSync(this.path(below));
    this.#watch = new FileWatch([{ folder: this.#base, file: null, kind: "app" }]);
  }

  /** Makes the files, and watches the folder `below` the one that holds them. */
  static async make(files: Record<string, string>, below = "."): Promise<Watched> {
    const inner = Object.entries(files).map(([name, content]) => [`${INNER}/${name}`, content]);
    return new Watched(await TempFolder.make(Object.fromEntries(inner)), below);
  }

  path(name: string): string {
    return `${this.#folder.path}/${INNER}/${name}`;
  }

  write(name: string): void {
    Deno.writeTextFileSync(this.path(name), String(Math.random()));
  }

  /** The paths that are told next. */
  async next(): Promise<string[]> {
    const paths = (await this.#watch.next()).map((path) => path.slice(this.#base.length + 1));
    for (const path of paths) this.told.add(path);
    return paths.sort();
  }

  /** Waits until the name is told. */
  async until(name: string): Promise<void> {
    while (!(await this.next()).includes(name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watch[Symbol.dispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}

Deno.test("a file that is written, made, renamed or removed has changed", async () => {
  await using watched = await Watched.make({ "a.ts": "1", "deep/b.ts": "1", "c.ts": "1" });
  watched.write("a.ts");
  await watched.until("a.ts");
  watched.write("deep/new.ts");
  await watched.until("deep/new.ts");
  Deno.renameSync(watched.path("deep/b.ts"), watched.path("deep/renamed.ts"));
  await watched.until("deep/renamed.ts");
  Deno.removeSync(watched.path("c.ts"));
  await watched.until("c.ts");
  assertEquals([...watched.told].sort(), [
    "a.ts",
    "c.ts",
    "deep/b.ts",
    "deep/new.ts",
    "deep/renamed.ts",
  ]);
});

Deno.test("what changes together is told together, and what changes before somebody asks is kept", async () => {
  await using watched = await Watched.make({ "a.ts": "1", "b.ts": "1" });
  watched.write("a.ts");
  watched.write("b.ts");
  assertEquals(await watched.next(), ["a.ts", "b.ts"]);
});

Deno.test("reading is no change", async () => {
  await using watched = await Watched.make({ "a.ts": "1", "b.ts": "1" });
  Deno.readTextFileSync(watched.path("a.ts"));
  await Array.fromAsync(Deno.readDir(watched.path(".")));
  watched.write("b.ts");
  await watched.until("b.ts");
  assertEquals([...watched.told], ["b.ts"]);
});

for (const name of ["node_modules", ".git", ".venv", "__pycache__", "env"]) {
  Deno.test({
    name: `nothing in ${name} is watched, neither what was there nor what comes`,
    // Elsewhere folders come with all that is in them, and toConsequence drops it.
    ignore: Deno.build.os !== "linux",
    fn: async () => {
      await using watched = await Watched.make({
        "a.ts": "1",
        [`${name}/b/c.js`]: "1",
        [`${name}/pyvenv.cfg`]: "",
      });
      watched.write(`${name}/b/c.js`);
      Deno.mkdirSync(watched.path(`${name}/d`));
      Deno.mkdirSync(watched.path("deep/node_modules/x"), { recursive: true });
      watched.write("deep/node_modules/x/y.js");
      watched.write("a.ts");
      await watched.until("a.ts");
      watched.write(`${name}/b/c.js`);
      watched.write("deep/node_modules/x/y.js");
      watched.write("deep/b.ts");
      await watched.until("deep/b.ts");
      assertEquals([...watched.told].sort(), ["a.ts", "deep/b.ts"]);
    },
  });
}

Deno.test("a new folder is watched, and so is what it brought along", async () => {
  await using watched = await Watched.make({ "a.ts": "1" });
  await using other = await TempFolder.make({ "new/deep/b.ts": "1" });
  Deno.renameSync(`${other.path}/new`, watched.path("new"));
  await watched.until("new/deep/b.ts");
  watched.write("new/deep/c.ts");
  await watched.until("new/deep/c.ts");
});

Deno.test("a folder that was removed and made again is watched again", async () => {
  await using watched = await Watched.make({ "deep/a.ts": "1" });
  Deno.removeSync(watched.path("deep"), { recursive: true });
  // Deno 2.9 does not tell of the file, for the folder that it was in is gone.
  await watched.until("deep");
  Deno.mkdirSync(watched.path("deep"));
  watched.write("deep/b.ts");
  await watched.until("deep/b.ts");
  watched.write("deep/c.ts");
  await watched.until("deep/c.ts");
});

Deno.test({
  name: "the watched folder itself may be removed and made again, at once or later",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using watched = await Watched.make({ "site/a.html": "1" }, "site");
    for (const way of ["at once", "later"]) {
      Deno.removeSync(watched.path("site"), { recursive: true });
      if (way === "later") await watched.until("");
      Deno.mkdirSync(watched.path("site"));
      watched.write("site/a.html");
      await watched.until("a.html");
      watched.write(`site/${way}.html`);
      await watched.until(`${way}.html`);
    }
    watched.write("beside.html");
    Deno.mkdirSync(watched.path("beside"));
    watched.write("site/last.html");
    await watched.until("last.html");
    assertEquals([...watched.told].filter((path) => path.includes("beside")), []);
  },
});

Deno.test("folders inside each other, and a single file, are all watched", async () => {
  await using folder = await TempFolder.make({ "a/b/c/d.ts": "1", "a/e/f.ts": "1", "a/g.ts": "1" });
  const base = Deno.realPathSync(folder.path);
  const root = (below: string, file: string | null = null) =>
    ({ folder: base + below, file: file && base + file, kind: "app" }) as const;
  for (const name of ["a/b/c/d.ts", "a/e/f.ts", "a/g.ts"]) {
    using watch = new FileWatch([root("/a", "/a/g.ts"), root("/a/b"), root("/a")]);
    Deno.writeTextFileSync(`${base}/${name}`, "2");
    assertEquals(await watch.next(), [`${base}/${name}`]);
  }
});

Deno.test({
  name: "a link that leads round in a circle is not followed",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using watched = await Watched.make({ "deep/a.ts": "1" });
    Deno.symlinkSync(watched.path("."), watched.path("deep/again"));
    watched.write("deep/a.ts");
    await watched.until("deep/a.ts");
    assertEquals([...watched.told].filter((path) => path.startsWith("deep/again/")), []);
  },
});

/** Runs `meanwhile` when the folders are about to be watched anew. */
function beforeWatching(meanwhile: () => void): Disposable {
  const { watchFs } = Deno;
  Deno.watchFs = (...args) => {
    Deno.watchFs = watchFs;
    meanwhile();
    return watchFs(...args);
  };
  return { [Symbol.dispose]: () => Deno.watchFs = watchFs };
}

Deno.test("what is moved here while the folders are watched anew is told, however old it is", async () => {
  await using watched = await Watched.make({ "a/a.ts": "1", "b/b.ts": "2" }, "a");
  Deno.utimeSync(watched.path("b/b.ts"), 1e9, 1e9);
  using _ = beforeWatching(() => Deno.renameSync(watched.path("b/b.ts"), watched.path("a/a.ts")));
  Deno.mkdirSync(watched.path("a/new"));
  await watched.until("a.ts");
});

Deno.test("what is removed while the folders are watched anew is told", async () => {
  await using watched = await Watched.make({ "a.ts": "1" });
  using _ = beforeWatching(() => Deno.removeSync(watched.path("a.ts")));
  Deno.mkdirSync(watched.path("new"));
  await watched.until("a.ts");
});

Deno.test("what changes while the folders cannot be watched is told when they can", async () => {
  await using watched = await Watched.make({ "src/a.ts": "1" });
  using _ = beforeWatching(() => {
    watched.write("src/a.ts");
    throw new Deno.errors.NotFound("as where a folder has gone meanwhile");
  });
  Deno.mkdirSync(watched.path("new"));
  watched.write("new/b.ts");
  await watched.until("src/a.ts");
  if (!watched.told.has("new/b.ts")) await watched.until("new/b.ts");
});

Deno.test("whoever waits for changes hears that nothing can be watched any more", async () => {
  await using watched = await Watched.make({ "a.ts": "1" });
  using _ = beforeWatching(() => {
    throw new Error("No more watches");
  });
  const next = watched.next();
  Deno.mkdirSync(watched.path("new"));
  await assertRejects(() => next, Error, "No more watches");
});
