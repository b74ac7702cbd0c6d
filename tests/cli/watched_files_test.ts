// Which folders are watched for what is served, and what a change of a file in them asks for.

import { parseOptions } from "../../lib/cli/options.ts";
import { toConsequence, toWatchedRoots, type WatchedRoot } from "../../lib/cli/watched_files.ts";
import { assertEquals } from "../deps.ts";
import { TempFolder } from "./temp_folder.ts";

/** The roots for a command line, with `in` for the temporary folder's path. */
function rootsOf(folder: TempFolder, args: readonly string[], own: string | null = null) {
  const task = parseOptions(
    args.map((arg) => arg.replace("in/", `${folder.path}/`)),
    () => undefined,
  );
  if (task.kind !== "serve") throw new Error("This serves nothing");
  const base = Deno.realPathSync(folder.path);
  const short = (path: string) => path.replace(base, "in");
  return toWatchedRoots(task.settings.served, own).map(({ folder, file, kind }) => {
    return `${kind} ${short(file ?? folder)}`;
  });
}

Deno.test("of a fetch app the project's folder is watched, or its own where there is no project", async () => {
  await using folder = await TempFolder.make({
    "a/deno.json": "{}",
    "a/src/deep/app.ts": "",
    "b/package.json": "{}",
    "b/app.js": "",
    "c/.git/HEAD": "",
    "c/src/app.mjs": "",
    "d/app.ts": "",
  });
  assertEquals(rootsOf(folder, ["in/a/src/deep/app.ts"]), ["app in/a"]);
  assertEquals(rootsOf(folder, ["in/b/app.js"]), ["app in/b"]);
  assertEquals(rootsOf(folder, ["in/c/src/app.mjs"]), ["app in/c"]);
  assertEquals(rootsOf(folder, ["in/d/app.ts"]), ["app in/d"]);
});

Deno.test("folders, files, mounts, scripts, Python's folder and our own are watched, each once", async () => {
  await using folder = await TempFolder.make({
    "site/index.html": "",
    "one/page.html": "",
    "app/app.ts": "",
    "cgi/a": "",
    "py/flaskapp.py": "",
    "static/index.html": "",
  });
  const args = ["in/site", "--mount=/a=in/app/app.ts", "--fallback=in/app/app.ts"].map((arg) =>
    arg.replace("=in/", `=${folder.path}/`)
  );
  const more = [
    `--cgi=/cgi=${folder.path}/cgi`,
    `--mount=/one=${folder.path}/one/page.html`,
    "--mount=/py=flaskapp:app",
    `--chdir=${folder.path}/py`,
  ];
  assertEquals(rootsOf(folder, [...args, ...more], `${folder.path}/static`), [
    "pages in/site",
    "app in/app",
    "pages in/one/page.html",
    "app in/py",
    "pages in/cgi",
    "own in/static",
  ]);
});

Deno.test("what is not there is not watched, and whoever opens it will say so", async () => {
  await using folder = await TempFolder.make({ "a/b": "" });
  assertEquals(rootsOf(folder, ["in/nothing"]), []);
  assertEquals(rootsOf(folder, ["in/a/b/c"]), []);
});

Deno.test("of the embedded site nothing is watched but the folder that it comes from", async () => {
  await using folder = await TempFolder.make({ "static/index.html": "" });
  assertEquals(rootsOf(folder, []), []);
  assertEquals(rootsOf(folder, [], `${folder.path}/static`), ["own in/static"]);
});

const root = (folder: string, kind: WatchedRoot["kind"]): WatchedRoot => ({
  folder,
  file: null,
  kind,
});
const ROOTS = [root("/app", "app"), root("/app/public", "pages"), root("/static", "own")];

const changes: [path: string, wanted: string | null][] = [
  ["/app/app.ts", "restart app.ts"],
  ["/app/lib/a.mjs", "restart lib/a.mjs"],
  ["/app/a.py", "restart a.py"],
  ["/app/deno.json", "restart deno.json"],
  ["/app/.env", "restart .env"],
  ["/app/templates/page.html", "restart templates/page.html"],
  ["/app/static/a.css", "restyle static/a.css"],
  ["/app/logo.png", "reload logo.png"],
  ["/app/data.sqlite3", null],
  ["/app/data.db-journal", null],
  ["/app/access.log", null],
  ["/app/Makefile", null],
  ["/app/public/index.html", "reload index.html"],
  ["/app/public/app.js", "reload app.js"],
  ["/app/public/a/b.css", "restyle a/b.css"],
  ["/app/public/data", "reload data"],
  ["/app/public/.well-known/a", "reload .well-known/a"],
  ["/static/index.html", "restart index.html"],
  ["/static/listing.css", "restart listing.css"],
  ["/app", null],
  ["/apple/app.ts", null],
  ["/elsewhere/app.ts", null],
  // What others made, and what editors leave for a moment.
  ["/app/node_modules/a/index.js", null],
  ["/app/deep/node_modules/a/index.js", null],
  ["/app/.git/config.json", null],
  ["/app/.hg/a.py", null],
  ["/app/.venv/lib/a.py", null],
  ["/app/__pycache__/a.py", null],
  ["/app/public/node_modules/a.html", null],
  ["/app/public/.git/index", null],
  ["/app/.app.ts.swp", null],
  ["/app/app.ts~", null],
  ["/app/.#app.ts", null],
  ["/app/#app.ts#", null],
  ["/app/public/4913", null],
  ["/app/public/index.html~", null],
  ["/app/public/.index.html.swx", null],
  ["/app/public/a.tmp", null],
  ["/app/a.pyc", null],
];

for (const [path, wanted] of changes) {
  Deno.test({
    name: `a change of ${path} asks for ${wanted ?? "nothing"}`,
    ignore: Deno.build.os === "windows",
    fn: () => {
      const found = toConsequence(path, ROOTS);
      assertEquals(found && `${found.consequence} ${found.name}`, wanted);
    },
  });
}

Deno.test("where a folder is both, an app's code starts it again and pages are loaded again", () => {
  const both = [root("/a", "pages"), root("/a", "app")];
  assertEquals(toConsequence("/a/app.ts", both)?.consequence, "restart");
  assertEquals(toConsequence("/a/data.txt", both)?.consequence, "reload");
  assertEquals(toConsequence("/a/a.css", both)?.consequence, "restyle");
});

Deno.test("of a single file nothing beside it counts", () => {
  const roots: WatchedRoot[] = [{ folder: "/a", file: "/a/b.html", kind: "pages" }];
  assertEquals(toConsequence("/a/b.html", roots), { consequence: "reload", name: "b.html" });
  assertEquals(toConsequence("/a/c.html", roots), null);
});

Deno.test("a folder with pyvenv.cfg is a virtual environment, whatever its name", async () => {
  await using folder = await TempFolder.make({
    "env/pyvenv.cfg": "",
    "env/lib/a.py": "",
    "venv/a.py": "",
  });
  const roots = [root(folder.path, "app")];
  assertEquals(toConsequence(`${folder.path}/env/lib/a.py`, roots), null);
  assertEquals(toConsequence(`${folder.path}/venv/a.py`, roots)?.consequence, "restart");
});
