// Which variant is chosen, how it is tagged and found on disk; and one whole answer over a real socket,
// with curl as the client where there is one.

import { isAlreadyCompressed, isCompressible } from "../../../lib/handlers/files/compressible.ts";
import { StreamCompressor } from "../../../lib/handlers/files/compressed_stream.ts";
import { compress } from "../../../lib/handlers/files/compressor.ts";
import {
  isVarying,
  LARGEST_KEPT,
  LARGEST_UNCOMPRESSED,
  NOT_ACCEPTABLE,
  selectVariant,
  toCodedEtag,
  toCodingFields,
  VARY,
} from "../../../lib/handlers/files/compression.ts";
import { type Sibling, SiblingFinder } from "../../../lib/handlers/files/siblings.ts";
import { MemorySource } from "../../../lib/handlers/byte_source.ts";
import { Representation } from "../../../lib/handlers/representation.ts";
import type { ContentCoding } from "../../../lib/http1/content_codings.ts";
import { FieldBlock } from "../../../lib/http1/field_block.ts";
import { isEntityTag, isStrongMatch, isWeakMatch } from "../../../lib/http1/preconditions.ts";
import { FileSlice } from "../../../lib/server/file_slice.ts";
import { assert, assertEquals, assertMatch, assertNotEquals, assertThrows } from "../../deps.ts";
import { getWith } from "../../support/request.ts";
import { startServer } from "../../support/server.ts";

const BROWSER = "gzip, deflate, br, zstd";
const LONG_AGO = new Date("2020-01-01T00:00:00Z");
const hasCurl = await new Deno.Command("curl", { args: ["--version"], stdout: "null" })
  .output().then(({ success }) => success, () => false);

function siblingOf(coding: ContentCoding): Sibling {
  return { coding, path: `/a.${coding}`, info: Deno.statSync(".") };
}

/** The variant in a word or two. */
function select(
  acceptEncoding: string | null,
  options: Partial<Parameters<typeof selectVariant>[1]> = {},
): string {
  const file = { isCompressible: true, length: 10_000, siblings: [], isBusy: false, ...options };
  const variant = selectVariant(acceptEncoding, file);
  switch (variant?.kind) {
    case undefined:
      return "406";
    case "sibling":
      return `sibling ${variant.sibling.coding}`;
    case "kept":
      return `kept ${variant.coding}${variant.isForced ? " forced" : ""}`;
    case "streamed":
      return `streamed ${variant.coding}`;
    case "identity":
      return variant.kind;
  }
}

const types: [kind: "compressible" | "compressed" | "neither", ...mediaTypes: string[]][] = [
  [
    "compressible",
    "text/html; charset=utf-8",
    "text/plain",
    "TEXT/CSS",
    "text/javascript",
    "text/markdown;charset=utf-8",
    "application/json",
    "application/ld+json",
    "application/manifest+json",
    "application/xml",
    "application/xhtml+xml",
    "application/atom+xml ; charset=utf-8",
    "application/javascript",
    "application/wasm",
    "application/vnd.ms-fontobject",
    "application/x-ndjson",
    "image/svg+xml",
    "image/bmp",
    "image/vnd.microsoft.icon",
    "font/ttf",
    "font/otf",
    "model/gltf+json",
  ],
  [
    "compressed",
    "image/png",
    "image/jpeg",
    "image/webp",
    "image/avif",
    "video/mp4",
    "audio/mpeg",
    "font/woff",
    "font/woff2",
    "application/zip",
    "application/gzip",
    "application/zstd",
    "application/pdf",
    "application/epub+zip",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  ],
  ["neither", "application/octet-stream", "application/x-tar", "", "text", "text/", "xtext/plain"],
];

for (const [kind, ...mediaTypes] of types) {
  Deno.test(`media types: ${kind}`, () => {
    for (const type of mediaTypes) {
      assertEquals(isCompressible(type), kind === "compressible", type);
      assertEquals(isAlreadyCompressed(type), kind === "compressed", type);
    }
  });
}

Deno.test("selectVariant sends the file as it is to whoever asks for nothing else", () => {
  const siblings = [siblingOf("br")];
  for (const value of [null, "", "identity", "deflate", "br;q=0", "gzip;q=0.1, identity"]) {
    assertEquals(select(value, { siblings }), "identity", `${value}`);
  }
});

