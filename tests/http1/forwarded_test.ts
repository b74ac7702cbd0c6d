// lib/http1/forwarded.ts: what proxies say, the last word first, and hostile lists.

import {
  type ForwardedHop,
  parseForwarded,
  parseXForwarded,
  type XForwardedLines,
} from "../../lib/http1/forwarded.ts";
import { assert, assertEquals } from "../deps.ts";
import { SeededRandom } from "../support/seeded_random.ts";

/** A hop in short: `name:port scheme host`, `-` for what is not told. */
function inShort({ sender, scheme, host }: ForwardedHop): string {
  const who = sender === null ? "-" : `${sender.name} ${sender.port}`;
  return [who, scheme ?? "-", host ?? "-"].join(" ");
}

function readForwarded(...lines: string[]): string[] {
  return [...parseForwarded(lines)].map(inShort);
}

function readX(lines: Partial<XForwardedLines>): string[] {
  return [...parseXForwarded({ for: [], proto: [], host: [], ...lines })].map(inShort);
}

const FORWARDED: [line: string, hops: string[]][] = [
  ["for=192.0.2.7", ["192.0.2.7 0 - -"]],
  ["FOR=192.0.2.7;Proto=HTTPS;hOsT=Example.com", ["192.0.2.7 0 https Example.com"]],
  ['proto=http;for=192.0.2.7;by=203.0.113.1;host="a:8080"', ["192.0.2.7 0 http a:8080"]],
  ['for="192.0.2.7:4711"', ["192.0.2.7 4711 - -"]],
  ['for="[2001:db8::9]"', ["2001:db8::9 0 - -"]],
  ['for="[2001:db8::9]:4711"', ["2001:db8::9 4711 - -"]],
  ['for="192.0.2.7:_hidden"', ["192.0.2.7 0 - -"]],
  ['for="1\\92.0.2.\\7"', ["192.0.2.7 0 - -"]],
  ["for=unknown", ["- - -"]],
  ["for=UNKNOWN;proto=https", ["- https -"]],
  ['for="unknown:4711"', ["- - -"]],
  ["for=_SEVKISEK;host=a", ["- - a"]],
  ['for="_gazonk:_port"', ["- - -"]],
  ["proto=https", ["- https -"]],
  ["host=a;ext=1;secret=_x", ["- - a"]],
  ['for=192.0.2.7;ext="a,b;c=\\"d\\""', ["192.0.2.7 0 - -"]],
  ["for=192.0.2.43, for=198.51.100.17", ["198.51.100.17 0 - -", "192.0.2.43 0 - -"]],
  ["for=192.0.2.43,for=198.51.100.17;proto=http", ["198.51.100.17 0 http -", "192.0.2.43 0 - -"]],
  [" , for=192.0.2.43 ,\t, for=unknown ,", ["- - -", "192.0.2.43 0 - -"]],
  ["for=192.0.2.7 ; proto=https;", ["192.0.2.7 0 https -"]],
  [";;for=192.0.2.7;;", ["192.0.2.7 0 - -"]],
  ["", []],
  [",,", []],
];

for (const [line, hops] of FORWARDED) {
  Deno.test(`parseForwarded reads ${line} (RFC 7239 4)`, () => {
    assertEquals(readForwarded(line), hops);
  });
}

/** Each is one element, and there is nothing to be read in it. */
const MALFORMED = [
  "192.0.2.7",
  "for",
  "for=",
  "=192.0.2.7",
  "for =192.0.2.7",
  "for= 192.0.2.7",
  "for=192.0.2.7 proto=http",
  "for=192.0.2.7:4711",
  "for=[2001:db8::9]",
  'for="2001:db8::9"',
  'for="[2001:db8::9"',
  'for="[2001:db8::9]4711"',
  'for="[192.0.2.7]x"',
  'for="192.0.2.7:"',
  'for="192.0.2.7:65536"',
  'for="192.0.2.7:471100"',
  'for="192.0.2.7:-1"',
  'for="192.0.2.7 "',
  'for="192.0.2.7, 198.51.100.1"',
  "for=localhost",
  "for=_",
  "for=_a!b",
  "for=unknownx",
  "for=192.0.2.7;for=198.51.100.1",
  "for=192.0.2.7;FOR=198.51.100.1",
  "for=192.0.2.7;proto=http;proto=https",
  'for="192.0.2.7',
  'for=192.0.2.7"',
  'for="192.0.2.7\\"',
  'for=192.0.2.7;x="',
  "for='192.0.2.7'",
  "for=192.0.2.7;host=a b",
  "for=192.0.2.7;host=a:8080",
  'for=192.0.2.7;host="a/b"',
  'for=192.0.2.7;host="user@a"',
  'for=192.0.2.7;host=""',
  'for=192.0.2.7;host=":80"',
  'for=192.0.2.7;proto=""',
  'for=192.0.2.7;proto="ht tp"',
  'for=192.0.2.7;proto="http\u00e9"',
  "for=192.0.2.7;b\u00e4r=1",
  "for=192.0.2.7;__proto__=\u0000",
];

for (const element of MALFORMED) {
  Deno.test(`parseForwarded refuses ${JSON.stringify(element)}, and reads what a proxy added in a line of its own`, () => {
    assertEquals(readForwarded(element), []);
    // An open quotation may swallow what follows on its line, and must never make something else of it.
    const added = readForwarded(`${element}, for=198.51.100.9`);
    assert(added.length === 0 || added.join() === "198.51.100.9 0 - -", added.join());
    assertEquals(readForwarded(element, "for=198.51.100.9"), ["198.51.100.9 0 - -"]);
    assertEquals(readForwarded("for=203.0.113.5", element), []);
  });
}

