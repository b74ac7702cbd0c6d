// lib/net/proxy_protocol.ts, on octets: every preamble at every cut, and more bad ones than good.

import { crc32c } from "../../lib/net/crc32c.ts";
import { parseProxyPreamble, type ProxyPreamble } from "../../lib/net/proxy_protocol.ts";
import { formatAddress } from "../../lib/net/transport.ts";
import { assert, assertEquals, assertThrows } from "../deps.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { addressesOf, FAMILY, preambleV2, valueOf } from "./proxy_preambles.ts";

const encoder = new TextEncoder();

/** A preamble in short: both ends as text, or null. */
function told(preamble: ProxyPreamble | null): [string, string] | null {
  assert(preamble !== null, "the preamble is not complete");
  const { ends } = preamble;
  return ends && [formatAddress(ends.remoteAddress), formatAddress(ends.localAddress)];
}

const TCP4 = addressesOf("192.0.2.7", "198.51.100.1", [56_324, 443]);
const TCP6 = addressesOf("2001:db8::7", "2001:db8::1", [56_324, 443]);
const ENDS4: [string, string] = ["192.0.2.7:56324", "198.51.100.1:443"];
const ENDS6: [string, string] = ["[2001:db8::7]:56324", "[2001:db8::1]:443"];
const LONGEST_V1 = `PROXY UNKNOWN ${"f".repeat(107 - 16)}\r\n`;

function unixAddresses(source: string, destination: string): Uint8Array {
  const octets = new Uint8Array(216);
  octets.set(encoder.encode(source));
  octets.set(encoder.encode(destination), 108);
  return octets;
}

/** A preamble with a right checksum, unless it is changed afterwards. */
function withChecksum(...values: Uint8Array[]): Uint8Array {
  const blank = preambleV2({ rest: [TCP4, ...values, valueOf(0x03, new Uint8Array(4))] });
  new DataView(blank.buffer).setUint32(blank.length - 4, crc32c(blank));
  return blank;
}

function changed(octets: Uint8Array, at: number, octet: number): Uint8Array {
  const copy = octets.slice();
  copy[at] = octet;
  return copy;
}

const GOOD: [name: string, octets: Uint8Array, ends: [string, string] | null][] = [
  ["v1, TCP4", v1("TCP4 192.0.2.7 198.51.100.1 56324 443"), ENDS4],
  ["v1, TCP6", v1("TCP6 2001:db8::7 2001:db8::1 56324 443"), ENDS6],
  [
    "v1, TCP6 as long as it can be",
    v1(`TCP6 ${Array(8).fill("FFFF").join(":")} ${Array(8).fill("ffff").join(":")} 65535 65535`),
    Array(2).fill(`[${Array(8).fill("ffff").join(":")}]:65535`) as [string, string],
  ],
  ["v1, IPv4 inside IPv6", v1("TCP6 ::ffff:192.0.2.7 ::ffff:c633:6401 56324 443"), ENDS4],
  ["v1, ports at their ends", v1("TCP4 0.0.0.0 255.255.255.255 0 65535"), [
    "0.0.0.0:0",
    "255.255.255.255:65535",
  ]],
  ["v1, UNKNOWN", v1("UNKNOWN"), null],
  ["v1, UNKNOWN and addresses", v1("UNKNOWN ::1 ::1 1 2"), null],
  ["v1, UNKNOWN and anything", v1("UNKNOWN \x00 ?  TCP4"), null],
  ["v1 of 107 octets", encoder.encode(LONGEST_V1), null],
  ["v2, TCP4", preambleV2({ rest: [TCP4] }), ENDS4],
  ["v2, TCP6", preambleV2({ family: FAMILY.tcp6, rest: [TCP6] }), ENDS6],
  [
    "v2, IPv4 inside IPv6",
    preambleV2({
      family: FAMILY.tcp6,
      rest: [mapped(TCP4.subarray(0, 4)), mapped(TCP4.subarray(4, 8)), TCP4.subarray(8)],
    }),
    ENDS4,
  ],
  ["v2, UDP, which QUIC is", preambleV2({ family: 0x12, rest: [TCP4] }), ENDS4],
  ["v2, Unix", preambleV2({ family: FAMILY.unix, rest: [unixAddresses("/run/a", "/run/b")] }), [
    "unix:/run/a",
    "unix:/run/b",
  ]],
  [
    "v2, Unix paths without an end",
    preambleV2({ family: FAMILY.unix, rest: [unixAddresses("a".repeat(108), "b".repeat(108))] }),
    [`unix:${"a".repeat(108)}`, `unix:${"b".repeat(108)}`],
  ],
  ["v2, LOCAL", preambleV2({ command: 0x20, family: 0, rest: [] }), null],
  ["v2, LOCAL and addresses", preambleV2({ command: 0x20, rest: [TCP4] }), null],
  ["v2, LOCAL, a family that is none", preambleV2({ command: 0x20, family: 0xff, rest: [] }), null],
  ["v2, UNSPEC", preambleV2({ family: 0, rest: [] }), null],
  ["v2, UNSPEC and something", preambleV2({ family: 0, rest: [Uint8Array.of(1, 2, 3)] }), null],
  ["v2, IPv4 over UNSPEC", preambleV2({ family: 0x10, rest: [TCP4] }), null],
  [
    "v2 with values",
    preambleV2({ rest: [TCP4, valueOf(0x04), valueOf(0x01, encoder.encode("h2"))] }),
    ENDS4,
  ],
  ["v2 with a checksum", withChecksum(), ENDS4],
  ["v2 with a checksum behind values", withChecksum(valueOf(0x05, new Uint8Array(128))), ENDS4],
  [
    "v2 as long as it may be",
    preambleV2({ rest: [TCP4, valueOf(0x04, new Uint8Array(4_096 - 15))] }),
    ENDS4,
  ],
];