Deno.test("selectVariant compresses text above 1 KiB, keeps it up to 4 MiB and streams it above", () => {
  assertEquals(select(BROWSER, { length: LARGEST_UNCOMPRESSED }), "identity");
  assertEquals(select(BROWSER, { length: LARGEST_UNCOMPRESSED + 1 }), "kept br");
  assertEquals(select(BROWSER, { length: LARGEST_KEPT }), "kept br");
  assertEquals(select(BROWSER, { length: LARGEST_KEPT + 1 }), "streamed zstd");
  assertEquals(select("gzip, zstd"), "kept zstd");
  assertEquals(select("gzip, deflate"), "kept gzip");
  assertEquals(select("gzip, br", { length: LARGEST_KEPT + 1 }), "streamed br");
  assertEquals(select("gzip", { length: LARGEST_KEPT + 1 }), "streamed gzip");
});

Deno.test("selectVariant leaves other types alone", () => {
  assertEquals(select(BROWSER, { isCompressible: false }), "identity");
  assertEquals(select(BROWSER, { isCompressible: false, length: 1e9 }), "identity");
});

Deno.test("selectVariant prefers siblings among codings of equal weight, whatever the size and type", () => {
  const siblings = [siblingOf("zstd"), siblingOf("gzip")];
  assertEquals(select(BROWSER, { siblings }), "sibling zstd");
  assertEquals(select("gzip, br", { siblings }), "sibling gzip");
  assertEquals(select("br", { siblings }), "kept br");
  assertEquals(select("gzip;q=0.9, br", { siblings }), "kept br");
  assertEquals(select(BROWSER, { siblings, length: 10 }), "sibling zstd");
  assertEquals(select(BROWSER, { siblings, length: 1e9 }), "sibling zstd");
  assertEquals(select(BROWSER, { siblings, isCompressible: false }), "sibling zstd");
  assertEquals(select("br", { siblings, isCompressible: false }), "identity");
});

Deno.test("selectVariant starts no stream where too many run", () => {
  const big = { length: LARGEST_KEPT + 1, isBusy: true };
  assertEquals(select(BROWSER, big), "identity");
  assertEquals(select(BROWSER, { isBusy: true }), "kept br");
  assertEquals(select(BROWSER, { ...big, siblings: [siblingOf("gzip")] }), "sibling gzip");
  assertEquals(select("gzip, identity;q=0", big), "streamed gzip");
});

Deno.test("selectVariant compresses in any size for whoever refuses identity, or finds nothing (RFC 9110 12.5.3)", () => {
  assertEquals(select("gzip, identity;q=0", { length: 10 }), "kept gzip forced");
  assertEquals(select("gzip, *;q=0", { length: 0 }), "kept gzip forced");
  assertEquals(select("*, identity;q=0"), "kept br forced");
  assertEquals(select("identity;q=0"), "406");
  assertEquals(select("*;q=0", { siblings: [siblingOf("br")] }), "406");
  assertEquals(select("gzip, identity;q=0", { isCompressible: false }), "406");
  const siblings = [siblingOf("gzip")];
  assertEquals(select("gzip, *;q=0", { isCompressible: false, siblings }), "sibling gzip");
});

Deno.test("isVarying says whether Vary belongs to every answer (RFC 9110 12.5.5)", () => {
  assert(isVarying({ isCompressible: true, length: 1, siblings: [] }));
  assert(isVarying({ isCompressible: false, length: 1, siblings: [siblingOf("br")] }));
  assert(!isVarying({ isCompressible: false, length: 1, siblings: [] }));
  assertEquals(NOT_ACCEPTABLE.status, 406);
  assertEquals(NOT_ACCEPTABLE.fields.get("vary"), "Accept-Encoding");
  assertEquals(toCodingFields("zstd"), [["Content-Encoding", "zstd"], VARY]);
});

Deno.test("toCodedEtag gives each variant a tag of its own (RFC 9110 8.8.3.3)", () => {
  assertEquals(toCodedEtag('"abc"', { coding: "br", kind: "sibling" }), '"abc-br"');
  assertEquals(toCodedEtag('W/"abc"', { coding: "br", kind: "sibling" }), 'W/"abc-br"');
  assertEquals(toCodedEtag('"abc"', { coding: "gzip", kind: "streamed" }), 'W/"abc-gzip"');
  assertEquals(toCodedEtag('W/"abc"', { coding: "gzip", kind: "streamed" }), 'W/"abc-gzip"');
  assertMatch(toCodedEtag('"abc"', { coding: "zstd", kind: "kept" }), /^"abc-zstd-[0-9a-z]{1,7}"$/);
  assertMatch(
    toCodedEtag('W/"a"', { coding: "zstd", kind: "kept" }),
    /^W\/"a-zstd-[0-9a-z]{1,7}"$/,
  );
  const tags = ['"abc"'];
  for (const coding of ["br", "zstd", "gzip"] as const) {
    for (const kind of ["sibling", "kept"] as const) {
      tags.push(toCodedEtag('"abc"', { coding, kind }));
    }
  }
  for (const [i, tag] of tags.entries()) {
    assert(isEntityTag(tag) && isStrongMatch(tag, tag));
    for (const other of tags.slice(i + 1)) assert(!isWeakMatch(tag, other));
  }
});

