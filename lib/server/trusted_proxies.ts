/**
 * DRIVER (RFC 7239): who the client is, where proxies stand between it and us.
 *
 *   client  192.0.2.7 -----> proxy 10.0.0.2 -----> proxy 10.0.0.1 -----> us
 *   10.0.0.1 says: "10.0.0.2", and left of it stands what 10.0.0.2 said: "192.0.2.7"
 *
 * Anybody can send these fields, so they are believed hop by hop: the peer's word if the peer is
 * trusted, the word of the one whom it names if that one is trusted, and so on from the right to the
 * left. The first address that is not trusted is the client's, whatever stands further left; if all are
 * trusted, the last one reached is. Where the next word cannot be understood, or hides who sent the
 * request, the client is the last address that is known. Scheme and host are those of the same word
 * as the client's address.
 *
 * Forwarded and X-Forwarded-* beside each other are believed only where they do not contradict each
 * other. A proxy that knows one of them passes the other on as the client sent it, and which one that
 * is cannot be told; then neither counts, and the client is the peer.
 *
 * Nothing is read before a handler or the log asks.
 */

import type { Fields } from "../http1/fields.ts";
import { type ForwardedHop, parseForwarded, parseXForwarded } from "../http1/forwarded.ts";
import { AddressRanges } from "../net/address_ranges.ts";
import { formatIpAddress, parseIpAddress } from "../net/ip_address.ts";
import type { Address } from "../net/transport.ts";

/** What trusted proxies say about a request; null where they do not say it. */
export interface ForwardedClient {
  /** The client's address; port 0 where the port is not told. */
  readonly remoteAddress: Address | null;
  /** Whether the client's connection is encrypted. */
  readonly secure: boolean | null;
  /** The host that was asked for, perhaps with a port. */
  readonly host: string | null;
}

/** More proxies stand nowhere in a row; a longer list is a loop, or made to cost time. */
const MOST_HOPS = 64;

/** The proxies whose word counts. */
export class TrustedProxies {
  readonly #ranges: AddressRanges;

  /** Each range is one that `parseAddressRange` understands; throws `TypeError` for others. */
  constructor(ranges: readonly string[]) {
    this.#ranges = new AddressRanges(ranges);
  }

  /** Whether the word of the peer at this address counts. */
  trusts(peer: Address): boolean {
    return this.#ranges.has(peer);
  }

  /** What the peer's fields say about the client; null where the peer is not trusted or they say nothing. */
  resolve(peer: Address, fields: Fields): ForwardedClient | null {
    if (!this.trusts(peer)) return null;
    const lines = fields.getAll("forwarded").filter((line) => line !== "");
    const standard = this.#follow(parseForwarded(lines));
    const habitual = this.#follow(parseXForwarded({
      for: fields.getAll("x-forwarded-for"),
      proto: fields.getAll("x-forwarded-proto"),
      host: fields.getAll("x-forwarded-host"),
    }));
    if (habitual === null) return standard;
    if (lines.length === 0) return habitual;
    return standard !== null && agree(standard, habitual) ? standard : null;
  }

  /** Goes from hop to hop as far as they are to be believed; null where there is none. */
  #follow(hops: Iterable<ForwardedHop>): ForwardedClient | null {
    let remoteAddress: Address | null = null;
    let word: ForwardedHop | null = null;
    let count = 0;
    for (const hop of hops) {
      word = hop;
      const address = toAddress(hop.sender);
      if (address === null) break;
      remoteAddress = address;
      if (!this.trusts(address) || ++count === MOST_HOPS) break;
    }
    return word && { remoteAddress, secure: toSecure(word.scheme), host: word.host };
  }
}

function toAddress(sender: ForwardedHop["sender"]): Address | null {
  if (sender === null) return null;
  if (sender.name === "unix:") return { transport: "unix", path: "" };
  const octets = parseIpAddress(sender.name);
  if (octets === null) return null;
  return { transport: "tcp", hostname: formatIpAddress(octets), port: sender.port };
}

function toSecure(scheme: string | null): boolean | null {
  return scheme === "https" ? true : scheme === "http" ? false : null;
}

/** Whether both name the same client, and say nothing different about scheme and host. */
function agree(a: ForwardedClient, b: ForwardedClient): boolean {
  return isSameHost(a.remoteAddress, b.remoteAddress) &&
    (a.secure === null || b.secure === null || a.secure === b.secure) &&
    (a.host === null || b.host === null || a.host.toLowerCase() === b.host.toLowerCase());
}

function isSameHost(a: Address | null, b: Address | null): boolean {
  if (a === null || b === null) return a === b;
  if (a.transport === "unix" || b.transport === "unix") return a.transport === b.transport;
  return a.hostname === b.hostname;
}
