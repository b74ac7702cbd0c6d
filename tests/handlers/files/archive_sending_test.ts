// Archives as they are sent: every range of one is that range of the whole, nothing is opened before its
// turn, and what has changed meanwhile is not sent under an old name.

import { archiveFolder } from "../../../lib/handlers/files/archive_folder.ts";
import { FileChanged } from "../../../lib/handlers/files/file_source.ts";
import { Representation } from "../../../lib/handlers/representation.ts";
import { type ContentParts, FileSlice } from "../../../lib/server/file_slice.ts";
import { assertEquals, assertInstanceOf, assertThrows } from "../../deps.ts";
import { ALL, fill, materialise, oddFiles, wholeOf, withFolder } from "../../support/archives.ts";
import { parseByteranges } from "../../support/byteranges.ts";
import { toBytes } from "../../support/raw_client.ts";
import { getWith, requestOf } from "../../support/request.ts";
import { SeededRandom } from "../../support/seeded_random.ts";

const random = new SeededRandom();
const odd = oddFiles(random);

Deno.test("archiveFolder: every range of an archive is that range of the whole", async () => {
  await withFolder(async (folder) => {
    fill(`${folder}/in`, { ...odd, "big": random.bytes(3_000) });
    const source = await archiveFolder(`${folder}/in`, ALL);
    const whole = wholeOf(source);
    const check = (start: number, wanted: number) => {
      const end = Math.min(wanted, whole.length);
      assertEquals(
        materialise(source.slice({ start, end })),
        whole.slice(start, end),
        `${start} to ${end}, seed ${random.seed}`,
      );
    };
    for (let i = 0; i < 1_500; i++) {
      const start = random.int(whole.length);
      check(start, start + 1 + random.int(random.pick([2, 600, whole.length - start])));
    }
    // Where headers, contents and padding meet.
    for (let border = 0; border < whole.length; border += 512) {
      check(border, border + 1);
      check(border, border + 512);
      check(Math.max(border - 1, 0), border + 1);
    }
    check(whole.length - 1, whole.length);
  });
});

Deno.test("archiveFolder: an archive can be had in pieces by curl's habits", async () => {
  await withFolder(async (folder) => {
    fill(`${folder}/in`, odd);
    const source = await archiveFolder(`${folder}/in`, ALL);
    const { etag, lastModified } = source;
    const archive = new Representation(source, {
      mediaType: "application/x-tar",
      etag,
      lastModified,
    });
    const whole = archive.answer(getWith());
    assertEquals([whole.status, (whole.content as ContentParts).length], [200, source.length]);
    const rest = archive.answer(getWith("Range: bytes=1000-", `If-Range: ${etag}`));
    assertEquals(rest.status, 206);
    assertEquals(materialise(rest.content as ContentParts), wholeOf(source).slice(1000));
    const again = archive.answer(getWith("Range: bytes=1000-", 'If-Range: "other"'));
    assertEquals(again.status, 200);
    assertEquals(archive.answer(requestOf("HEAD / HTTP/1.1\r\nHost: a")).status, 200);
    assertEquals(archive.answer(getWith(`If-None-Match: ${etag}`)).status, 304);
    const several = archive.answer(getWith("Range: bytes=0-9,600-1700,-20"));
    const parts = parseByteranges(
      several.fields.get("content-type"),
      materialise(several.content as ContentParts),
    );
    assertEquals(parts.length, 3);
  });
});

const troubles: [what: string, change: (file: string) => void, error: ErrorConstructor][] = [
  ["shrank", (file) => Deno.truncateSync(file, 10), FileChanged as ErrorConstructor],
  [
    "grew",
    (file) => Deno.writeTextFileSync(file, "x", { append: true }),
    FileChanged as ErrorConstructor,
  ],
  [
    "changed",
    (file) => Deno.writeFileSync(file, new Uint8Array(2_000)),
    FileChanged as ErrorConstructor,
  ],
  ["vanished", (file) => Deno.removeSync(file), Deno.errors.NotFound as ErrorConstructor],
  ["became a folder", (file) => {
    Deno.removeSync(file);
    Deno.mkdirSync(file);
  }, FileChanged as ErrorConstructor],
  ["became a FIFO", (file) => {
    Deno.removeSync(file);
    new Deno.Command("mkfifo", { args: [file] }).outputSync();
  }, FileChanged as ErrorConstructor],
];
for (const [what, change, error] of troubles) {
  Deno.test(`archiveFolder: sending breaks off before a file that ${what}`, {
    ignore: Deno.build.os === "windows",
  }, async () => {
    await withFolder(async (folder) => {
      fill(folder, { a: "first", b: "x".repeat(2_000), c: "last" });
      const source = await archiveFolder(folder, ALL);
      const whole = wholeOf(source);
      change(`${folder}/b`);
      const at = new TextDecoder().decode(whole).indexOf("first");
      assertEquals(materialise(source.slice({ start: at, end: at + 5 })), toBytes("first"));
      assertThrows(() => wholeOf(source), error);
    });
  });
}

Deno.test("archiveFolder: nothing is opened before its turn", async () => {
  await withFolder(async (folder) => {
    fill(folder, { a: "1", b: "2" });
    const source = await archiveFolder(folder, ALL);
    source.slice({ start: 0, end: source.length });
    const parts = source.slice({ start: 0, end: source.length }).parts()[Symbol.iterator]();
    assertInstanceOf(parts.next().value, Uint8Array);
    const slice = parts.next().value;
    assertInstanceOf(slice, FileSlice);
    // The test runner would report what else had been left open.
    slice.file.close();
    parts.return?.();
  });
});