Deno.test("SiblingFinder finds what is not older, not empty, a file, and allowed", () => {
  const folder = Deno.makeTempDirSync();
  const path = `${folder}/a b%.js`;
  const put = (name: string, content: string, mtime: Date) => {
    Deno.writeTextFileSync(name, content);
    Deno.utimeSync(name, mtime, mtime);
  };
  const later = new Date(LONG_AGO.getTime() + 1);
  const earlier = new Date(LONG_AGO.getTime() - 1);
  const found = (isServed = (_: string) => true) =>
    new SiblingFinder({ isServed }).find(path, { mtime: LONG_AGO }).map(({ coding }) => coding);
  try {
    put(path, "x", LONG_AGO);
    assertEquals(found(), []);
    put(`${path}.br`, "b", LONG_AGO);
    put(`${path}.zst`, "z", later);
    put(`${path}.gz`, "g", later);
    assertEquals(found(), ["br", "zstd", "gzip"]);
    assertEquals(found((name) => !name.endsWith(".zst")), ["br", "gzip"]);
    put(`${path}.br`, "b", earlier);
    put(`${path}.zst`, "", later);
    assertEquals(found(), ["gzip"]);
    Deno.removeSync(`${path}.gz`);
    Deno.mkdirSync(`${path}.gz`);
    assertEquals(found(), []);
    assertEquals(new SiblingFinder({ isServed: () => true }).find(path, { mtime: null }), []);
    assertEquals(
      new SiblingFinder({ isServed: () => true }).find(`${folder}/no/a`, { mtime: later }),
      [],
    );
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("SiblingFinder remembers what it knows of a folder until that changes", () => {
  const folder = Deno.makeTempDirSync();
  const path = `${folder}/a.js`;
  const asked: string[] = [];
  const finder = new SiblingFinder({ isServed: (name) => asked.push(name) > 0 });
  const find = () => finder.find(path, { mtime: LONG_AGO }).map(({ coding }) => coding);
  try {
    // A folder that has just changed is not believed.
    assertEquals(find(), []);
    Deno.writeTextFileSync(`${path}.gz`, "g");
    assertEquals(find(), ["gzip"]);
    Deno.removeSync(`${path}.gz`);
    assertEquals(find(), []);
    // One that has not changed for long is: what appears behind its back is not looked for.
    Deno.utimeSync(folder, LONG_AGO, LONG_AGO);
    assertEquals(find(), []);
    Deno.writeTextFileSync(`${path}.br`, "b");
    Deno.utimeSync(folder, LONG_AGO, LONG_AGO);
    assertEquals(find(), []);
    Deno.utimeSync(folder, LONG_AGO, new Date(LONG_AGO.getTime() + 1_000));
    assertEquals(find(), ["br"]);
    // What is known to be there is looked at each time.
    Deno.utimeSync(`${path}.br`, LONG_AGO, new Date(LONG_AGO.getTime() - 1_000));
    assertEquals(find(), []);
    Deno.removeSync(`${path}.br`);
    assertEquals(find(), []);
    assertEquals(asked, [`${path}.gz`, `${path}.br`]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
  assertThrows(() =>
    new SiblingFinder({ isServed: () => true }).find("/a\0b", { mtime: LONG_AGO })
  );
});

Deno.test("a coded variant is a representation of its own: tag, 304, ranges, Vary (RFC 9110 8.8.3.3)", async () => {
  const octets = new TextEncoder().encode("<p>Hello</p>\n".repeat(500));
  const etag = toCodedEtag('"v1"', { coding: "gzip", kind: "kept" });
  const coded = await compress(octets, "gzip");
  const variant = new Representation(new MemorySource(coded), {
    mediaType: "text/html; charset=utf-8",
    etag,
    lastModified: LONG_AGO.getTime(),
    fields: toCodingFields("gzip"),
  });
  const complete = variant.answer(getWith());
  assertEquals(complete.fields.get("content-encoding"), "gzip");
  assertEquals(complete.fields.get("vary"), "Accept-Encoding");
  const notModified = variant.answer(getWith(`If-None-Match: "v1", ${etag}`));
  assertEquals(notModified.status, 304);
  assertEquals(notModified.fields.get("etag"), etag);
  assertEquals(notModified.fields.get("vary"), "Accept-Encoding");
  assertEquals(notModified.fields.get("content-encoding"), null);
  assertEquals(variant.answer(getWith('If-None-Match: "v1"')).status, 200);
  const part = variant.answer(getWith("Range: bytes=2-4", `If-Range: ${etag}`));
  assertEquals(part.status, 206);
  assertEquals(part.content, coded.subarray(2, 5));
  assertEquals(variant.answer(getWith("Range: bytes=2-4", 'If-Range: "v1"')).status, 200);
});

Deno.test({
  name: "curl --compressed gets the content back, whatever coding it asks for",
  ignore: !hasCurl,
  fn: async () => {
    const original = Array.from({ length: 3_000 }, (_, i) => `<li>${i * 7_919 % 1_000}</li>`).join(
      "\n",
    );
    const octets = new TextEncoder().encode(original);
    const sent: string[] = [];
    await using server = startServer(async (request) => {
      const file = { isCompressible: true, length: octets.length, siblings: [], isBusy: false };
      const variant = selectVariant(request.fields.get("accept-encoding"), file);
      if (variant?.kind !== "kept") return NOT_ACCEPTABLE;
      const { coding } = variant;
      sent.push(coding);
      return new Representation(new MemorySource(await compress(octets, coding)), {
        mediaType: "text/html; charset=utf-8",
        etag: toCodedEtag('"v1"', { coding, kind: "kept" }),
        lastModified: null,
        fields: toCodingFields(coding),
      }).answer(request);
    });
    const get = async (...args: string[]) => {
      const { stdout, success } = await new Deno.Command("curl", {
        args: ["-s", "--fail", ...args, `http://127.0.0.1:${server.port}/`],
      }).output();
      assert(success);
      return stdout;
    };
    const { stdout } = await new Deno.Command("curl", { args: ["--version"] }).output();
    const version = new TextDecoder().decode(stdout);
    assertEquals(new TextDecoder().decode(await get("--compressed")), original);
    assertEquals(sent, [/brotli/.test(version) ? "br" : /zstd/.test(version) ? "zstd" : "gzip"]);
    const decodable = ["gzip"];
    if (/zstd/.test(version)) decodable.push("zstd");
    for (const coding of decodable) {
      const text = await get("--compressed", "-H", `Accept-Encoding: ${coding}`);
      assertEquals(new TextDecoder().decode(text), original);
      assertEquals(sent.at(-1), coding);
    }
    // Without --compressed curl hands out what came.
    assertNotEquals((await get("-H", "Accept-Encoding: gzip")).length, octets.length);
  },
});

Deno.test("a compressed stream goes out whole, and frees the file for HEAD and for a client that leaves", async () => {
  const path = Deno.makeTempFileSync();
  // Half noise, so that what comes out is more than any buffer between here and the client holds.
  const octets = new Uint8Array(40_000_000);
  for (let i = 0; i < octets.length; i += 131_072) {
    crypto.getRandomValues(octets.subarray(i, i + 65_536));
  }
  Deno.writeFileSync(path, octets);
  const streams = new StreamCompressor();
  const files: Deno.FsFile[] = [];
  const server = startServer(() => {
    const file = Deno.openSync(path);
    files.push(file);
    const slice = new FileSlice(file, { offset: 0, length: octets.length });
    const fields = new FieldBlock(toCodingFields("gzip"));
    return { status: 200, fields, content: streams.stream(slice, "gzip") };
  });
  try {
    const url = `http://127.0.0.1:${server.port}/`;
    // fetch undoes the coding.
    assertEquals(await fetch(url).then((response) => response.bytes()), octets);
    assertEquals(streams.running, 0);
    assertEquals((await fetch(url, { method: "HEAD" })).headers.get("vary"), "Accept-Encoding");
    assertEquals(streams.running, 0);
    const client = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    await client.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    await client.read(new Uint8Array(1_000));
    assertEquals(streams.running, 1);
    client.close();
    for (let turn = 0; streams.running > 0 && turn < 2_000; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assertEquals(streams.running, 0);
    assertEquals(files.length, 3);
    for (const file of files) assertThrows(() => file.statSync(), Deno.errors.BadResource);
  } finally {
    await server[Symbol.asyncDispose]();
    Deno.removeSync(path);
  }
});
