// lib/cli/limit_options.ts and octet_count.ts: what limits and deadlines the command line comes to.

import { Failure } from "../../lib/cli/failure.ts";
import { formatOctetCount, parseOctetCount } from "../../lib/cli/octet_count.ts";
import { parseOptions, type ServeSettings } from "../../lib/cli/options.ts";
import { DEFAULT_DEADLINES, DEFAULT_LIMITS } from "../../lib/server/limits.ts";
import { assert, assertEquals, assertThrows } from "../deps.ts";

function settingsOf(args: string[]): ServeSettings {
  const task = parseOptions(args, () => undefined);
  assert(task.kind === "serve");
  return task.settings;
}

Deno.test("every limit can be given, and the others stay as they are", () => {
  const args =
    "--max-target 16K --max-fields 7 --max-field-section 1m --max-content 2G --max-requests 5 " +
    "--max-connections 9 --max-per-address 3 --min-rate 1K";
  assertEquals(settingsOf(args.split(" ")).limits, {
    ...DEFAULT_LIMITS,
    requestTarget: 16_384,
    fieldCount: 7,
    fieldSection: 1_048_576,
    content: 2_147_483_648,
    requestsPerConnection: 5,
    connections: 9,
    connectionsPerAddress: 3,
    minRate: 1_024,
  });
});

Deno.test("every deadline can be given, in seconds and parts of them", () => {
  const args = "--handshake-timeout 1 --head-timeout 2.5 --content-timeout 3 --answer-timeout 4 " +
    "--idle 86400";
  assertEquals(settingsOf(args.split(" ")).deadlines, {
    ...DEFAULT_DEADLINES,
    handshake: 1,
    head: 2.5,
    content: 3,
    answer: 4,
    idle: 86_400,
  });
});

Deno.test("0 lifts the limits that a server can do without", () => {
  const { limits } = settingsOf(["--max-content=0", "--max-per-address=0", "--min-rate=0"]);
  assertEquals(
    [limits.content, limits.connectionsPerAddress, limits.minRate],
    [Infinity, Infinity, 0],
  );
});

const OCTETS_OF_A_HEAD = "give a whole number of octets from 1 to 16M (K, M, G work)";

const REFUSED: [string, string, string][] = [
  ["handshake-timeout", "0", "give a number from 1 to 86400"],
  ["head-timeout", "0.5", "give a number from 1 to 86400"],
  ["content-timeout", "86401", "give a number from 1 to 86400"],
  ["answer-timeout", "30s", "give a number from 1 to 86400"],
  ["idle", "never", "give a number from 1 to 86400"],
  ["min-rate", "-1", "give a whole number of octets from 0 to 1000000 (K, M, G work)"],
  ["min-rate", "1M", "give a whole number of octets from 0 to 1000000 (K, M, G work)"],
  ["max-target", "0", OCTETS_OF_A_HEAD],
  ["max-target", "1.5K", OCTETS_OF_A_HEAD],
  ["max-field-section", "17M", OCTETS_OF_A_HEAD],
  ["max-field-section", "32KB", OCTETS_OF_A_HEAD],
  ["max-field-section", "K", OCTETS_OF_A_HEAD],
  ["max-content", "1T", "give a whole number of octets from 0 to 1048576G (K, M, G work)"],
  ["max-content", "-5M", "give a whole number of octets from 0 to 1048576G (K, M, G work)"],
  ["max-content", "1048577G", "give a whole number of octets from 0 to 1048576G (K, M, G work)"],
  ["max-content", "unlimited", "give a whole number of octets from 0 to 1048576G (K, M, G work)"],
  ["max-fields", "0", "give a whole number from 1 to 1000000"],
  ["max-fields", "1K", "give a whole number from 1 to 1000000"],
  ["max-requests", "0", "give a whole number from 1 to 1000000"],
  ["max-connections", "0", "give a whole number from 1 to 1000000"],
  ["max-per-address", "-1", "give a whole number from 0 to 1000000"],
  ["max-per-address", "1000001", "give a whole number from 0 to 1000000"],
];

for (const [name, value, advice] of REFUSED) {
  Deno.test(`parseOptions refuses --${name}=${value}`, () => {
    const error = assertThrows(() => settingsOf([`--${name}=${value}`]), Failure);
    assertEquals(error.message, `Cannot use --${name} ${value}: ${advice}`);
    assertEquals((error as Failure).exitStatus, 2);
  });
}

Deno.test("amounts of octets are read as they are written, and refused in every other form", () => {
  for (const count of [0, 1, 500, 1_023, 1_024, 8_000, 32_768, 67_108_864, 3 * 2 ** 30, 2 ** 50]) {
    assertEquals(parseOctetCount(formatOctetCount(count)), count);
  }
  assertEquals([1_023, 1_536, 65_536, 2 ** 30, 2 ** 50].map(formatOctetCount), [
    "1023",
    "1536",
    "64K",
    "1G",
    "1048576G",
  ]);
  for (const text of ["", " 1", "1 K", "+1", "-1", "0x10", "1e3", "1KB", "1KiB", "1,000", "1_0"]) {
    assertEquals(parseOctetCount(text), null, text);
  }
});