Deno.test("parseForwarded never lets a client's octets change what a proxy adds behind them", () => {
  const random = new SeededRandom();
  const pieces = [
    '"',
    "\\",
    ",",
    ";",
    "=",
    "for",
    "for=203.0.113.66",
    "[",
    "]",
    ":",
    " ",
    "a",
    "é",
  ];
  const added = 'for="[2001:db8::9]:4711";proto=https;by="203.0.113.1:80"';
  for (let round = 0; round < 20_000; round++) {
    const client = Array.from({ length: random.int(12) }, () => random.pick(pieces)).join("");
    const [first] = readForwarded(`${client}, ${added}`);
    const isRight = first === undefined || first === "2001:db8::9 4711 https -";
    assert(isRight, `${client} made it ${first} (RAWSERVE_SEED=${random.seed})`);
  }
});

const X_FORWARDED: [name: string, lines: Partial<XForwardedLines>, hops: string[]][] = [
  ["nothing", {}, []],
  ["an empty list", { for: ["", " , "] }, []],
  ["an address", { for: ["192.0.2.7"] }, ["192.0.2.7 0 - -"]],
  ["addresses", { for: ["192.0.2.7, 2001:db8::9 ,198.51.100.1"] }, [
    "198.51.100.1 0 - -",
    "2001:db8::9 0 - -",
    "192.0.2.7 0 - -",
  ]],
  ["addresses on two lines", { for: ["192.0.2.7", "198.51.100.1"] }, [
    "198.51.100.1 0 - -",
    "192.0.2.7 0 - -",
  ]],
  ["ports", { for: ["192.0.2.7:4711, [2001:db8::9]:4712, [2001:db8::9]"] }, [
    "2001:db8::9 0 - -",
    "2001:db8::9 4712 - -",
    "192.0.2.7 4711 - -",
  ]],
  ["a Unix socket, as nginx names it", { for: ["192.0.2.7, unix:"] }, [
    "unix: 0 - -",
    "192.0.2.7 0 - -",
  ]],
  ["what is no address", { for: ["unknown, 192.0.2.7, x, 1.2.3.4.5, 1.2.3.4:, _a, [1.2.3.4"] }, [
    "- - -",
    "- - -",
    "- - -",
    "- - -",
    "- - -",
    "192.0.2.7 0 - -",
    "- - -",
  ]],
  ["scheme and host alone", { proto: ["HTTPS"], host: ["a:80"] }, ["- https a:80"]],
  ["one scheme for all", { for: ["192.0.2.7, 10.0.0.1"], proto: ["https"], host: ["a"] }, [
    "10.0.0.1 0 https a",
    "192.0.2.7 0 https a",
  ]],
  ["a scheme for each", { for: ["192.0.2.7, 10.0.0.1"], proto: ["https, http"], host: ["a, b"] }, [
    "10.0.0.1 0 http b",
    "192.0.2.7 0 https a",
  ]],
  // What a client put on the left belongs to what it put on the left.
  ["more schemes than addresses", { for: ["192.0.2.7"], proto: ["https", "http"] }, [
    "192.0.2.7 0 http -",
  ]],
  ["more schemes than no address", { proto: ["https, http"] }, ["- http -"]],
  ["fewer schemes than addresses", {
    for: ["192.0.2.7, 10.0.0.2, 10.0.0.1"],
    proto: ["https, http"],
  }, [
    "10.0.0.1 0 http -",
    "10.0.0.2 0 https -",
    "192.0.2.7 0 https -",
  ]],
  ["what is no scheme", { proto: ["ht tp"] }, ["- - -"]],
  ["what is no host", { host: ["a b"] }, ["- - -"]],
  ["a host that is a path", { host: ["a/../b"] }, ["- - -"]],
  ["a host with a name in it", { host: ["user@a"] }, ["- - -"]],
  ["a host that is a port", { host: [":80"] }, ["- - -"]],
];

for (const [name, lines, hops] of X_FORWARDED) {
  Deno.test(`parseXForwarded reads ${name}`, () => {
    assertEquals(readX(lines), hops);
  });
}

Deno.test("both read backwards, and look at no more than is asked for", () => {
  const [first] = parseForwarded(['for="', "for=192.0.2.7"]);
  assertEquals(first && inShort(first), "192.0.2.7 0 - -");
  const entries = Array.from({ length: 100 }, (_, i) => `192.0.2.${i}`);
  assertEquals(readX({ for: [entries.join(", ")] }).length, 100);
  const [last] = parseXForwarded({ for: [entries.join(",")], proto: [], host: [] });
  assertEquals(last && inShort(last), "192.0.2.99 0 - -");
});

/** As much as a field section may hold, of what makes careless expressions slow. */
const HUGE = [
  ":".repeat(32_000),
  "[".repeat(32_000),
  `${" ".repeat(32_000)}x`,
  `for=x;${" ".repeat(32_000)}!`,
  `for="${"\\".repeat(32_000)}`,
  `for="${"\\a".repeat(16_000)}`,
  '"'.repeat(32_001),
  ",".repeat(32_000),
  ";".repeat(32_000),
  "for=1.1.1.1,".repeat(2_700),
  "a=1;".repeat(8_000),
  "1".repeat(32_000),
  "1.".repeat(16_000),
  "_".repeat(32_000) + "!",
  `for="unknown:${"1".repeat(32_000)}"`,
];

for (const text of HUGE) {
  Deno.test(`huge values are read at once: ${JSON.stringify(text.slice(0, 16))}, and so on`, () => {
    // What took seconds would be killed with the whole run; nothing is measured here.
    for (let i = 0; i < 20; i++) {
      readForwarded(text);
      readX({ for: [text], proto: [text], host: [text] });
    }
  });
}
