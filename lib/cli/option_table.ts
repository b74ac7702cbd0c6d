/**
 * COMMAND LINE: every option, once.
 *
 * The reader of the command line, the reader of the environment and the help text are all made from this
 * table, so an option that is here exists everywhere, under the same name. What a value means and
 * which options exclude each other is the business of `options.ts`.
 */

import { DEFAULT_DEADLINES, DEFAULT_LIMITS } from "../server/limits.ts";
import { formatOctetCount } from "./octet_count.ts";
import type { OptionRow } from "./option_row.ts";
import { SERVING_OPTIONS } from "./serving_options.ts";

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
    name: "tls-self-signed",
    help: "https with a certificate made at the start",
  },
  {
    group: "listening",
    name: "trust-proxy",
    value: "ADDRESS",
    help: "Believe Forwarded fields from it; repeatable",
    repeats: true,
  },
  {
    group: "listening",
    name: "proxy-protocol",
    help: "A PROXY line (v1, v2) begins each connection",
  },
  {
    group: "limits",
    name: "handshake-timeout",
    value: "SECS",
    initially: String(DEFAULT_DEADLINES.handshake),
    help: "Time for the TLS handshake",
  },
  {
    group: "limits",
    name: "head-timeout",
    value: "SECS",
    initially: String(DEFAULT_DEADLINES.head),
    help: "Time for all of a request's head",
  },
  {
    group: "limits",
    name: "content-timeout",
    value: "SECS",
    initially: String(DEFAULT_DEADLINES.content),
    help: "Silence in the middle of content",
  },
  {
    group: "limits",
    name: "answer-timeout",
    value: "SECS",
    initially: String(DEFAULT_DEADLINES.answer),
    help: "Silence of a peer that takes no answer",
  },
  {
    group: "limits",
    name: "idle",
    value: "SECS",
    initially: String(DEFAULT_DEADLINES.idle),
    help: "Silence that closes a connection",
  },
  {
    group: "limits",
    name: "min-rate",
    value: "OCTETS",
    initially: formatOctetCount(DEFAULT_LIMITS.minRate),
    help: "Octets a second at the least; 0 for any",
  },
  {
    group: "limits",
    name: "max-target",
    value: "SIZE",
    initially: formatOctetCount(DEFAULT_LIMITS.requestTarget),
    help: "Longest request-target, else 414",
  },
  {
    group: "limits",
    name: "max-fields",
    value: "N",
    initially: String(DEFAULT_LIMITS.fieldCount),
    help: "Field lines of a request, else 431",
  },
  {
    group: "limits",
    name: "max-field-section",
    value: "SIZE",
    initially: formatOctetCount(DEFAULT_LIMITS.fieldSection),
    help: "All of them together, else 431",
  },
  {
    group: "limits",
    name: "max-content",
    value: "SIZE",
    initially: formatOctetCount(DEFAULT_LIMITS.content),
    help: "Content of a request, else 413; 0: any",
  },
  {
    group: "limits",
    name: "max-requests",
    value: "N",
    initially: String(DEFAULT_LIMITS.requestsPerConnection),
    help: "Requests on one connection",
  },
  {
    group: "limits",
    name: "max-connections",
    value: "N",
    initially: String(DEFAULT_LIMITS.connections),
    help: "Connections open at once",
  },
  {
    group: "limits",
    name: "max-per-address",
    value: "N",
    help: "Of these, from one address, else 503",
  },
  ...SERVING_OPTIONS,
  {
    group: "program",
    isEveryday: true,
    name: "log",
    value: "FORMAT",
    help: "combined, short, json or none",
  },
  {
    group: "program",
    name: "health",
    help: "At /.rawserve/health: 200, at the end 503",
  },
  {
    group: "program",
    name: "metrics",
    help: "At /.rawserve/metrics: for Prometheus",
  },
  {
    group: "program",
    name: "status-listen",
    value: "ADDRESS",
    help: "These two there alone; see --listen",
  },
  {
    group: "program",
    name: "grace",
    value: "SECS",
    initially: String(DEFAULT_GRACE),
    help: "Time to finish open requests at the end",
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
