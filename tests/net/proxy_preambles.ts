// PROXY preambles of version 2, put together by hand, right or wrong.

import { parseIpAddress } from "../../lib/net/ip_address.ts";

const SIGNATURE = "\r\n\r\n\0\r\nQUIT\n";

/** The octet for a family and its protocol. */
export const FAMILY = { unspecified: 0x00, tcp4: 0x11, tcp6: 0x21, unix: 0x31 } as const;

/** Version 2, PROXY and TCP over IPv4, unless something else is asked for; `length` is what it says of its rest. */
export function preambleV2(
  { command = 0x21, family = FAMILY.tcp4, length, rest }: {
    command?: number;
    family?: number;
    length?: number;
    rest: readonly Uint8Array[];
  },
): Uint8Array<ArrayBuffer> {
  const octets = rest.flatMap((part) => [...part]);
  const stated = length ?? octets.length;
  return Uint8Array.of(
    ...new TextEncoder().encode(SIGNATURE),
    command,
    family,
    stated >> 8,
    stated & 0xff,
    ...octets,
  );
}

/** Source, destination and their ports. */
export function addressesOf(
  source: string,
  destination: string,
  ports: readonly [number, number],
): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(
    ...parseIpAddress(source)!,
    ...parseIpAddress(destination)!,
    ...ports.flatMap((port) => [port >> 8, port & 0xff]),
  );
}

/** One of the values at the end. */
export function valueOf(type: number, value = new Uint8Array()): Uint8Array {
  return Uint8Array.of(type, value.length >> 8, value.length & 0xff, ...value);
}
