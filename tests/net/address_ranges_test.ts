// lib/net/address_ranges.ts: who is meant by a range, and what is none.

import { AddressRanges, parseAddressRange } from "../../lib/net/address_ranges.ts";
import type { Address } from "../../lib/net/transport.ts";
import { assertEquals, assertThrows } from "../deps.ts";

function tcp(hostname: string): Address {
  return { transport: "tcp", hostname, port: 4711 };
}

const UNIX: Address = { transport: "unix", path: "/run/web.sock" };

/** Which peers are in a range and which are just outside of it. */
const RANGES: [range: string, inside: Address[], outside: Address[]][] = [
  ["192.0.2.7", [tcp("192.0.2.7"), tcp("::ffff:192.0.2.7")], [tcp("192.0.2.8"), tcp("192.0.2.6")]],
  ["192.0.2.7/32", [tcp("192.0.2.7")], [tcp("192.0.2.8")]],
  ["10.0.0.0/8", [tcp("10.0.0.0"), tcp("10.255.255.255")], [tcp("11.0.0.0"), tcp("9.255.255.255")]],
  ["172.16.0.0/12", [tcp("172.31.255.255")], [tcp("172.32.0.0"), tcp("172.15.255.255")]],
  ["192.0.2.128/25", [tcp("192.0.2.128"), tcp("192.0.2.255")], [tcp("192.0.2.127")]],
  ["192.0.2.6/31", [tcp("192.0.2.6"), tcp("192.0.2.7")], [tcp("192.0.2.5"), tcp("192.0.2.8")]],
  ["0.0.0.0/0", [tcp("203.0.113.1"), tcp("::ffff:1.2.3.4")], [
    tcp("::1"),
    tcp("2001:db8::1"),
    UNIX,
  ]],
  ["::/0", [tcp("::1"), tcp("2001:db8::1")], [tcp("192.0.2.1"), tcp("::ffff:192.0.2.1"), UNIX]],
  ["2001:db8::/32", [tcp("2001:db8:ffff::1"), tcp("2001:DB8::")], [tcp("2001:db9::"), tcp("::")]],
  ["2001:db8::/33", [tcp("2001:db8:7fff::")], [tcp("2001:db8:8000::")]],
  ["::ffff:192.0.2.7", [tcp("192.0.2.7")], [tcp("192.0.2.8")]],
  ["::ffff:10.0.0.0/104", [tcp("10.1.2.3"), tcp("::ffff:10.1.2.3")], [tcp("11.0.0.0")]],
  ["::ffff:0:0/96", [tcp("192.0.2.1")], [tcp("::1")]],
  ["loopback", [tcp("127.0.0.1"), tcp("127.9.9.9"), tcp("::1")], [
    tcp("128.0.0.1"),
    tcp("::2"),
    UNIX,
  ]],
  [
    "private",
    [tcp("10.9.9.9"), tcp("172.20.0.1"), tcp("192.168.1.1"), tcp("fd00::1"), tcp("fc00::1")],
    [tcp("127.0.0.1"), tcp("192.169.0.1"), tcp("fe00::1"), tcp("fe80::1"), UNIX],
  ],
  ["unix", [UNIX, { transport: "unix", path: "" }], [tcp("127.0.0.1")]],
];

for (const [range, inside, outside] of RANGES) {
  Deno.test(`the range ${range} has its own and nobody else`, () => {
    for (const address of [...inside, ...outside]) {
      // A set of its own each time, and one that remembers who was asked about before.
      assertEquals(
        new AddressRanges([range]).has(address),
        inside.includes(address),
        JSON.stringify(address),
      );
    }
    const ranges = new AddressRanges([range]);
    for (const address of [...outside, ...inside, ...outside, ...inside]) {
      assertEquals(ranges.has(address), inside.includes(address), JSON.stringify(address));
    }
  });
}

Deno.test("AddressRanges has what any of its ranges has, and without one nobody", () => {
  const ranges = new AddressRanges(["192.0.2.7", "unix", "2001:db8::/32"]);
  assertEquals(
    [tcp("192.0.2.7"), UNIX, tcp("2001:db8::1"), tcp("192.0.2.8")].map((each) => ranges.has(each)),
    [true, true, true, false],
  );
  assertEquals([tcp("192.0.2.7"), tcp(""), UNIX].map((each) => new AddressRanges([]).has(each)), [
    false,
    false,
    false,
  ]);
});

Deno.test("AddressRanges does not know names of hosts, in ranges or as peers", () => {
  assertThrows(() => new AddressRanges(["proxy.local"]), TypeError, "proxy.local");
  assertEquals(new AddressRanges(["0.0.0.0/0", "::/0"]).has(tcp("proxy.local")), false);
});

const REFUSED = [
  "",
  "/8",
  "10.0.0.0/",
  "10.0.0.0/33",
  "10.0.0.0/-1",
  "10.0.0.0/08",
  "10.0.0.0/8/8",
  "10.0.0.0/255.0.0.0",
  "10.0.0.1/8",
  "10.0.0.0-10.0.0.9",
  "10.*",
  "10.0.0.0/8,192.0.2.1",
  "2001:db8::/129",
  "2001:db8::1/64",
  "::ffff:10.0.0.0/8",
  "::ffff:10.0.0.0/95",
  "[2001:db8::]/32",
  "LOOPBACK",
  "unix:/run/web.sock",
  "all",
  "*",
  "proxy.local",
];

for (const text of REFUSED) {
  Deno.test(`parseAddressRange refuses ${JSON.stringify(text)}`, () => {
    assertEquals(parseAddressRange(text), null);
  });
}
