/**
 * COMMAND LINE: the options that say what is served, and how: folders, apps, and what every answer gets.
 *
 * A part of the table in `option_table.ts`, which says what the rows are for.
 */

import type { OptionRow } from "./option_row.ts";

/** What answers for a folder, unless other names are given. */
export const DEFAULT_INDEX: readonly string[] = ["index.html", "index.htm"];
/** The Python that runs apps. */
export const DEFAULT_PYTHON = "python3";

/** The options in the order in which help shows them. */
export const SERVING_OPTIONS = [
  {
    group: "folder",
    name: "index",
    value: "NAME[,NAME]",
    initially: DEFAULT_INDEX.join(","),
    help: "Answers for its folder",
    repeats: true,
    foldersOnly: true,
  },
  {
    group: "folder",
    isEveryday: true,
    name: "listing",
    value: "on|off",
    initially: "on",
    help: "Show what is in a folder without an index",
    foldersOnly: true,
  },
  {
    group: "folder",
    isEveryday: true,
    name: "archive",
    help: "Offer folders as .tar, to download",
    foldersOnly: true,
  },
  {
    group: "folder",
    isEveryday: true,
    name: "dotfiles",
    help: "Serve names that begin with a dot, too",
    foldersOnly: true,
  },
  {
    group: "folder",
    name: "follow-symlinks",
    help: "Serve what links outside the folder lead to",
    foldersOnly: true,
  },
  {
    group: "folder",
    isEveryday: true,
    name: "spa",
    help: "Unknown pages get the folder's index",
    foldersOnly: true,
  },
  {
    group: "folder",
    name: "clean-urls",
    help: "Answer /a with a.html",
    foldersOnly: true,
  },
  {
    group: "folder",
    name: "compress",
    value: "on|off",
    initially: "on",
    help: "br, zstd and gzip, as the client likes",
  },
  {
    group: "folder",
    name: "mime",
    value: ".ext=TYPE",
    help: "Another media type; repeatable",
    repeats: true,
  },
  {
    group: "folder",
    name: "cache",
    value: "PATTERN=VALUE",
    help: "Cache-Control for some files; repeatable",
    repeats: true,
  },
  {
    group: "apps",
    name: "mount",
    value: "/PREFIX=WHAT",
    help: "Something else below a path; repeatable",
    repeats: true,
  },
  {
    group: "apps",
    name: "fallback",
    value: "APP",
    help: "Answers where the folder has nothing",
  },
  {
    group: "apps",
    name: "cgi",
    value: "/PREFIX=DIR",
    isValueOptional: true,
    help: "Run scripts; alone: those in cgi-bin",
    repeats: true,
  },
  {
    group: "apps",
    name: "python",
    value: "NAME",
    initially: DEFAULT_PYTHON,
    help: "Runs WSGI apps",
  },
  {
    group: "apps",
    name: "chdir",
    value: "DIR",
    initially: ".",
    help: "Where WSGI apps are",
  },
  {
    group: "apps",
    name: "workers",
    value: "N",
    initially: "1",
    help: "Processes for each WSGI app",
  },
  {
    group: "apps",
    name: "grant",
    value: "NAME[,NAME]",
    help: "More than net and read for app.ts; repeatable",
    repeats: true,
  },
  {
    group: "apps",
    name: "dev",
    help: "Restart and reload at changes; show errors",
  },
  {
    group: "answers",
    isEveryday: true,
    name: "auth",
    value: "USER:HASH",
    help: "Ask for a name and password; repeatable",
    repeats: true,
  },
  {
    group: "answers",
    isEveryday: true,
    name: "cors",
    help: "Let pages of any origin read the answers",
  },
  {
    group: "answers",
    name: "cross-origin-isolated",
    help: "COOP, COEP and CORP, for SharedArrayBuffer",
  },
  {
    group: "answers",
    isEveryday: true,
    name: "header",
    short: "H",
    value: "LINE",
    help: "Add 'Name: value' to every answer; repeatable",
    repeats: true,
  },
] as const satisfies readonly OptionRow[];
