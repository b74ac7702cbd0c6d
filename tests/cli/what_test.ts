// What is to be served, told by its name; on the command line, below a path, and behind a folder.

import { Failure } from "../../lib/cli/failure.ts";
import { parseOptions } from "../../lib/cli/options.ts";
import type { Served, What } from "../../lib/cli/what.ts";
import { assertEquals, assertStringIncludes, assertThrows } from "../deps.ts";
import { TempFolder } from "./temp_folder.ts";

function servedBy(args: readonly string[], variables: Record<string, string> = {}): Served {
  const task = parseOptions(args, (name) => variables[name]);
  if (task.kind !== "serve") throw new Error(`Not a server: ${args.join(" ")}`);
  return task.settings.served;
}

/** The kind, and what is named. */
function told(what: What): string {
  switch (what.kind) {
    case "site":
      return "site";
    case "folder":
      return `folder ${what.folder.what}`;
    case "fetch":
      return `fetch ${what.path}`;
    case "wsgi":
      return `wsgi ${what.app}`;
  }
}

const names: [what: string, kind: string][] = [
  ["./public", "folder"],
  ["report.html", "folder"],
  ["app.ts", "fetch"],
  ["./x/app.mjs", "fetch"],
  ["app.tsx", "fetch"],
  ["app.cts", "fetch"],
  ["app.json", "folder"],
  ["flaskapp:app", "wsgi"],
  ["a.b.c:make.app", "wsgi"],
  ["mysite:create_app()", "wsgi"],
  ["C:folder/x", "folder"],
  ["a:", "folder"],
  [":a", "folder"],
  ["1a:b", "folder"],
  ["flaskapp", "folder"],
];

for (const [what, kind] of names) {
  Deno.test(`${what} is a ${kind}`, () => {
    assertEquals(told(servedBy(["--", what]).what), `${kind} ${what}`);
  });
}

Deno.test("nothing named is the embedded site", () => {
  assertEquals(told(servedBy([]).what), "site");
});

Deno.test("a folder or file that is there comes before an app of that name", async () => {
  await using folder = await TempFolder.make({ "x.ts/a.txt": "" });
  assertEquals(told(servedBy([`${folder.path}/x.ts`]).what), `folder ${folder.path}/x.ts`);
});

Deno.test("mounts have prefixes, and what is behind them has its kind", () => {
  const { mounts } = servedBy([
    "--mount=/api/=app.ts",
    "--mount",
    "/old/v1=flaskapp:app",
    "--mount=/assets=./a=b",
  ]);
  assertEquals(mounts.map(({ prefix, what }) => `${prefix} ${told(what)}`), [
    "/api fetch app.ts",
    "/old/v1 wsgi flaskapp:app",
    "/assets folder ./a=b",
  ]);
});

Deno.test("options about folders are meant where a folder is mounted", () => {
  const { mounts } = servedBy(["app.ts", "--spa", "--mount", "/a=./public"]);
  assertEquals(mounts[0]!.what.kind === "folder" && mounts[0]!.what.folder.spa, true);
});

Deno.test("--cgi names a prefix and a folder; alone it means cgi-bin in the folder that is served", async () => {
  assertEquals(servedBy(["--cgi=/tools/=./scripts", "--cgi=/b=c"]).cgi, [
    { prefix: "/tools", directory: "./scripts" },
    { prefix: "/b", directory: "c" },
  ]);
  await using folder = await TempFolder.make();
  assertEquals(servedBy([folder.path, "--cgi"]).cgi, [
    { prefix: "/cgi-bin", directory: `${folder.path}/cgi-bin` },
  ]);
  assertEquals(servedBy(["--cgi", folder.path]).cgi.length, 1);
});

Deno.test("variables say the same", async () => {
  await using folder = await TempFolder.make();
  const served = (variables: Record<string, string>) => servedBy([folder.path], variables);
  assertEquals(served({ RAWSERVE_CGI: "1" }).cgi.length, 1);
  assertEquals(served({ RAWSERVE_CGI: "0" }).cgi, []);
  assertEquals(served({ RAWSERVE_CGI: "/a=b\n/c=d" }).cgi.map(({ prefix }) => prefix), [
    "/a",
    "/c",
  ]);
  assertEquals(served({ RAWSERVE_MOUNT: "/a=x.ts\n/b=y.ts" }).mounts.length, 2);
});

Deno.test("a fallback stands behind a folder", () => {
  assertEquals(told(servedBy(["./public", "--fallback", "app.ts"]).fallback!), "fetch app.ts");
  assertEquals(told(servedBy(["./public", "--fallback=a:b"]).fallback!), "wsgi a:b");
});

const refused: [args: string[], says: string][] = [
  [["--mount", "api=app.ts"], "give /prefix=WHAT, such as /api=app.ts"],
  [["--mount", "/api"], "give /prefix=WHAT"],
  [["--mount", "/api="], "give /prefix=WHAT"],
  [["--mount", "/=app.ts"], "what answers / is named without an option"],
  [["--mount", "/a//b=app.ts"], "give a prefix such as /api"],
  [["--mount", "/a/../b=app.ts"], "give a prefix such as /api"],
  [["--cgi"], "Cannot use --cgi without a folder: give /prefix=FOLDER"],
  [["--cgi", "app.ts"], "Cannot use --cgi without a folder"],
  [["--cgi=x"], "give /prefix=FOLDER, such as /cgi-bin=./cgi"],
  [["--fallback", "app.ts"], "without a folder that it stands behind"],
  [["a.ts", "--fallback", "app.ts"], "without a folder that it stands behind"],
  [["./public", "--fallback", "./other"], "give an app, such as app.ts or module:callable"],
  [["app.ts", "--spa"], "Cannot use --spa without a folder"],
  [["a:b", "--workers", "0"], "give a whole number from 1 to 1000"],
  [["./public", "--grant", "env"], "Cannot use --grant without an app: name one"],
  [
    ["app.ts", "--workers=2", "--chdir", "."],
    "Cannot use --chdir and --workers without a Python app",
  ],
  [["app.ts", "--grant", "env,all"], "give some of write, run, env, sys, ffi, import"],
];

for (const [args, says] of refused) {
  Deno.test(`refused: ${args.join(" ")}`, () => {
    const failure = assertThrows(() => servedBy(args), Failure) as Failure;
    assertStringIncludes(failure.message, says);
    assertEquals(failure.exitStatus, 2);
  });
}