for (const [name, octets, ends] of GOOD) {
  Deno.test(`parseProxyPreamble understands ${name}, and no part of it`, () => {
    const behind = new Uint8Array(octets.length + 20).fill(0x47);
    behind.set(octets);
    assertEquals(told(parseProxyPreamble(octets)), ends);
    assertEquals(told(parseProxyPreamble(behind)), ends);
    assertEquals(parseProxyPreamble(behind)?.length, octets.length);
    for (let cut = 0; cut < octets.length; cut++) {
      assertEquals(parseProxyPreamble(octets.subarray(0, cut)), null, `cut at ${cut}`);
    }
  });
}

const TLS_VALUES: [name: string, value: Uint8Array, secure: boolean][] = [
  ["over TLS", valueOf(0x20, Uint8Array.of(0x01, 0, 0, 0, 0)), true],
  ["over TLS, with a certificate", valueOf(0x20, Uint8Array.of(0x07, 0, 0, 0, 0)), true],
  ["not over TLS", valueOf(0x20, Uint8Array.of(0x00, 0, 0, 0, 0)), false],
  ["of whom nothing is said", valueOf(0x20), false],
  ["of whom something else is said", valueOf(0x21, Uint8Array.of(1)), false],
];

for (const [name, value, secure] of TLS_VALUES) {
  Deno.test(`parseProxyPreamble tells a client that came ${name}`, () => {
    assertEquals(parseProxyPreamble(preambleV2({ rest: [TCP4, value] }))?.secure, secure);
  });
}

