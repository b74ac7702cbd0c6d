/**
 * COMMAND LINE: what the program is to do, checked.
 *
 * Command line and environment are read into given options and laid over each other; then each value is
 * understood or refused by name. Options that exclude each other are an error where they come from the
 * same place; otherwise the one of lower rank steps back, as any option does that is given twice: a
 * `--listen` makes the platform's `PORT` mean nothing.
 */

import { type Credential, parseCredentials } from "../handlers/credentials.ts";
import { FieldBlock } from "../http1/field_block.ts";
import { parseAddressRange } from "../net/address_ranges.ts";
import type { Deadlines, Limits } from "../server/limits.ts";
import { readCommandLine } from "./command_line.ts";
import { type Environment, readEnvironment } from "./environment.ts";
import { Failure, USAGE } from "./failure.ts";
import { lastOf } from "./given.ts";
import type { Given, GivenOptions } from "./given.ts";
import { refuse, toNumber, toSettings } from "./given_value.ts";
import { LONGEST, toDeadlines, toLimits } from "./limit_options.ts";
import { DEFAULT_GRACE } from "./option_table.ts";
import type { OptionName } from "./option_table.ts";
import { type Grant, GRANTS } from "./permissions.ts";
import { type Served, toServed } from "./what.ts";

/** Where to listen. */
export type Place =
  | { readonly transport: "tcp"; readonly hostname: string; readonly port: number }
  | { readonly transport: "unix"; readonly path: string };

/** Names of PEM files. */
export interface PemFiles {
  readonly certificate: string;
  readonly key: string;
}

/** Where the certificate comes from. */
export type TlsSettings = PemFiles | "self-signed";

/** What the server tells of itself, and where. */
export interface StatusSettings {
  readonly health: boolean;
  readonly metrics: boolean;
  /** An address of its own; null for that of everything else. */
  readonly place: Place | null;
}

/** How the request log is asked for: `auto` is short on a terminal and combined elsewhere. */
export type LogChoice = "combined" | "short" | "json" | "none" | "auto";

/** How to serve. */
export interface ServeSettings {
  readonly served: Served;
  /** What an app that runs in this process may do beside answering and reading files. */
  readonly grants: readonly Grant[];
  readonly place: Place;
  /** Null for plain HTTP. */
  readonly tls: TlsSettings | null;
  /** Addresses and ranges of the proxies that are believed; nobody is where there are none. */
  readonly trustedProxies: readonly string[];
  /** Whether each connection begins with a PROXY preamble. */
  readonly proxyProtocol: boolean;
  /** Field lines that every answer gets. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly cors: boolean;
  /** Who gets answers; everybody where there are none. */
  readonly credentials: readonly Credential[];
  readonly log: LogChoice;
  readonly status: StatusSettings;
  /** Seconds. */
  readonly grace: number;
  readonly limits: Limits;
  readonly deadlines: Deadlines;
  readonly open: boolean;
  /** Whether somebody is at work on what is served: changes restart it, and its errors are shown. */
  readonly dev: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** What the program is to do. */
export type Task =
  | { readonly kind: "help"; readonly isFull: boolean }
  | { readonly kind: "hash-password" }
  | { readonly kind: "version" }
  | { readonly kind: "serve"; readonly settings: ServeSettings };

const EXCLUSIVE: readonly (readonly [OptionName, OptionName])[] = [
  ["listen", "host"],
  ["listen", "port"],
  ["listen", "lan"],
  ["host", "lan"],
  ["tls-self-signed", "tls-cert"],
  ["tls-self-signed", "tls-key"],
  ["quiet", "log"],
  ["quiet", "verbose"],
];

/** What makes a page's memory its own (HTML 7.1.3 and 7.1.4, Fetch 3.7). */
const ISOLATION: ServeSettings["fields"] = [
  ["Cross-Origin-Opener-Policy", "same-origin"],
  ["Cross-Origin-Embedder-Policy", "require-corp"],
  ["Cross-Origin-Resource-Policy", "same-origin"],
];

const LOG_CHOICES: readonly LogChoice[] = ["combined", "short", "json", "none"];

/** Understands the command line. Throws `Failure` with the exit status 2 for what cannot be understood. */
export function parseOptions(args: readonly string[], environment: Environment): Task {
  const { given: flags, what } = readCommandLine(args);
  if (flags.has("help-all")) return { kind: "help", isFull: true };
  if (flags.has("help")) return { kind: "help", isFull: false };
  if (flags.has("version")) return { kind: "version" };
  if (flags.has("hash-password")) {
    if (what === null) return { kind: "hash-password" };
    // It stays in the shell's history, and in the list of processes as long as it runs.
    throw new Failure(
      "Cannot take a password from the command line: type it when asked, or pipe it in",
      USAGE,
    );
  }
  const given: GivenOptions = new Map([...readEnvironment(environment), ...flags]);
  for (const pair of EXCLUSIVE) settleConflict(given, pair);
  const place = toPlace(given);
  const tls = toTls(given);
  if (place.transport === "unix") {
    refuseOnUnix(given, "tls-cert", "TLS needs HOST:PORT");
    refuseOnUnix(given, "tls-self-signed", "TLS needs HOST:PORT");
    refuseOnUnix(given, "open", "browsers know no Unix sockets");
  }
  return {
    kind: "serve",
    settings: {
      served: toServed(given, what),
      grants: toGrants(given.get("grant")),
      place,
      tls,
      trustedProxies: toTrustedProxies(given.get("trust-proxy")),
      proxyProtocol: toProxyProtocol(given),
      fields: toFields(given.get("header"), given.has("cross-origin-isolated")),
      cors: given.has("cors"),
      credentials: toSettings(given.get("auth"), parseCredentials),
      log: toLogChoice(given),
      status: toStatus(given),
      grace: toNumber(given.get("grace"), { otherwise: DEFAULT_GRACE, from: 0, to: LONGEST }),
      limits: toLimits(given),
      deadlines: toDeadlines(given),
      open: given.has("open"),
      dev: given.has("dev"),
      quiet: given.has("quiet"),
      verbose: given.has("verbose"),
    },
  };
}

function settleConflict(given: GivenOptions, [a, b]: readonly [OptionName, OptionName]): void {
  const first = given.get(a);
  const second = given.get(b);
  if (first === undefined || second === undefined) return;
  if (first.rank === second.rank) {
    throw new Failure(`Cannot use ${first.source} with ${second.source}: give one of them`, USAGE);
  }
  given.delete(first.rank < second.rank ? a : b);
}

function toPlace(given: GivenOptions): Place {
  const listen = given.get("listen");
  if (listen !== undefined) return parseListen(listen);
  const host = given.get("host");
  return {
    transport: "tcp",
    hostname: given.has("lan") ? "0.0.0.0" : host === undefined ? "127.0.0.1" : parseHost(host),
    port: toNumber(given.get("port"), { otherwise: 8000, from: 0, to: 65535, isWhole: true }),
  };
}

function parseListen(listen: Given): Place {
  const text = lastOf(listen);
  if (/^unix:./s.test(text)) return { transport: "unix", path: text.slice("unix:".length) };
  const [, ipv6, name, digits] = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text) ??
    [];
  const hostname = ipv6 ?? name;
  const port = Number(digits);
  if (hostname === undefined || port > 65535) {
    throw refuse(listen, "give HOST:PORT, [IPv6]:PORT or unix:/path");
  }
  return { transport: "tcp", hostname, port };
}

