// lib/net/address_block.ts: which addresses count as one.

import { toAddressBlock } from "../../lib/net/address_block.ts";
import { assertEquals, assertNotEquals } from "../deps.ts";

Deno.test("an IPv4 address stands for itself, also where it comes inside IPv6", () => {
  assertEquals(toAddressBlock("192.0.2.7"), "192.0.2.7");
  assertEquals(toAddressBlock("::ffff:192.0.2.7"), "192.0.2.7");
  assertEquals(toAddressBlock("::ffff:c000:207"), "192.0.2.7");
  assertNotEquals(toAddressBlock("192.0.2.7"), toAddressBlock("192.0.2.8"));
});

Deno.test("addresses of one /64 of IPv6 are in one hand (RFC 6177)", () => {
  for (const address of ["2001:db8:1:2::", "2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::7"]) {
    assertEquals(toAddressBlock(address), "2001:db8:1:2::");
  }
  assertEquals(toAddressBlock("2001:db8:1:3::7"), "2001:db8:1:3::");
  assertEquals(toAddressBlock("::1"), "::");
});

Deno.test("what is no IP address stands for itself", () => {
  for (const text of ["", "fe80::1%eth0", "localhost", "1.2.3", "2001:db8"]) {
    assertEquals(toAddressBlock(text), text);
  }
});
