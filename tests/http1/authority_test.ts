// Host and port (RFC 3986 3.2.2). The fast way that every request takes and the slow one must agree.

import { isHostField, isHostWithOptionalPort, isHostWithPort } from "../../lib/http1/authority.ts";
import { assertEquals } from "../deps.ts";
import { toBytes } from "../support/raw_client.ts";
import { SeededRandom } from "../support/seeded_random.ts";

// Whether it is a host with or without a port, and whether it is one that has both.
const hosts: [text: string, optional: boolean, both: boolean][] = [
  ["", true, false],
  [":", true, false],
  [":80", true, false],
  ["a", true, false],
  ["a:", true, false],
  ["a:0", true, true],
  ["a:1234", true, true],
  ["a:65535", true, true],
  ["a:00080", true, true],
  ["a:65536", false, false],
  ["a:99999999999999999999", false, false],
  ["a:8o", false, false],
  ["a:+80", false, false],
  ["a: 80", false, false],
  ["a:80 ", false, false],
  ["a:80:80", false, false],
  ["127.0.0.1:80", true, true],
  ["A-z_0.~!$&'()*+,;=", true, false],
  ["a%20b", true, false],
  ["a%2", false, false],
  ["a%", false, false],
  ["a%zz:80", false, false],
  ["[::1]", true, false],
  ["[::1]:80", true, true],
  ["[v1.a:b]:80", true, true],
  ["[::1]80", false, false],
  ["[::1", false, false],
  ["[]", false, false],
  ["[zz]", false, false],
  ["[1.2.3.4]", false, false],
  ["[::1::2]", false, false],
  ["[2001:db8::ff00:42:8329]:8080", true, true],
  ["[::1%25eth0]", false, false],
  ["[::1]]", false, false],
  ["::1", false, false],
  ["a@b", false, false],
  ["a/b", false, false],
  ["a?b", false, false],
  ["a#b", false, false],
  ["a\\b", false, false],
  ["a b", false, false],
  ["a\tb", false, false],
  ["\xe4", false, false],
];

for (const [text, optional, both] of hosts) {
  Deno.test(`${JSON.stringify(text)} is ${optional ? "" : "not "}a host (RFC 9110 7.2)`, () => {
    const bytes = toBytes(`xx${text}yy`);
    assertEquals(isHostWithOptionalPort(text), optional);
    assertEquals(isHostField(bytes, 2, bytes.length - 2), optional);
    assertEquals(isHostWithPort(text), both);
  });
}

Deno.test("isHostField says what isHostWithOptionalPort says, for anything", () => {
  const random = new SeededRandom();
  const alphabet = [..."a1.:%[]@-_ 0569\x80/"];
  for (let i = 0; i < 20_000; i++) {
    const text = Array.from({ length: random.int(9) }, () => random.pick(alphabet)).join("");
    const bytes = toBytes(text);
    assertEquals(
      isHostField(bytes, 0, bytes.length),
      isHostWithOptionalPort(text),
      `${JSON.stringify(text)}, RAWSERVE_SEED=${random.seed}`,
    );
  }
});
