// Folders to be archived and what comes of them, for tests of archives. Parts are made to octets as the
// driver would send them; tar itself says what is inside.

import type { ArchiveOptions } from "../../lib/handlers/files/archive_folder.ts";
import type { TarSource } from "../../lib/handlers/files/tar_source.ts";
import { type ContentParts, FileSlice } from "../../lib/server/file_slice.ts";
import { assert, assertEquals } from "../deps.ts";
import { toBytes } from "./raw_client.ts";
import type { SeededRandom } from "./seeded_random.ts";

export const ALL: ArchiveOptions = { name: "site", accepts: () => true };
export const LONG_AGO = new Date("2020-02-02T02:02:02Z");

/** Runs `use` with a folder that is removed after it. */
export async function withFolder(use: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "rawserve_tar_" });
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Writes files by their path below `folder`, with the folders on the way; all of them are old. */
export function fill(folder: string, files: Record<string, Uint8Array | string>): void {
  for (const [path, content] of Object.entries(files)) {
    const file = `${folder}/${path}`;
    Deno.mkdirSync(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    Deno.writeFileSync(file, typeof content === "string" ? toBytes(content) : content);
  }
  makeOld(folder);
}

export function makeOld(folder: string): void {
  for (const { name, isDirectory, isSymlink } of Deno.readDirSync(folder)) {
    if (isDirectory) makeOld(`${folder}/${name}`);
    else if (!isSymlink) Deno.utimeSync(`${folder}/${name}`, LONG_AGO, LONG_AGO);
  }
  Deno.utimeSync(folder, LONG_AGO, LONG_AGO);
}

/** The octets of all parts, as the driver would send them: never more than the promised length. */
export function materialise(content: ContentParts): Uint8Array {
  const octets = new Uint8Array(content.length);
  let end = 0;
  for (const part of content.parts()) {
    if (!(part instanceof FileSlice)) {
      assert(part.length > 0, "a part is empty");
      octets.set(part, end);
      end += part.length;
      continue;
    }
    assert(part.length > 0, "a slice is empty");
    part.file.seekSync(part.offset, Deno.SeekMode.Start);
    for (let left = part.length; left > 0;) {
      const count = part.file.readSync(octets.subarray(end, end + left));
      assert(count !== null, "a file is too short");
      end += count;
      left -= count;
    }
    part.file.close();
  }
  assertEquals(end, content.length);
  return octets;
}

export function wholeOf(source: TarSource): Uint8Array {
  return materialise(source.slice({ start: 0, end: source.length }));
}

export async function run(command: string, args: string[], input?: Uint8Array): Promise<string> {
  const process = new Deno.Command(command, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { LC_ALL: "C.UTF-8", TZ: "UTC" },
  }).spawn();
  const writer = process.stdin.getWriter();
  const written = (async () => {
    if (input !== undefined) await writer.write(input);
    await writer.close();
  })();
  const { success, stdout, stderr } = await process.output();
  await written;
  const text = new TextDecoder();
  assertEquals([success, text.decode(stderr)], [true, ""]);
  return text.decode(stdout);
}

export async function listed(source: TarSource): Promise<string[]> {
  const names = await run("tar", ["-tf", "-", "--quoting-style=literal"], wholeOf(source));
  return names.split("\n").slice(0, -1);
}

/** Files whose names and sizes are as odd as a file system allows. */
export function oddFiles(random: SeededRandom): Record<string, Uint8Array | string> {
  const deep = Array.from({ length: 12 }, (_, i) => `level-${i}-${"x".repeat(20)}`).join("/");
  return {
    "a.txt": "hello\n",
    "empty": "",
    "empty folder/inside": "",
    "block": random.bytes(512),
    "block and one": random.bytes(513),
    "block less one": random.bytes(511),
    "big": random.bytes(300_000),
    "-rf": "leading dash",
    "--checkpoint-action=exec=sh": "option",
    "new\nline": "newline",
    "tab\tand\rreturn": "control",
    "\x1b[2J\x7f": "escape",
    "back\\slash": "backslash",
    "quote\"s'": "quotes",
    "%41#?+&*<script>": "characters",
    " spaces  ": "spaces",
    ".hidden": "dot",
    "中文.txt": "Chinese",
    "😀/👩‍👩‍👧.txt": "emoji",
    "nfc-\u00e9": "composed",
    "nfd-e\u0301": "decomposed",
    ["n".repeat(99)]: "99",
    ["n".repeat(100)]: "100",
    ["n".repeat(101)]: "101",
    ["n".repeat(255)]: "255",
    [`${"d".repeat(100)}/${"f".repeat(100)}`]: "just fits",
    [`${"d".repeat(155)}/f`]: "too long by the archive's own folder",
    [`${"ü".repeat(127)}/${"ä".repeat(127)}`]: "254 octets each",
    [`${deep}/leaf.txt`]: "deep",
    [`${deep}/${"l".repeat(200)}`]: "deep and long",
  };
}
