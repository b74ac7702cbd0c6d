// lib/net/ip_address.ts: one spelling for each address, and nothing that two programs read differently.

import { formatIpAddress, parseIpAddress } from "../../lib/net/ip_address.ts";
import { assert, assertEquals } from "../deps.ts";

function roundTrip(text: string): string | null {
  const octets = parseIpAddress(text);
  return octets === null ? null : formatIpAddress(octets);
}

const UNDERSTOOD: [text: string, canonical: string][] = [
  ["0.0.0.0", "0.0.0.0"],
  ["255.255.255.255", "255.255.255.255"],
  ["::", "::"],
  ["::1", "::1"],
  ["1::", "1::"],
  ["2001:DB8::A", "2001:db8::a"],
  ["2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"],
  // RFC 5952 4.2: the longest run, the first of several, and never a single group.
  ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
  ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
  ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"],
  ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
  ["1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"],
  // IPv4 behind a socket for both families is IPv4.
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["::FFFF:c000:0201", "192.0.2.1"],
  ["0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"],
  // But not every address with an IPv4 address at its end (RFC 4291 2.5.5.1 is deprecated).
  ["::192.0.2.1", "::c000:201"],
];

for (const [text, canonical] of UNDERSTOOD) {
  Deno.test(`parseIpAddress reads ${text} as ${canonical}`, () => {
    assertEquals(roundTrip(text), canonical);
    assertEquals(roundTrip(canonical), canonical);
  });
}

const REFUSED = [
  "",
  "localhost",
  "1.2.3",
  "1.2.3.4.5",
  "1.2.3.256",
  "1.2.3.04",
  "01.2.3.4",
  "0x7f.0.0.1",
  "2130706433",
  "1.2.3.4 ",
  " 1.2.3.4",
  "1.2.3.-4",
  "1.2.3.4:80",
  "１.2.3.4",
  ":",
  ":::",
  "1::2::3",
  ":1",
  "1:",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4::5:6:7:8",
  "::12345",
  "::g",
  "[::1]",
  "fe80::1%eth0",
  "::1/128",
  "1.2.3.4::",
  "::1.2.3.4:5",
  "::1.2.3.04",
  "::ffff:1.2.3",
  "1:2:3:4:5:6:7:1.2.3.4",
  "0000:0000:0000:0000:0000:0000:0000:00001",
  ":".repeat(100_000),
  "1.".repeat(100_000),
];

for (const text of REFUSED) {
  Deno.test(`parseIpAddress refuses ${JSON.stringify(text.slice(0, 50))}`, () => {
    assertEquals(parseIpAddress(text), null);
  });
}

Deno.test("parseIpAddress and the URL Standard agree on IPv6", () => {
  for (const [text] of UNDERSTOOD.filter(([text]) => text.includes(":"))) {
    assert(URL.canParse(`http://[${text}]/`), text);
  }
});
