// lib/net/der.ts: octets beside the examples of X.690, and lengths at their borders.

import * as der from "../../lib/net/der.ts";
import { assertEquals } from "../deps.ts";

function hex(octets: Uint8Array): string {
  return octets.toHex();
}

Deno.test("integer is unsigned and as short as can be (X.690 8.3)", () => {
  const cases: [octets: number[], written: string][] = [
    [[], "020100"],
    [[0], "020100"],
    [[0, 0, 1], "020101"],
    [[0x7f], "02017f"],
    [[0x80], "02020080"],
    [[0, 0x80], "02020080"],
    [[0x01, 0x00], "02020100"],
    [[0xff, 0xff], "020300ffff"],
  ];
  for (const [octets, written] of cases) {
    assertEquals(hex(der.integer(Uint8Array.from(octets))), written);
  }
});

Deno.test("lengths are as short as can be (X.690 8.1.3, 10.1)", () => {
  const headOf = (length: number) => {
    const written = der.octetString(new Uint8Array(length));
    return hex(written.subarray(0, written.length - length));
  };
  assertEquals([0, 1, 127, 128, 255, 256, 65_535, 65_536].map(headOf), [
    "0400",
    "0401",
    "047f",
    "048180",
    "0481ff",
    "04820100",
    "0482ffff",
    "0483010000",
  ]);
});

Deno.test("objectIdentifier writes seven bits an octet (X.690 8.19)", () => {
  assertEquals(hex(der.objectIdentifier("2.5.4.3")), "0603550403");
  assertEquals(hex(der.objectIdentifier("1.2.840.10045.4.3.2")), "06082a8648ce3d040302");
  assertEquals(hex(der.objectIdentifier("1.3.6.1.5.5.7.3.1")), "06082b06010505070301");
  assertEquals(hex(der.objectIdentifier("2.999.3")), "0603883703");
});

Deno.test("time has two digits of the year to 2049, and four from 2050 (RFC 5280 4.1.2.5)", () => {
  const text = (moment: string) => {
    const written = der.time(new Date(moment));
    return [written[0], new TextDecoder().decode(written.subarray(2))];
  };
  assertEquals(text("2026-01-02T03:04:05.678Z"), [0x17, "260102030405Z"]);
  assertEquals(text("2049-12-31T23:59:59Z"), [0x17, "491231235959Z"]);
  assertEquals(text("2050-01-01T00:00:00Z"), [0x18, "20500101000000Z"]);
});

Deno.test("values are put into values", () => {
  const yes = der.yes();
  assertEquals(hex(der.sequence()), "3000");
  assertEquals(hex(der.sequence(yes, der.sequence(yes))), "30080101ff30030101ff");
  assertEquals(hex(der.setOf(yes)), "31030101ff");
  assertEquals(hex(der.explicit(3, yes)), "a3030101ff");
  assertEquals(hex(der.implicit(7, Uint8Array.of(127, 0, 0, 1))), "87047f000001");
  assertEquals(hex(der.bitString(Uint8Array.of(0x80), 7)), "03020780");
  assertEquals(hex(der.utf8String("é")), "0c02c3a9");
});
