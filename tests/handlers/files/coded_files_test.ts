// "Siblings `.br`, `.zst`, `.gz` are preferred …; otherwise text types over 1 KiB are compressed …, `Vary` on
// every variant, an ETag of its own per coding, ranges only where they are right" (issue 3), end to end: what
// is decoded here came over a socket. Negotiation and the compressor have tests of their own.

import {
  brotliCompressSync,
  brotliDecompressSync,
  gunzipSync,
  gzipSync,
  zstdCompressSync,
  zstdDecompressSync,
} from "node:zlib";
import { assert, assertEquals, assertMatch, assertNotEquals } from "../../deps.ts";
import { datedFile, FIXTURE_DATE, writeDated } from "../../support/fixture_folder.ts";
import type { RawResponse } from "../../support/raw_client.ts";
import { assertSameOctets, fieldOf, serveFolder } from "../../support/served_folder.ts";

const TEXT = Array.from({ length: 8_000 }, (_, i) => `line ${i} of many\n`).join("");
const OCTETS = new TextEncoder().encode(TEXT);
/** More than is kept in memory: compressed while it is sent. */
const LARGE = new TextEncoder().encode(TEXT.repeat(40));
const DECODE: Record<string, (octets: Uint8Array) => Uint8Array> = {
  br: brotliDecompressSync,
  gzip: gunzipSync,
  zstd: zstdDecompressSync,
};
const CODINGS = Object.keys(DECODE);

function assertDecoded(response: RawResponse, octets: Uint8Array): void {
  const coding = response.field("content-encoding") ?? "identity";
  const decode = DECODE[coding] ?? ((content: Uint8Array) => content);
  assertSameOctets(decode(response.content), octets, coding);
}

