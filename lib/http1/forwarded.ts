/**
 * PROTOCOL (RFC 7239; X-Forwarded-* have no document): what proxies say about whom they speak for.
 *
 *   Forwarded: for=192.0.2.7;proto=https;host=example.com, for="[2001:db8::9]:4711"
 *   X-Forwarded-For: 192.0.2.7, 2001:db8::9         beside it X-Forwarded-Proto and X-Forwarded-Host
 *
 * Each proxy adds to the right, so only the right end is known to be its work: what is left of it came
 * with the request, from the proxy before or from anybody. The lists are therefore read backwards, one
 * hop after the other, as far as the reader believes them; what stands further left is not even looked
 * at, and cannot spoil the rest by being malformed. Lines are borders too: a quotation that a client
 * left open swallows what was added to its own line, never a line that a proxy added.
 *
 * Forwarded is read strictly, but for white space around `;`, which many write and nobody can misread:
 * an element that breaks the grammar ends the reading. X-Forwarded-For has no grammar; an entry that is
 * no address says that the sender is not known. Whether an address exists, and who is to be believed,
 * is not known here.
 */

import { isHostWithOptionalPort } from "./authority.ts";
import { trimOptionalWhiteSpace } from "./octets.ts";

/** One proxy's word: from whom it got the request, and how. */
export interface ForwardedHop {
  /**
   * The address as it was written, without brackets, and its port, 0 where none is told; `unix:` for a
   * peer on a Unix socket; null where the address is not told.
   */
  readonly sender: { readonly name: string; readonly port: number } | null;
  /** The scheme, in lower case; null where it is not told. */
  readonly scheme: string | null;
  /** The host that was asked for, perhaps with a port; null where it is not told or is none. */
  readonly host: string | null;
}

/** An address and perhaps a port. IPv6 stands in brackets, or (in X-Forwarded-For alone) bare. */
const NODE = /^(?:(\d+\.\d+\.\d+\.\d+)|\[([0-9A-Fa-f:.]+)\])(?::(\d{1,5}))?$/;
/** A node of RFC 7239 section 6 that names nobody, or nobody's port. */
const HIDDEN_NODE = /^(?:unknown|_[A-Za-z0-9._-]+)(?::(?:\d{1,5}|_[A-Za-z0-9._-]+))?$/i;
const HIDDEN_PORT = /:_[A-Za-z0-9._-]+$/;
const BARE_IPV6 = /^[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/;
/** What nginx calls a peer on a Unix socket. */
const UNIX = "unix:";
const SCHEME = /^[a-z][a-z0-9+.-]*$/;
/** `name=value`, perhaps, and the semicolon behind it (RFC 7239 section 4). */
const PAIR =
  /[ \t]*(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)|"((?:[^"\\]|\\.)*)")[ \t]*)?(?:;|$)/sy;
/** No address is longer; without a bound, the expressions above could be made to look at a text many times. */
const LONGEST_NODE = 64;

/** The hops in the lines of a Forwarded field, the last first, as far as they can be understood. */
export function* parseForwarded(lines: readonly string[]): Generator<ForwardedHop> {
  for (const line of lines.toReversed()) {
    const elements = splitElements(line);
    if (elements === null) return;
    for (const element of elements.toReversed()) {
      const hop = parseElement(element);
      if (hop === null) return;
      yield hop;
    }
  }
}

/** The elements of a line, the empty ones left out; null where a quotation does not end. */
function splitElements(line: string): string[] | null {
  const elements: string[] = [];
  let isQuoted = false;
  let start = 0;
  for (let i = 0; i <= line.length; i++) {
    const character = line[i];
    if (character === '"') isQuoted = !isQuoted;
    else if (character === "\\" && isQuoted) i++;
    else if (character === undefined || (character === "," && !isQuoted)) {
      const element = trimOptionalWhiteSpace(line.slice(start, i));
      if (element !== "") elements.push(element);
      start = i + 1;
    }
  }
  return isQuoted ? null : elements;
}

/** The hop that an element describes; null where it breaks the grammar. */
function parseElement(element: string): ForwardedHop | null {
  const pairs = new Map<string, string>();
  for (PAIR.lastIndex = 0; PAIR.lastIndex < element.length;) {
    const [found, name, token, quoted = ""] = PAIR.exec(element) ?? [];
    if (found === undefined) return null;
    if (name === undefined) continue;
    const key = name.toLowerCase();
    // RFC 7239 section 4: a parameter must not occur more than once.
    if (pairs.has(key)) return null;
    pairs.set(key, token ?? quoted.replace(/\\(.)/gs, "$1"));
  }
  const scheme = pairs.get("proto")?.toLowerCase() ?? null;
  if (scheme !== null && !SCHEME.test(scheme)) return null;
  const host = pairs.get("host") ?? null;
  if (host !== null && !isHost(host)) return null;
  const node = pairs.get("for");
  if (node === undefined || HIDDEN_NODE.test(node)) return { sender: null, scheme, host };
  const sender = parseNode(node.replace(HIDDEN_PORT, ""));
  return sender === null ? null : { sender, scheme, host };
}

/** The lines of the three fields. */
export interface XForwardedLines {
  /** X-Forwarded-For. */
  readonly for: readonly string[];
  /** X-Forwarded-Proto. */
  readonly proto: readonly string[];
  /** X-Forwarded-Host. */
  readonly host: readonly string[];
}

/**
 * The hops in the three fields, the last first; none where none of them says anything. Schemes and hosts
 * belong to the addresses beside which they stand, counted from the right. Where there are fewer of them,
 * for many proxies add addresses and write the rest anew, the leftmost belongs to all further left.
 */
export function* parseXForwarded(lines: XForwardedLines): Generator<ForwardedHop> {
  const senders = readList(lines.for);
  const schemes = readList(lines.proto);
  const hosts = readList(lines.host);
  if (senders.length === 0 && schemes.length === 0 && hosts.length === 0) return;
  const count = Math.max(1, senders.length);
  for (let back = 1; back <= count; back++) {
    const scheme = fromTheRight(schemes, back)?.toLowerCase() ?? "";
    const host = fromTheRight(hosts, back) ?? "";
    yield {
      sender: parseEntry(senders[senders.length - back] ?? ""),
      scheme: SCHEME.test(scheme) ? scheme : null,
      host: isHost(host) ? host : null,
    };
  }
}

function fromTheRight(list: readonly string[], back: number): string | undefined {
  return list[Math.max(0, list.length - back)];
}

/** The members of a list, the empty ones left out. */
function readList(lines: readonly string[]): string[] {
  return lines.flatMap((line) => line.split(",")).map(trimOptionalWhiteSpace).filter((member) =>
    member !== ""
  );
}

function parseEntry(entry: string): ForwardedHop["sender"] {
  const isWhole = entry === UNIX || (entry.length <= LONGEST_NODE && BARE_IPV6.test(entry));
  return isWhole ? { name: entry, port: 0 } : parseNode(entry);
}

function parseNode(node: string): ForwardedHop["sender"] {
  if (node.length > LONGEST_NODE) return null;
  const [, ipv4, ipv6, digits] = NODE.exec(node) ?? [];
  const name = ipv4 ?? ipv6;
  const port = Number(digits ?? 0);
  return name === undefined || port > 65535 ? null : { name, port };
}

function isHost(text: string): boolean {
  return text !== "" && !text.startsWith(":") && isHostWithOptionalPort(text);
}
