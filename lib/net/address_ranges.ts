/**
 * SOCKETS (RFC 4632, RFC 1918, RFC 4193): which peers are meant by a list of addresses and ranges.
 *
 *   192.0.2.7   10.0.0.0/8   2001:db8::/32   loopback   private   unix
 *
 * IPv4 and IPv6 are two families: `::/0` is all of IPv6 and nothing of IPv4. A peer that comes by IPv4 to
 * a socket for both has an address such as `::ffff:192.0.2.7` and counts as IPv4, and ranges may be
 * written that way too. Names of hosts are left out: whoever answers for them could let himself in.
 */

import { parseIpAddress } from "./ip_address.ts";
import type { Address } from "./transport.ts";

/** Peers on a Unix socket, or the addresses that begin with the same bits as `octets`. */
export type AddressRange =
  | { readonly transport: "unix" }
  | { readonly transport: "tcp"; readonly octets: Uint8Array; readonly bits: number };

/** The ranges that have a name. */
const NAMED: ReadonlyMap<string, readonly string[]> = new Map([
  ["loopback", ["127.0.0.0/8", "::1/128"]],
  // RFC 1918 and RFC 4193: networks of one's own, such as those of containers.
  ["private", ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]],
]);

/** Bits of the IPv6 prefix behind which IPv4 addresses lie. */
const MAPPED_BITS = 96;

/**
 * The ranges that `text` means: an address, a range in CIDR notation, `loopback`, `private` or `unix`.
 * Null where it is none of these, and where a range's address has bits behind the prefix: that is a typing
 * error, and it must not open more than was meant.
 */
export function parseAddressRange(text: string): AddressRange[] | null {
  if (text === "unix") return [{ transport: "unix" }];
  const range = toRange(text);
  if (range !== null) return [range];
  return NAMED.get(text)?.map((each) => toRange(each)!) ?? null;
}

function toRange(text: string): AddressRange | null {
  const [, address = "", digits] = /^([^/]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const octets = parseIpAddress(address);
  if (octets === null) return null;
  const isMappedText = octets.length === 4 && address.includes(":");
  const width = octets.length * 8;
  const given = digits === undefined ? null : Number(digits);
  const bits = given === null ? width : isMappedText ? given - MAPPED_BITS : given;
  if (bits < 0 || bits > width || hasBitsBehind(octets, bits)) return null;
  return { transport: "tcp", octets, bits };
}

function hasBitsBehind(octets: Uint8Array, bits: number): boolean {
  return octets.some((octet, i) => (octet & ~toMask(bits - 8 * i) & 0xff) !== 0);
}

/** An octet whose first `bits` bits are set; none for fewer than 0, all for more than 8. */
function toMask(bits: number): number {
  return (0xff00 >> Math.max(0, Math.min(8, bits))) & 0xff;
}

/** A set of peers. */
export class AddressRanges {
  readonly #ranges: readonly AddressRange[];
  /** A server has few proxies, and most of its connections come from the same one. */
  #lastHostname = "";
  #lastVerdict = false;

  /** Each text is one that `parseAddressRange` understands; throws `TypeError` for others. */
  constructor(texts: readonly string[]) {
    this.#ranges = texts.flatMap((text) => {
      const ranges = parseAddressRange(text);
      if (ranges === null) throw new TypeError(`Cannot understand the address range ${text}`);
      return ranges;
    });
  }

  /** Whether the peer at `address` is one of the set. */
  has(address: Address): boolean {
    if (address.transport === "unix") {
      return this.#ranges.some(({ transport }) => transport === "unix");
    }
    const { hostname } = address;
    if (hostname !== this.#lastHostname) {
      this.#lastVerdict = this.#includes(parseIpAddress(hostname));
      this.#lastHostname = hostname;
    }
    return this.#lastVerdict;
  }

  #includes(octets: Uint8Array | null): boolean {
    if (octets === null) return false;
    return this.#ranges.some((range) =>
      range.transport === "tcp" && range.octets.length === octets.length &&
      range.octets.every((octet, i) => ((octet ^ octets[i]!) & toMask(range.bits - 8 * i)) === 0)
    );
  }
}
