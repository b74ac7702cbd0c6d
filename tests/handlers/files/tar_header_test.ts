import {
  BLOCK,
  lengthOfTarHeader,
  padded,
  serializeTarHeader,
  type TarEntry,
} from "../../../lib/handlers/files/tar_header.ts";
import { TarBuilder } from "../../../lib/handlers/files/tar_source.ts";
import { assert, assertEquals } from "../../deps.ts";
import { toText } from "../../support/raw_client.ts";

const IDENTITY = { ino: 1, mode: null, mtime: null, ctime: null, birthtime: null };
const FILE: TarEntry = { path: "a/b.txt", isFolder: false, size: 5, modified: 1, mode: 0o644 };

function headerOf(entry: Partial<TarEntry>): Uint8Array {
  const whole = { ...FILE, ...entry };
  const octets = serializeTarHeader(whole);
  assertEquals(octets.length, lengthOfTarHeader(whole));
  assertEquals(octets.length % BLOCK, 0);
  return octets;
}

function field(block: Uint8Array, start: number, length: number): string {
  return toText(block.subarray(start, start + length)).replace(/\0.*$/s, "");
}

/** The records of an extended header, by their keys. */
function recordsOf(octets: Uint8Array): Record<string, string> {
  assertEquals([field(octets, 156, 1), field(octets, 257, 6)], ["x", "ustar"]);
  const length = parseInt(field(octets, 124, 12), 8);
  assertEquals(octets.length, 2 * BLOCK + padded(length));
  const records: Record<string, string> = {};
  for (let at = BLOCK; at < BLOCK + length;) {
    const digits = /^\d+(?= )/.exec(toText(octets.subarray(at, at + 10)))![0];
    const record = new TextDecoder().decode(octets.subarray(at, at + Number(digits)));
    const [, key, value] = /^\d+ (\w+)=([^]*)\n$/.exec(record)!;
    records[key!] = value!;
    at += Number(digits);
  }
  return records;
}

Deno.test("serializeTarHeader writes the ustar header (POSIX.1 pax)", () => {
  const block = headerOf({});
  assertEquals(block.length, 512);
  assertEquals(
    [[0, 100], [100, 8], [108, 8], [116, 8], [124, 12], [136, 12], [156, 1], [257, 6], [263, 2]]
      .map(([start, length]) => field(block, start!, length!)),
    ["a/b.txt", "0000644", "0000000", "0000000", "00000000005", "00000000001", "0", "ustar", "00"],
  );
  const sum = block.reduce((sum, octet, at) => sum + (at >= 148 && at < 156 ? 32 : octet), 0);
  assertEquals(toText(block.subarray(148, 156)), `${sum.toString(8).padStart(6, "0")}\0 `);
});

Deno.test("serializeTarHeader ends a folder's path with a slash and gives it type 5", () => {
  const block = headerOf({ isFolder: true, path: "a", size: 0, mode: 0o40755 });
  assertEquals([field(block, 0, 100), field(block, 156, 1), field(block, 100, 8)], [
    "a/",
    "5",
    "0000755",
  ]);
});

const d = (length: number) => "d".repeat(length);
const splits: [path: string, prefix: string, name: string][] = [
  [d(100), "", d(100)],
  [`${d(50)}/${d(49)}`, "", `${d(50)}/${d(49)}`],
  [`${d(50)}/${d(50)}`, d(50), d(50)],
  [`${d(155)}/${d(100)}`, d(155), d(100)],
  [`a/${d(97)}/b`, "a", `${d(97)}/b`],
  [`${d(60)}/${d(60)}/b`, d(60), `${d(60)}/b`],
  [`${d(30)}/${d(30)}/${d(90)}`, `${d(30)}/${d(30)}`, d(90)],
];
for (const [path, prefix, name] of splits) {
  Deno.test(`serializeTarHeader splits ${path.length} octets into ${prefix.length} and ${name.length}`, () => {
    const block = headerOf({ path });
    assertEquals(block.length, BLOCK);
    assertEquals([field(block, 345, 155), field(block, 0, 100)], [prefix, name]);
  });
}

const extended: [what: string, entry: Partial<TarEntry>, records: Record<string, string>][] = [
  ["a name that cannot be split", { path: d(101) }, { path: d(101) }],
  ["a prefix that is too long", { path: `${d(156)}/a` }, { path: `${d(156)}/a` }],
  ["a folder whose slash is too much", { path: d(100), isFolder: true, size: 0 }, {
    path: `${d(100)}/`,
  }],
  ["a name beyond ASCII", { path: "ä/😀" }, { path: "ä/😀" }],
  ["a line feed in such a name", { path: "ä\nb=c" }, { path: "ä\nb=c" }],
  ["8 GiB", { size: 8 ** 11 }, { size: "8589934592" }],
  ["a time before 1970", { modified: -1 }, { mtime: "-1" }],
  ["a time after 2242", { modified: 8 ** 11 }, { mtime: "8589934592" }],
  ["all of it", { path: "ä", size: 8 ** 12, modified: -5 }, {
    path: "ä",
    size: "68719476736",
    mtime: "-5",
  }],
];
for (const [what, entry, records] of extended) {
  Deno.test(`serializeTarHeader puts ${what} into records (POSIX.1 pax)`, () => {
    assertEquals(recordsOf(headerOf(entry)), records);
  });
}

Deno.test("serializeTarHeader counts the digits of a record's length too", () => {
  for (let length = 101; length < 2_100; length++) {
    const path = d(length);
    assertEquals(recordsOf(headerOf({ path })), { path });
  }
});

Deno.test("serializeTarHeader needs no record for just less than 8 GiB", () => {
  const block = headerOf({ size: 8 ** 11 - 1 });
  assertEquals([block.length, field(block, 124, 12)], [512, "77777777777"]);
});

Deno.test("TarBuilder lays out what is bigger than 2^32 octets", () => {
  const builder = new TarBuilder();
  const size = 2 ** 40 + 1;
  for (const path of ["a", "b"]) {
    builder.add({ ...FILE, path, size, identity: { ...IDENTITY, size } });
  }
  const source = builder.build((path) => path);
  // A header, its records and the header itself, twice, and two blocks of zeros.
  assertEquals(source.length, 2 * (3 * BLOCK + 2 ** 40 + BLOCK) + 2 * BLOCK);
  const start = source.length - 2 * BLOCK - 511;
  const parts = [...source.slice({ start, end: source.length }).parts()];
  assertEquals(parts.length, 1);
  assertEquals((parts[0] as Uint8Array).length, 2 * BLOCK + 511);
  assert((parts[0] as Uint8Array).every((octet) => octet === 0));
  assertEquals(source.lastModified, null);
});