for (const coding of CODINGS) {
  Deno.test(`files sends text in ${coding} to who takes it, with a tag of its own and Vary (RFC 9110 8.8.3.3, 12.5.5)`, async () => {
    await using served = serveFolder({ "a.txt": OCTETS });
    const plain = await served.get("/a.txt");
    assertEquals([plain.field("content-encoding"), plain.field("vary")], [null, "Accept-Encoding"]);
    assertSameOctets(plain.content, OCTETS);
    const accept = `Accept-Encoding: ${coding}`;
    const coded = await served.get("/a.txt", accept);
    assertEquals([coded.status, coded.field("content-encoding")], [200, coding]);
    assertEquals(coded.field("content-type"), "text/plain; charset=utf-8");
    assertEquals(coded.field("vary"), "Accept-Encoding");
    assert(coded.content.length < OCTETS.length / 3);
    assertDecoded(coded, OCTETS);
    const tag = fieldOf(coded, "etag");
    assertNotEquals(tag, plain.field("etag"));
    assertMatch(tag, /^"/);
    const head = await served.head("/a.txt", accept);
    assertEquals(
      [head.field("content-length"), head.field("etag")],
      [String(coded.content.length), tag],
    );

    const fresh = await served.get("/a.txt", accept, `If-None-Match: ${tag}`);
    assertEquals([fresh.status, fresh.field("etag"), fresh.field("vary")], [
      304,
      tag,
      "Accept-Encoding",
    ]);
    assertEquals((await served.get("/a.txt", `If-None-Match: ${tag}`)).status, 200);
    const other = await served.get("/a.txt", accept, `If-None-Match: ${plain.field("etag")}`);
    assertEquals(other.status, 200);
    assertEquals((await served.get("/a.txt", accept, `If-Match: ${tag}`)).status, 200);
    assertEquals(
      (await served.get("/a.txt", accept, `If-Match: ${plain.field("etag")}`)).status,
      412,
    );
  });

  Deno.test(`files sends parts of what is in ${coding}, which are parts of the coded octets (RFC 9110 14)`, async () => {
    await using served = serveFolder({ "a.txt": OCTETS });
    const accept = `Accept-Encoding: ${coding}`;
    const whole = await served.get("/a.txt", accept);
    const lines = [accept, `If-Range: ${fieldOf(whole, "etag")}`];
    const part = await served.get("/a.txt", ...lines, "Range: bytes=10-99");
    assertEquals([part.status, part.field("content-encoding")], [206, coding]);
    assertEquals(part.field("content-range"), `bytes 10-99/${whole.content.length}`);
    assertSameOctets(part.content, whole.content.subarray(10, 100));
    // The tag of another variant is that of another representation.
    const other = await served.get("/a.txt", lines[1]!, "Range: bytes=10-99");
    assertEquals([other.status, other.content.length], [200, OCTETS.length]);
  });

  Deno.test(`files compresses ${coding} while it sends where a file is large`, async () => {
    await using served = serveFolder({ "a.txt": LARGE });
    const accept = `Accept-Encoding: ${coding}`;
    const plain = await served.get("/a.txt");
    assertSameOctets(plain.content, LARGE);
    const coded = await served.get("/a.txt", accept, "Range: bytes=0-9");
    assertEquals([coded.status, coded.field("content-encoding")], [200, coding]);
    assertEquals([coded.field("content-range"), coded.field("vary")], [null, "Accept-Encoding"]);
    assertDecoded(coded, LARGE);
    const tag = fieldOf(coded, "etag");
    assertMatch(tag, /^W\/"/);
    const fresh = await served.get("/a.txt", accept, `If-None-Match: ${tag}`);
    assertEquals([fresh.status, fresh.field("etag"), fresh.field("vary")], [
      304,
      tag,
      "Accept-Encoding",
    ]);
    assertEquals(fresh.field("content-encoding"), null);
    assertEquals((await served.get("/a.txt", accept, `If-Match: ${tag}`)).status, 412);
    const head = await served.head("/a.txt", accept);
    assertEquals([head.status, head.field("etag"), head.content.length], [200, tag, 0]);
  });
}

const BY_CODING = {
  br: [".br", brotliCompressSync(OCTETS)],
  gzip: [".gz", gzipSync(OCTETS)],
  zstd: [".zst", zstdCompressSync(OCTETS)],
} as const;
for (const [coding, [extension, octets]] of Object.entries(BY_CODING)) {
  Deno.test(`files sends the sibling ${extension} where it is not older, with its own tag and ranges`, async () => {
    // Not text, so that nothing but the sibling can be sent coded.
    await using served = serveFolder({ "a.bin": OCTETS, [`a.bin${extension}`]: octets });
    const accept = `Accept-Encoding: ${coding}`;
    const coded = await served.get("/a.bin", accept);
    assertEquals([coded.field("content-encoding"), coded.field("vary")], [
      coding,
      "Accept-Encoding",
    ]);
    assertEquals(coded.field("content-type"), "application/octet-stream");
    assertSameOctets(coded.content, octets);
    const plain = await served.get("/a.bin");
    assertEquals([plain.field("content-encoding"), plain.field("vary")], [null, "Accept-Encoding"]);
    assertSameOctets(plain.content, OCTETS);
    assertNotEquals(plain.field("etag"), coded.field("etag"));
    assertEquals(
      (await served.get("/a.bin", accept, `If-None-Match: ${coded.field("etag")}`)).status,
      304,
    );
    const part = await served.get("/a.bin", accept, "Range: bytes=-9");
    assertSameOctets(part.content, octets.subarray(-9));

    // It is asked for by its own name too, and is a file like any other then.
    const itself = await served.get(`/a.bin${extension}`);
    assertEquals(itself.field("content-encoding"), null);
    assertSameOctets(itself.content, octets);

    const path = `${served.root}/a.bin${extension}`;
    writeDated(path, octets, new Date(FIXTURE_DATE.getTime() - 1_000));
    assertSameOctets((await served.get("/a.bin", accept)).content, OCTETS, "the sibling is older");
    writeDated(path, octets, FIXTURE_DATE);
    assertSameOctets((await served.get("/a.bin", accept)).content, octets, "it is not any more");
    Deno.removeSync(path);
    assertSameOctets((await served.get("/a.bin", accept)).content, OCTETS, "it is gone");
  });
}

Deno.test("files prefers a sibling to what it would have to make, for an index too", async () => {
  const marked = gzipSync(OCTETS, { level: 1 });
  await using served = serveFolder({ "index.html": OCTETS, "index.html.gz": marked });
  for (const path of ["/", "/index.html"]) {
    const response = await served.get(path, "Accept-Encoding: gzip, br");
    assertEquals(response.field("content-encoding"), "gzip", path);
    assertEquals(response.field("content-type"), "text/html; charset=utf-8");
    assertSameOctets(response.content, marked);
  }
});

Deno.test("files sends as they are what is small, what is compressed, and what nobody wants coded", async () => {
  const png = new Uint8Array(5_000);
  await using served = serveFolder({
    "small.txt": "s".repeat(1_024),
    "a.png": png,
    "a.txt": OCTETS,
    "a.bin": OCTETS,
    "new.bin": datedFile(OCTETS, new Date("2025-01-01T00:00:00Z")),
    "new.bin.br": "old",
  });
  const cases: [path: string, accept: string][] = [
    ["/small.txt", "br, gzip, zstd"],
    ["/a.png", "br, gzip, zstd"],
    ["/a.bin", "br, gzip, zstd"],
    ["/new.bin", "br, gzip, zstd"],
    ["/a.txt", "identity"],
    ["/a.txt", "br;q=0, gzip;q=0, zstd;q=0"],
    ["/a.txt", "compress"],
    ["/a.txt", ""],
  ];
  for (const [path, accept] of cases) {
    const { status, field } = await served.get(path, `Accept-Encoding: ${accept}`);
    assertEquals([status, field("content-encoding")], [200, null], `${path} ${accept}`);
  }
});

Deno.test("files answers 406 to who refuses identity where nothing else may be had (RFC 9110 12.5.3)", async () => {
  await using served = serveFolder({ "a.png": new Uint8Array(5_000), "a.txt": OCTETS });
  for (const path of ["/a.png", "/a.txt"]) {
    const { status, field } = await served.get(path, "Accept-Encoding: identity;q=0, x-other");
    assertEquals([status, field("x-content-type-options")], [406, "nosniff"], path);
  }
});

Deno.test("files compresses nothing where that is off, siblings aside or not", async () => {
  await using served = serveFolder({ "a.txt": OCTETS, "large.txt": LARGE }, { compress: false });
  for (const path of ["/a.txt", "/large.txt"]) {
    const { field } = await served.get(path, "Accept-Encoding: br, gzip, zstd");
    assertEquals([field("content-encoding"), field("vary")], [null, null]);
    assertEquals(field("accept-ranges"), "bytes");
  }
});

Deno.test("files gives a variant to all who ask for it at once, the first time too", async () => {
  await using served = serveFolder({ "a.txt": OCTETS, "large.txt": LARGE });
  const asked = Array.from({ length: 30 }, async (_, i) => {
    const [path, octets] = i % 5 === 0
      ? ["/large.txt", LARGE] as const
      : ["/a.txt", OCTETS] as const;
    const response = await served.get(path, `Accept-Encoding: ${CODINGS[i % 3]}`);
    assertEquals(response.status, 200);
    assertDecoded(response, octets);
  });
  await Promise.all(asked);
});

Deno.test("files gives a folder as an archive whose parts fit together (issue 3)", async () => {
  await using served = serveFolder(
    { dir: { "a.txt": OCTETS, sub: { "é.txt": "e" }, ".hidden": "secret" } },
    { archive: true },
  );
  const whole = await served.get("/dir/?archive=tar");
  assertEquals([whole.status, whole.field("content-type")], [200, "application/x-tar"]);
  assertMatch(whole.field("content-disposition") ?? "", /^attachment; .*dir\.tar/);
  assertEquals(whole.content.length % 512, 0);
  assert(!whole.text().includes("secret"));
  const head = await served.head("/dir/?archive=tar");
  assertEquals(head.field("content-length"), String(whole.content.length));
  const range = ["Range: bytes=1000-", `If-Range: ${fieldOf(whole, "etag")}`];
  const rest = await served.get("/dir/?archive=tar", ...range);
  assertEquals(rest.status, 206);
  assertSameOctets(rest.content, whole.content.subarray(1000));
  await using without = serveFolder({ dir: { "a.txt": "a" } });
  const listing = await without.get("/dir/?archive=tar");
  assertEquals(listing.field("content-type"), "text/html; charset=utf-8");
});
