/**
 * SOCKETS: which addresses are in one hand.
 *
 * An IPv4 address is one host, or one network behind a translator. Of IPv6 a single customer gets a /64 at
 * the least (RFC 6177, RIPE 690) and any number of addresses in it, so all of it counts as one.
 */

import { formatIpAddress, parseIpAddress } from "./ip_address.ts";

/** The octets of IPv6 that name a network of one customer. */
const PREFIX_OCTETS = 8;

/** A text that is the same for addresses in one hand; what is no IP address stands for itself. */
export function toAddressBlock(hostname: string): string {
  const octets = parseIpAddress(hostname);
  if (octets === null) return hostname;
  return formatIpAddress(octets.length === 4 ? octets : octets.fill(0, PREFIX_OCTETS));
}
