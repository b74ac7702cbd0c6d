/**
 * SOCKETS (HAProxy's "The PROXY protocol", versions 1 and 2): who is behind a proxy that relays octets.
 *
 *   v1   PROXY TCP4 192.0.2.7 198.51.100.1 56324 443 CR LF        a line of text, at most 107 octets
 *   v2   signature (12)  version, command  family  length (2)  addresses  type-length-value ...
 *
 * Such a proxy understands nothing of what it relays, so it says once, before the first octet of the
 * connection, whose connection it is. The parser is pure: octets in; a preamble, "needs more", or an
 * error out. The protocol is strict, and so is this: whatever does not match is an error at the first
 * octet that tells, and nothing is guessed. UNKNOWN and LOCAL, which health checks send, leave the
 * connection its own addresses.
 *
 * Of the values at the end of v2 two are looked at: a checksum must be right, and a client that came to
 * the proxy over TLS is `secure`. Names of hosts, certificates and namespaces are left out.
 */

import { crc32c } from "./crc32c.ts";
import { formatIpAddress, parseIpAddress, toPlain } from "./ip_address.ts";
import type { Address } from "./transport.ts";

/** What a proxy says about a connection. */
export interface ProxyPreamble {
  /** How many octets it is long; what follows is the connection's own. */
  readonly length: number;
  /** Both ends as the client saw them; null where the connection's own count. */
  readonly ends: { readonly remoteAddress: Address; readonly localAddress: Address } | null;
  /** Whether the client's connection to the proxy is encrypted, as far as the proxy says. */
  readonly secure: boolean;
}

const V1_START = toOctets("PROXY ");
const V1_LONGEST = 107;
/** Text between single spaces. UNKNOWN may be followed by anything. */
const V1_LINE =
  /^PROXY (?:UNKNOWN(?: .*)?|(TCP4|TCP6) ([0-9A-Fa-f:.]+) ([0-9A-Fa-f:.]+) (0|[1-9]\d{0,4}) (0|[1-9]\d{0,4}))$/s;

const V2_SIGNATURE = Uint8Array.of(13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10);
const V2_FIXED = 16;
/** What may follow the fixed part; two Unix addresses are 432 octets, and HAProxy's values fit in the rest. */
const V2_LONGEST = 4_096;
const LOCAL = 0x20;
const PROXY = 0x21;
/** Octets of both addresses and ports, by family: none, IPv4, IPv6, Unix. */
const V2_ENDS = [0, 12, 36, 216] as const;
const UNIX = 3;
const UNIX_PATH = 108;
const TYPE_CRC32C = 0x03;
const TYPE_TLS = 0x20;
const CLIENT_TLS = 0x01;

const CR = 0x0d;
const LF = 0x0a;

/**
 * Takes a preamble from the beginning of `octets`. Null where more octets are needed. Throws
 * `Deno.errors.InvalidData` where they cannot become one.
 */
export function parseProxyPreamble(octets: Uint8Array): ProxyPreamble | null {
  if (octets.length === 0) return null;
  if (octets[0] === V1_START[0]) return parseV1(octets);
  return parseV2(octets);
}

function parseV1(octets: Uint8Array): ProxyPreamble | null {
  checkStart(octets, V1_START);
  const end = octets.subarray(0, V1_LONGEST).indexOf(CR);
  // A line feed ends nothing, and may not be inside.
  if (octets.subarray(0, end < 0 ? V1_LONGEST : end).includes(LF)) throw malformed();
  if (end < 0 || end + 1 === V1_LONGEST) {
    if (octets.length < V1_LONGEST) return null;
    throw invalid("its PROXY line is too long");
  }
  if (end + 1 === octets.length) return null;
  if (octets[end + 1] !== LF) throw malformed();
  const line = String.fromCharCode(...octets.subarray(0, end));
  const [found, family, source, destination, sourcePort, destinationPort] = V1_LINE.exec(line) ??
    [];
  if (found === undefined) throw malformed();
  const length = end + 2;
  if (family === undefined) return { length, ends: null, secure: false };
  return {
    length,
    ends: {
      remoteAddress: toV1Address(family, source!, sourcePort!),
      localAddress: toV1Address(family, destination!, destinationPort!),
    },
    secure: false,
  };
}

