/**
 * COMMAND LINE: every option, once.
 *
 * The reader of the command line, the reader of the environment and the help text are all made from this
 * table, so an option that is here exists everywhere, under the same name. What a value means and
 * which options exclude each other is the business of `options.ts`.
 */

import { DEFAULT_DEADLINES, DEFAULT_LIMITS } from "../server/limits.ts";

/** One option of the command line. */
export interface OptionRow {
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
  /** Whether it asks for text instead of a server, which nobody does by environment. */
  readonly printsOnly?: boolean;
}

/** Seconds that connections have to finish when the server is told to stop. */
export const DEFAULT_GRACE = 10;

/** The options in the order in which help shows them. */
export const OPTIONS = [
  {
    name: "port",
    short: "p",
    value: "NUMBER",
    initially: "8000",
    help: "Port to listen on; 0 lets the system choose",
  },
  {
    name: "host",
    value: "NAME",
    initially: "127.0.0.1",
    help: "Name or address to listen on",
  },
  { name: "lan", help: "Listen on all interfaces, for the network around you" },
  {
    name: "listen",
    value: "ADDRESS",
    help: "HOST:PORT, [IPv6]:PORT or unix:/path, all in one",
  },
  { name: "tls-cert", value: "FILE", help: "Speak https, with this certificate chain (PEM)" },
  { name: "tls-key", value: "FILE", help: "The private key that belongs to it (PEM)" },
  {
    name: "header",
    short: "H",
    value: "LINE",
    help: "Add 'Name: value' to every answer; repeatable",
    repeats: true,
  },
  { name: "cors", help: "Let pages of any origin read the answers" },
  {
    name: "log",
    value: "FORMAT",
    help: "combined, short, json or none (short on a terminal)",
  },
  {
    name: "grace",
    value: "SECONDS",
    initially: String(DEFAULT_GRACE),
    help: "Time for open requests to finish at the end",
  },
  {
    name: "idle",
    value: "SECONDS",
    initially: String(DEFAULT_DEADLINES.idle),
    help: "Silence that closes a connection",
  },
  {
    name: "max-connections",
    value: "N",
    initially: String(DEFAULT_LIMITS.connections),
    help: "Connections open at the same time",
  },
  { name: "open", short: "o", help: "Open the page in the browser" },
  { name: "quiet", short: "q", help: "Print errors only" },
  { name: "verbose", short: "v", help: "Say also why requests and connections fail" },
  { name: "help", short: "h", help: "Print this", printsOnly: true },
  { name: "version", short: "V", help: "Print the version", printsOnly: true },
] as const satisfies readonly OptionRow[];

/** The name of an option that exists. */
export type OptionName = typeof OPTIONS[number]["name"];

/** The environment variable that sets an option: `RAWSERVE_TLS_CERT` for `tls-cert`. */
export function toVariableName(option: OptionName): string {
  return `RAWSERVE_${option.toUpperCase().replaceAll("-", "_")}`;
}
