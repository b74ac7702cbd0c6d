// lib/cli/folder_options.ts: how a folder is to be served.

import { Failure } from "../../lib/cli/failure.ts";
import type { FolderSettings } from "../../lib/cli/folder_options.ts";
import { parseOptions } from "../../lib/cli/options.ts";
import { assert, assertEquals, assertThrows } from "../deps.ts";

type Variables = Record<string, string>;

function folderOf(args: string[], variables: Variables = {}): FolderSettings | null {
  const task = parseOptions(args, (name) => variables[name]);
  assert(task.kind === "serve");
  const { what } = task.settings.served;
  return what.kind === "folder" ? what.folder : null;
}

const DEFAULTS: FolderSettings = {
  what: "./public",
  index: ["index.html", "index.htm"],
  listing: true,
  archive: false,
  dotfiles: false,
  followSymlinks: false,
  spa: false,
  cleanUrls: false,
  compress: true,
  mediaTypes: new Map(),
  cacheRules: [],
  foldersOnly: [],
};

Deno.test("a folder alone is served with the defaults", () => {
  assertEquals(folderOf(["./public"]), DEFAULTS);
  assertEquals(folderOf([]), null);
});

for (const what of ["-p", "--spa", "a b", ""]) {
  Deno.test(`behind -- even ${JSON.stringify(what)} is a folder`, () => {
    assertEquals(folderOf(["--", what]), { ...DEFAULTS, what });
  });
}

const UNDERSTOOD: [string[], Partial<FolderSettings>][] = [
  [["--index", "home.html"], { index: ["home.html"], foldersOnly: ["--index"] }],
  [["--index=a,b", "--index", " c"], { index: ["a", "b", "c"], foldersOnly: ["--index"] }],
  [["--listing", "off"], { listing: false, foldersOnly: ["--listing"] }],
  [["--listing=ON"], { listing: true, foldersOnly: ["--listing"] }],
  [["--listing", "off", "--listing", "1"], { listing: true, foldersOnly: ["--listing"] }],
  [["--archive"], { archive: true, foldersOnly: ["--archive"] }],
  [["--dotfiles"], { dotfiles: true, foldersOnly: ["--dotfiles"] }],
  [["--follow-symlinks"], { followSymlinks: true, foldersOnly: ["--follow-symlinks"] }],
  [["--spa", "--clean-urls"], {
    spa: true,
    cleanUrls: true,
    foldersOnly: ["--spa", "--clean-urls"],
  }],
  [["--compress", "off"], { compress: false }],
  [["--mime", ".foo=text/x-foo", "--mime", ".Bar=a/b"], {
    mediaTypes: new Map([["foo", "text/x-foo; charset=utf-8"], ["bar", "a/b"]]),
  }],
];

for (const [args, expected] of UNDERSTOOD) {
  Deno.test(`a folder takes ${args.join(" ")}, before it and behind it`, () => {
    assertEquals(folderOf([...args, "./public"]), { ...DEFAULTS, ...expected });
    assertEquals(folderOf(["./public", ...args]), { ...DEFAULTS, ...expected });
  });
}

Deno.test("--cache hands on every rule, in order", () => {
  const settings = folderOf(["--cache", "*.html=no-store", "--cache", "/a/**=max-age=60", "x"]);
  assertEquals(settings?.cacheRules.map(({ value }) => value), ["no-store", "max-age=60"]);
});

const WITHOUT_FOLDER = "without a folder: name one, such as ./public";
const NAMES = "give names of files, such as index.html,index.htm";
const REFUSED: [string[], string][] = [
  [["--spa"], `Cannot use --spa ${WITHOUT_FOLDER}`],
  [["--mime", ".a=b/c", "--dotfiles"], `Cannot use --dotfiles and --mime ${WITHOUT_FOLDER}`],
  [
    ["--spa", "--listing=off", "--index", "a"],
    `Cannot use --index, --listing and --spa ${WITHOUT_FOLDER}`,
  ],
  [["--listing", "./public"], `Cannot use --listing ${WITHOUT_FOLDER}`],
  [[".", "--listing", "./public"], "Cannot use --listing ./public: give on or off"],
  [[".", "--compress", "gzip"], "Cannot use --compress gzip: give on or off"],
  [[".", "--compress="], 'Cannot use --compress "": give on or off'],
  [[".", "--listing"], "Option --listing needs a value (--listing on|off)"],
  ...["", "a,", "a,,b", "../a", "a/b", "..", "a\\b", "a\0b"].map((value): [string[], string] => [
    [".", "--index", value],
    `Cannot use --index ${value === "" ? '""' : value}: ${NAMES}`,
  ]),
  [
    [".", "--mime", "foo"],
    "Cannot understand --mime foo: give .EXTENSION=TYPE/SUBTYPE, the extension with one dot, before it",
  ],
  [
    [".", "--cache", "*.html"],
    "Cannot understand --cache *.html: give PATTERN=VALUE, such as '*.html=no-store'",
  ],
];

for (const [args, message] of REFUSED) {
  Deno.test(`how to serve a folder cannot be ${JSON.stringify(args)}`, () => {
    const error = assertThrows(() => parseOptions(args, () => undefined), Failure);
    assertEquals([error.message, (error as Failure).exitStatus], [message, 2]);
  });
}

Deno.test("variables about folders say nothing where none is served, and no file is refused for them", () => {
  const variables = { RAWSERVE_SPA: "1", RAWSERVE_LISTING: "off", RAWSERVE_INDEX: "a,b" };
  assertEquals(folderOf([], variables), null);
  assertEquals(folderOf(["./public"], variables), {
    ...DEFAULTS,
    spa: true,
    listing: false,
    index: ["a", "b"],
  });
});

Deno.test("variables take a value a line, flags replace them, and bad ones are named", () => {
  const variables = { RAWSERVE_MIME: ".a=a/a\n.b=b/b\n" };
  assertEquals([...folderOf(["x"], variables)!.mediaTypes.keys()], ["a", "b"]);
  assertEquals([...folderOf(["x", "--mime=.c=c/c"], variables)!.mediaTypes.keys()], ["c"]);
  const refusalOf = (variables: Variables) =>
    assertThrows(() => folderOf(["x"], variables), Failure).message;
  assertEquals(
    refusalOf({ RAWSERVE_LISTING: "maybe" }),
    "Cannot use RAWSERVE_LISTING=maybe: give on or off",
  );
  assertEquals(
    refusalOf({ RAWSERVE_CACHE: "*" }),
    "Cannot understand --cache *: give PATTERN=VALUE, such as '*.html=no-store' (RAWSERVE_CACHE)",
  );
});
