/**
 * COMMAND LINE: every option, once.
 *
 * The reader of the command line, the reader of the environment and the help text are all made from this
 * table, so an option that is here exists everywhere, under the same name. What a value means and
 * which options exclude each other is the business of `options.ts`.
 */

import { DEFAULT_DEADLINES, DEFAULT_LIMITS } from "../server/limits.ts";

/** What an option is about; help has a heading for each. */
export type OptionGroup = "listening" | "folder" | "answers" | "program";

/** One option of the command line. */
export interface OptionRow {
  readonly group: OptionGroup;
  /** Whether the short help shows it, which has room for 17 on a screen of 80 by 24. */
  readonly isEveryday?: boolean;
  /** Without the dashes. */
  readonly name: string;
  /** The letter after one dash. */
  readonly short?: string;
  /** What help calls its value; left out where it takes none. */
  readonly value?: string;
  /** What it is unless given, as help shows it. */
  readonly initially?: string;
  /** What it does, in help's one line. */
  readonly help: string;
  /** Whether it may be given more than once and adds up; otherwise the last one counts. */
  readonly repeats?: boolean;
  /** Whether it means nothing where a single file is served. */
  readonly foldersOnly?: boolean;
  /** Whether it asks for text instead of a server, which nobody does by environment. */
  readonly printsOnly?: boolean;
}

/** What answers for a folder, unless other names are given. */
export const DEFAULT_INDEX: readonly string[] = ["index.html", "index.htm"];
/** Seconds that connections have to finish when the server is told to stop. */
export const DEFAULT_GRACE = 10;

/** The options in the order in which help shows them. */
export const OPTIONS = [
  {
    group: "listening",
    isEveryday: true,
    name: "port",
    short: "p",
    value: "NUMBER",
    initially: "8000",
    help: "Port to listen on; 0 for a free one",
  },
  {
    group: "listening",
    isEveryday: true,
    name: "host",
    value: "NAME",
    initially: "127.0.0.1",
    help: "Name or address to listen on",
  },
  {
    group: "listening",
    isEveryday: true,
    name: "lan",
    help: "Listen on all interfaces, for your network",
  },
  {
    group: "listening",
    name: "listen",
    value: "ADDRESS",
    help: "HOST:PORT, [IPv6]:PORT or unix:/path",
  },
  {
    group: "listening",
    name: "tls-cert",
    value: "FILE",
    help: "Speak https, with this certificate chain (PEM)",
  },
  {
    group: "listening",
    name: "tls-key",
    value: "FILE",
    help: "The private key that belongs to it (PEM)",
  },
  {
    group: "listening",
    name: "idle",
    value: "SECONDS",
    initially: String(DEFAULT_DEADLINES.idle),
    help: "Silence that closes a connection",
  },
  {
    group: "listening",
    name: "max-connections",
    value: "N",
    initially: String(DEFAULT_LIMITS.connections),
    help: "Connections open at once",
  },
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
  {
    group: "program",
    isEveryday: true,
    name: "log",
    value: "FORMAT",
    help: "combined, short, json or none",
  },
  {
    group: "program",
    name: "grace",
    value: "SECONDS",
    initially: String(DEFAULT_GRACE),
    help: "Time for open requests to finish at the end",
  },
  {
    group: "program",
    isEveryday: true,
    name: "open",
    short: "o",
    help: "Open the page in the browser",
  },
  {
    group: "program",
    isEveryday: true,
    name: "quiet",
    short: "q",
    help: "Print errors only",
  },
  {
    group: "program",
    isEveryday: true,
    name: "verbose",
    short: "v",
    help: "Say also why requests and connections fail",
  },
  {
    group: "program",
    name: "hash-password",
    help: "Read a password and print its hash for --auth",
    printsOnly: true,
  },
  {
    group: "program",
    isEveryday: true,
    name: "help",
    short: "h",
    help: "Print the everyday options",
    printsOnly: true,
  },
  {
    group: "program",
    isEveryday: true,
    name: "help-all",
    help: "Print every option",
    printsOnly: true,
  },
  {
    group: "program",
    isEveryday: true,
    name: "version",
    short: "V",
    help: "Print the version",
    printsOnly: true,
  },
] as const satisfies readonly OptionRow[];

/** The name of an option that exists. */
export type OptionName = typeof OPTIONS[number]["name"];

/** The environment variable that sets an option: `RAWSERVE_TLS_CERT` for `tls-cert`. */
export function toVariableName(option: OptionName): string {
  return `RAWSERVE_${option.toUpperCase().replaceAll("-", "_")}`;
}