function parseHost(host: Given): string {
  const text = lastOf(host);
  const [, bracketed] = /^\[([^\]]*)\]$/.exec(text) ?? [];
  const hostname = bracketed ?? text;
  const isName = /^[^:[\]\s/]+$/.test(hostname);
  const isIpv6 = /^[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*$/.test(hostname);
  if (isName || isIpv6) return hostname;
  throw refuse(host, "give a name or an address; the port goes to --port");
}

function toTls(given: GivenOptions): ServeSettings["tls"] {
  const certificate = given.get("tls-cert");
  const key = given.get("tls-key");
  if (certificate !== undefined && key !== undefined) {
    return { certificate: lastOf(certificate), key: lastOf(key) };
  }
  const alone = certificate ?? key;
  if (alone === undefined) return given.has("tls-self-signed") ? "self-signed" : null;
  const missing = certificate === undefined ? "--tls-cert" : "--tls-key";
  throw new Failure(`Cannot use ${alone.source} alone: give ${missing} too`, USAGE);
}

function toTrustedProxies(given: Given | undefined): readonly string[] {
  const ranges = given?.values ?? [];
  for (const text of ranges) {
    if (parseAddressRange(text) !== null) continue;
    throw refuse(
      given!,
      "give an address, a range such as 10.0.0.0/8, loopback, private or unix",
      text,
    );
  }
  return ranges;
}

function toProxyProtocol(given: GivenOptions): boolean {
  const own = given.get("proxy-protocol");
  const tls = given.get("tls-cert") ?? given.get("tls-self-signed");
  if (own !== undefined && tls !== undefined) {
    // Deno makes its handshake with the first octets that come, and these would be the proxy's.
    throw new Failure(
      `Cannot use ${own.source} with ${tls.source}: let the proxy speak TLS`,
      USAGE,
    );
  }
  return own !== undefined;
}

function refuseOnUnix(given: GivenOptions, name: OptionName, reason: string): void {
  const other = given.get(name);
  if (other === undefined) return;
  const { source } = given.get("listen")!;
  throw new Failure(`Cannot use ${other.source} with ${source} unix: ${reason}`, USAGE);
}

function toFields(header: Given | undefined, isIsolated: boolean): ServeSettings["fields"] {
  const fields = (header?.values ?? []).map((line): [string, string] => {
    const colon = line.indexOf(":");
    if (colon < 1) throw refuse(header!, "give 'Name: value'", line);
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  try {
    // It knows what may be sent.
    new FieldBlock(fields);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Failure(`${error.message} (${header!.source})`, USAGE);
  }
  if (!isIsolated) return fields;
  const names = fields.map(([name]) => name.toLowerCase());
  return [...ISOLATION.filter(([name]) => !names.includes(name.toLowerCase())), ...fields];
}

function toStatus(given: GivenOptions): StatusSettings {
  const [health, metrics] = [given.has("health"), given.has("metrics")];
  const listen = given.get("status-listen");
  if (listen !== undefined && !health && !metrics) {
    throw new Failure(
      `Cannot use ${listen.source} alone: give --health or --metrics too`,
      USAGE,
    );
  }
  return { health, metrics, place: listen === undefined ? null : parseListen(listen) };
}

function toGrants(grant: Given | undefined): Grant[] {
  if (grant === undefined) return [];
  return grant.values.flatMap((value) =>
    value.split(",").map((name) => {
      const found = GRANTS.find((one) => one === name.trim());
      if (found === undefined) throw refuse(grant, `give some of ${GRANTS.join(", ")}`, value);
      return found;
    })
  );
}

function toLogChoice(given: GivenOptions): LogChoice {
  if (given.has("quiet")) return "none";
  const log = given.get("log");
  if (log === undefined) return "auto";
  const choice = LOG_CHOICES.find((choice) => choice === lastOf(log));
  if (choice === undefined) throw refuse(log, `give ${LOG_CHOICES.join(", ")}`);
  return choice;
}