function toV1Address(family: string, text: string, port: string): Address {
  const octets = parseIpAddress(text);
  if (octets === null || text.includes(":") !== (family === "TCP6") || Number(port) > 65535) {
    throw malformed();
  }
  return toTcpAddress(octets, Number(port));
}

function parseV2(octets: Uint8Array): ProxyPreamble | null {
  checkStart(octets, V2_SIGNATURE);
  if (octets.length < V2_FIXED) return null;
  const command = octets[12]!;
  const family = octets[13]! >> 4;
  const kind = octets[13]! & 0x0f;
  const rest = toUint16(octets, 14);
  if (command !== LOCAL && command !== PROXY) throw malformed();
  if (rest > V2_LONGEST) throw invalid("its PROXY preamble is too long");
  const length = V2_FIXED + rest;
  const isKnown = command === PROXY && family !== 0 && kind !== 0;
  const addresses = V2_ENDS[family];
  if (command === PROXY && (addresses === undefined || kind > 2)) throw malformed();
  if (isKnown && rest < addresses!) throw malformed();
  if (octets.length < length) return null;
  if (!isKnown) return { length, ends: null, secure: false };
  const preamble = octets.subarray(0, length);
  const ends = family === UNIX ? toUnixEnds(preamble) : toTcpEnds(preamble, family === 1 ? 4 : 16);
  return { length, ends, secure: readValues(preamble, V2_FIXED + addresses!) };
}

function toTcpEnds(preamble: Uint8Array, size: 4 | 16): ProxyPreamble["ends"] {
  const destination = V2_FIXED + size;
  const ports = destination + size;
  return {
    remoteAddress: toTcpAddress(
      toPlain(preamble.slice(V2_FIXED, destination)),
      toUint16(preamble, ports),
    ),
    localAddress: toTcpAddress(
      toPlain(preamble.slice(destination, ports)),
      toUint16(preamble, ports + 2),
    ),
  };
}

function toUnixEnds(preamble: Uint8Array): ProxyPreamble["ends"] {
  const destination = V2_FIXED + UNIX_PATH;
  return {
    remoteAddress: toUnixAddress(preamble.subarray(V2_FIXED, destination)),
    localAddress: toUnixAddress(preamble.subarray(destination, destination + UNIX_PATH)),
  };
}

function toUnixAddress(field: Uint8Array): Address {
  const end = field.indexOf(0);
  const path = new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
  return { transport: "unix", path };
}

/** Looks through the values from `start` on. Returns whether the client came over TLS. */
function readValues(preamble: Uint8Array, start: number): boolean {
  let isSecure = false;
  for (let at = start; at < preamble.length;) {
    if (preamble.length - at < 3) throw malformed();
    const value = at + 3;
    const end = value + toUint16(preamble, at + 1);
    if (end > preamble.length) throw malformed();
    if (preamble[at] === TYPE_CRC32C) checkSum(preamble, value, end);
    if (preamble[at] === TYPE_TLS && end > value) {
      isSecure = (preamble[value]! & CLIENT_TLS) !== 0;
    }
    at = end;
  }
  return isSecure;
}

/** The sum is that of the whole preamble, with zeros where it stands itself. */
function checkSum(preamble: Uint8Array, start: number, end: number): void {
  if (end - start !== 4) throw malformed();
  const blank = preamble.slice().fill(0, start, end);
  const stated = toUint16(preamble, start) * 0x10000 + toUint16(preamble, start + 2);
  if (crc32c(blank) !== stated) throw invalid("the checksum of its PROXY preamble is wrong");
}

function checkStart(octets: Uint8Array, start: Uint8Array): void {
  const length = Math.min(octets.length, start.length);
  for (let i = 0; i < length; i++) {
    if (octets[i] !== start[i]) throw invalid("it does not begin with a PROXY preamble");
  }
}

function toTcpAddress(octets: Uint8Array, port: number): Address {
  return { transport: "tcp", hostname: formatIpAddress(octets), port };
}

function toUint16(octets: Uint8Array, at: number): number {
  return octets[at]! << 8 | octets[at + 1]!;
}

function toOctets(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function malformed(): Error {
  return invalid("its PROXY preamble is malformed");
}

/** `reason` is the end of a sentence. */
function invalid(reason: string): Error {
  return new Deno.errors.InvalidData(`The connection is not taken: ${reason}`);
}