const BAD: [name: string, octets: Uint8Array][] = [
  ["a request", encoder.encode("GET / HTTP/1.1\r\n")],
  ["another method with a P", encoder.encode("POST / HTTP/1.1\r\n")],
  ["TLS", Uint8Array.of(0x16, 0x03, 0x01)],
  ["an empty line", encoder.encode("\r\nGET")],
  ["small letters", encoder.encode("proxy TCP4")],
  ["a space before", encoder.encode(" PROXY TCP4")],
  ["v1, two spaces", v1(" TCP4 192.0.2.7 198.51.100.1 56324 443")],
  ["v1, a tab", v1("TCP4\t192.0.2.7 198.51.100.1 56324 443")],
  ["v1, a space at the end", v1("TCP4 192.0.2.7 198.51.100.1 56324 443 ")],
  ["v1, no family", v1("")],
  ["v1, a small family", v1("tcp4 192.0.2.7 198.51.100.1 56324 443")],
  ["v1, UDP4", v1("UDP4 192.0.2.7 198.51.100.1 56324 443")],
  ["v1, UNKNOWNX", v1("UNKNOWNX")],
  ["v1, TCP4 alone", v1("TCP4")],
  ["v1, no ports", v1("TCP4 192.0.2.7 198.51.100.1")],
  ["v1, one port", v1("TCP4 192.0.2.7 198.51.100.1 56324")],
  ["v1, three ports", v1("TCP4 192.0.2.7 198.51.100.1 56324 443 1")],
  ["v1, IPv6 as TCP4", v1("TCP4 2001:db8::7 2001:db8::1 56324 443")],
  ["v1, IPv4 as TCP6", v1("TCP6 192.0.2.7 198.51.100.1 56324 443")],
  ["v1, one of each", v1("TCP4 192.0.2.7 2001:db8::1 56324 443")],
  ["v1, an octal number", v1("TCP4 192.0.2.07 198.51.100.1 56324 443")],
  ["v1, no address", v1("TCP4 192.0.2.256 198.51.100.1 56324 443")],
  ["v1, a name", v1("TCP4 localhost localhost 56324 443")],
  ["v1, a zone", v1("TCP6 fe80::1%eth0 ::1 56324 443")],
  ["v1, a port of 65536", v1("TCP4 192.0.2.7 198.51.100.1 65536 443")],
  ["v1, a port with a zero before it", v1("TCP4 192.0.2.7 198.51.100.1 056324 443")],
  ["v1, a negative port", v1("TCP4 192.0.2.7 198.51.100.1 -1 443")],
  ["v1, a hexadecimal port", v1("TCP4 192.0.2.7 198.51.100.1 0x50 443")],
  ["v1, a bare LF", encoder.encode("PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\nGET")],
  ["v1, a bare CR", encoder.encode("PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\rGET")],
  ["v1, an LF inside UNKNOWN", encoder.encode("PROXY UNKNOWN \n")],
  ["v1, a CR inside UNKNOWN", encoder.encode("PROXY UNKNOWN \rx")],
  ["v1 of 108 octets", encoder.encode(LONGEST_V1.replace("\r\n", "f\r\n"))],
  ["v1 without an end", encoder.encode(`PROXY UNKNOWN ${"f".repeat(200)}`)],
  ["v2, a signature with another octet", changed(preambleV2({ rest: [TCP4] }), 11, 0)],
  ["v2, version 1", preambleV2({ command: 0x11, rest: [TCP4] })],
  ["v2, version 3", preambleV2({ command: 0x31, rest: [TCP4] })],
  ["v2, a third command", preambleV2({ command: 0x22, rest: [TCP4] })],
  ["v2, a fourth family", preambleV2({ family: 0x41, rest: [TCP4] })],
  ["v2, a third protocol", preambleV2({ family: 0x13, rest: [TCP4] })],
  ["v2, half of the addresses", preambleV2({ rest: [TCP4.subarray(0, 11)] })],
  ["v2, IPv4 addresses as IPv6", preambleV2({ family: FAMILY.tcp6, rest: [TCP4] })],
  ["v2, IPv6 addresses as Unix", preambleV2({ family: FAMILY.unix, rest: [TCP6] })],
  ["v2, no addresses", preambleV2({ rest: [] })],
  [
    "v2, one octet too long",
    preambleV2({ rest: [TCP4, valueOf(0x04, new Uint8Array(4_096 - 14))] }),
  ],
  ["v2, as long as its length can say", preambleV2({ length: 65_535, rest: [TCP4] })],
  ["v2, half of a value", preambleV2({ rest: [TCP4, Uint8Array.of(0x04, 0)] })],
  ["v2, a value longer than the rest", preambleV2({ rest: [TCP4, Uint8Array.of(0x04, 0, 2, 0)] })],
  ["v2, a wrong checksum", changed(withChecksum(), 16, 193)],
  ["v2, a checksum of zeros", preambleV2({ rest: [TCP4, valueOf(0x03, new Uint8Array(4))] })],
  ["v2, a checksum of two octets", preambleV2({ rest: [TCP4, valueOf(0x03, new Uint8Array(2))] })],
];

for (const [name, octets] of BAD) {
  Deno.test(`parseProxyPreamble refuses ${name}, and needs no more octets than tell it`, () => {
    assertThrows(() => parseProxyPreamble(octets), Deno.errors.InvalidData);
    // Whatever the cut, it is refused in the end and never taken for something.
    for (let cut = 0; cut < octets.length; cut++) {
      try {
        assertEquals(parseProxyPreamble(octets.subarray(0, cut)), null, `cut at ${cut}`);
      } catch (error) {
        if (error instanceof Deno.errors.InvalidData) return;
        throw error;
      }
    }
  });
}

Deno.test("parseProxyPreamble refuses what is none at its first octet", () => {
  for (let octet = 0; octet < 256; octet++) {
    const parse = () => parseProxyPreamble(Uint8Array.of(octet));
    if (octet === 0x50 || octet === 0x0d) assertEquals(parse(), null);
    else assertThrows(parse, Deno.errors.InvalidData);
  }
});

Deno.test("parseProxyPreamble takes, waits or refuses, whatever the octets", () => {
  const random = new SeededRandom();
  for (let round = 0; round < 20_000; round++) {
    const [, octets] = random.pick(GOOD);
    const spoilt = octets.slice();
    for (let i = random.int(4); i >= 0; i--) spoilt[random.int(spoilt.length)] = random.int(256);
    try {
      const preamble = parseProxyPreamble(spoilt);
      assert(preamble === null || preamble.length <= spoilt.length, `RAWSERVE_SEED=${random.seed}`);
    } catch (error) {
      assert(error instanceof Deno.errors.InvalidData, `RAWSERVE_SEED=${random.seed}: ${error}`);
    }
  }
});

Deno.test("crc32c gives the sums of RFC 3720 B.4", () => {
  assertEquals(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assertEquals(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  assertEquals(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e);
  assertEquals(crc32c(encoder.encode("123456789")), 0xe3069283);
});

function v1(rest: string): Uint8Array {
  return encoder.encode(`PROXY ${rest}\r\n`);
}

function mapped(octets: Uint8Array): Uint8Array {
  return Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...octets);
}
