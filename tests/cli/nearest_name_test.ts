// lib/cli/nearest_name.ts: slips of the finger.

import { nearestName } from "../../lib/cli/nearest_name.ts";
import { assertEquals } from "../deps.ts";

const NAMES = ["port", "host", "open", "header", "tls-cert", "tls-key", "max-connections"];
const CASES: [string, string | null][] = [
  ["port", "port"],
  ["prot", "port"],
  ["prt", "port"],
  ["porrt", "port"],
  ["pork", "port"],
  ["hots", "host"],
  ["haeder", "header"],
  ["headers", "header"],
  ["tls-certificate", "tls-cert"],
  ["tlscert", "tls-cert"],
  ["max", "max-connections"],
  ["connections", null],
  ["x", null],
  ["", null],
  ["something", null],
];

for (const [name, expected] of CASES) {
  Deno.test(`nearestName of ${JSON.stringify(name)} is ${expected}`, () => {
    assertEquals(nearestName(name, NAMES), expected);
  });
}
