/**
 * COMMAND LINE: where to point the browser.
 *
 * The address is the one that was really bound, port 0 and names resolved, as a URL that terminals make
 * clickable. All interfaces (`0.0.0.0`, `::`) are no address that one can visit: then the loopback
 * stands in the line, and the machine's addresses follow, one a line.
 */

import { type Address, formatAddress } from "../net/transport.ts";
import config from "../../deno.json" with { type: "json" };

/** The version, from deno.json. */
export const VERSION: string = config.version;

/** What of a network interface is looked at; `Deno.networkInterfaces` has it. */
export interface Interface {
  readonly family: "IPv4" | "IPv6";
  readonly address: string;
}

/** The URL under which this machine's browser finds the server; null on a Unix socket. */
export function toUrl(address: Address, secure: boolean): string | null {
  if (address.transport === "unix") return null;
  const hostname = isWildcard(address.hostname) ? loopbackOf(address.hostname) : address.hostname;
  return formatUrl({ hostname, port: address.port }, secure);
}

/** The lines to print at the start; `what` is the folder or file, null for the embedded page. */
export function toStartLines(
  address: Address,
  options: { what: string | null; secure: boolean; interfaces: () => readonly Interface[] },
): string[] {
  const { what, secure, interfaces } = options;
  const subject = `rawserve ${VERSION} serves ${what ?? "its embedded page"} at`;
  if (address.transport === "unix") {
    return [
      `${subject} ${formatAddress(address)} (curl --unix-socket ${address.path} http://localhost/)`,
    ];
  }
  const lines = [`${subject} ${toUrl(address, secure)}`];
  if (!isWildcard(address.hostname)) return lines;
  for (const { family, address: hostname } of interfaces()) {
    if (!isReachable(hostname) || (family === "IPv6" && address.hostname !== "::")) continue;
    lines.push(`  in your network: ${formatUrl({ hostname, port: address.port }, secure)}`);
  }
  return lines;
}

/** What tells a certificate that nobody vouches for from others; nothing where there is none. */
export function toFingerprintLines(fingerprint: string | undefined): string[] {
  return fingerprint === undefined ? [] : [`  self-signed, SHA-256 ${fingerprint}`];
}

/** Whether only this machine gets to the address. */
export function isLocal(address: Address): boolean {
  return address.transport === "unix" ||
    /^(?:127\.|::1$|::ffff:(?:127\.|7f))/i.test(address.hostname);
}

function isWildcard(hostname: string): boolean {
  return hostname === "0.0.0.0" || hostname === "::";
}

function loopbackOf(wildcard: string): string {
  return wildcard === "::" ? "::1" : "127.0.0.1";
}

/** Not from this machine alone, and not link-local: browsers take no zone in an address. */
function isReachable(hostname: string): boolean {
  return !/^(?:127\.|169\.254\.|::1$|fe[89ab])/i.test(hostname);
}

function formatUrl(where: { hostname: string; port: number }, secure: boolean): string {
  const scheme = secure ? "https" : "http";
  const isUsual = where.port === (secure ? 443 : 80);
  const authority = formatAddress({ transport: "tcp", ...where });
  return `${scheme}://${isUsual ? authority.replace(/:\d+$/, "") : authority}/`;
}
