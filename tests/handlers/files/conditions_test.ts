// "If-None-Match, If-Modified-Since, If-Match, If-Unmodified-Since, If-Range in the order of RFC 9110
// 13.2.2; all three date forms read, one written. 304 and 412 carry what they must." And ranges, methods,
// and the fields that are always there (issue 3). The rules themselves have tests of their own; here it is
// files that follow them: one that is kept in memory and one that is not.

import { assert, assertEquals, assertMatch } from "../../deps.ts";
import { parseByteranges } from "../../support/byteranges.ts";
import { SeededRandom } from "../../support/seeded_random.ts";
import {
  assertSameOctets,
  fieldOf,
  type ServedFolder,
  serveFolder,
} from "../../support/served_folder.ts";

const SAME = "Mon, 06 May 2024 07:08:09 GMT";
const BEFORE = "Mon, 06 May 2024 07:08:08 GMT";
const AFTER = "Mon, 06 May 2024 07:08:10 GMT";
const FORMS = [SAME, "Monday, 06-May-24 07:08:09 GMT", "Mon May  6 07:08:09 2024"];
const OTHER = '"other"';

const SIZES = { small: 3_000, "not in memory": 1_048_576 };

function testSizes(
  name: string,
  fn: (given: { served: ServedFolder; octets: Uint8Array; tag: string }) => Promise<void>,
): void {
  for (const [what, size] of Object.entries(SIZES)) {
    Deno.test(`files ${name} (a file that is ${what})`, async () => {
      const octets = new SeededRandom(size).bytes(size);
      await using served = serveFolder({ "a.bin": octets });
      const tag = fieldOf(await served.head("/a.bin"), "etag");
      await fn({ served, octets, tag });
    });
  }
}

testSizes(
  "tells a strong tag, the date, its type and that it takes ranges",
  async ({ served, octets }) => {
    for (const method of ["GET", "HEAD"]) {
      const { status, field, content } = await served.ask(method, "/a.bin");
      assertEquals(status, 200);
      assertMatch(field("etag") ?? "", /^"[!#-~]+"$/);
      assertEquals(field("last-modified"), SAME);
      assertEquals(field("content-type"), "application/octet-stream");
      assertEquals(field("content-length"), String(octets.length));
      assertEquals(field("accept-ranges"), "bytes");
      assertEquals(field("cache-control"), "no-cache");
      assertEquals(field("x-content-type-options"), "nosniff");
      assertEquals([field("vary"), field("content-encoding")], [null, null]);
      if (method === "GET") assertSameOctets(content, octets);
    }
  },
);

testSizes(
  "follows each condition, in the order of RFC 9110 13.2.2",
  async ({ served, octets, tag }) => {
    const cases: [lines: string[], status: number][] = [
      [[`If-None-Match: ${tag}`], 304],
      [[`If-None-Match: W/${tag}`], 304],
      [[`If-None-Match: ${OTHER}, ${tag}`], 304],
      [[`If-None-Match: ${OTHER}`, `If-None-Match: ${tag}`], 304],
      [["If-None-Match: *"], 304],
      [[`If-None-Match: ${OTHER}`], 200],
      [[`If-None-Match: ${tag.replaceAll('"', "")}`], 200],
      ...FORMS.map((date): [string[], number] => [[`If-Modified-Since: ${date}`], 304]),
      [[`If-Modified-Since: ${AFTER}`], 304],
      [[`If-Modified-Since: ${BEFORE}`], 200],
      [["If-Modified-Since: yesterday"], 200],
      [[`If-None-Match: ${OTHER}`, `If-Modified-Since: ${SAME}`], 200],
      [[`If-None-Match: ${tag}`, `If-Modified-Since: ${BEFORE}`], 304],
      [[`If-Match: ${tag}`], 200],
      [[`If-Match: ${OTHER}, ${tag}`], 200],
      [["If-Match: *"], 200],
      [[`If-Match: ${OTHER}`], 412],
      [[`If-Match: W/${tag}`], 412],
      ...FORMS.map((date): [string[], number] => [[`If-Unmodified-Since: ${date}`], 200]),
      [[`If-Unmodified-Since: ${AFTER}`], 200],
      [[`If-Unmodified-Since: ${BEFORE}`], 412],
      [[`If-Match: ${tag}`, `If-Unmodified-Since: ${BEFORE}`], 200],
      [[`If-Match: ${OTHER}`, `If-Unmodified-Since: ${SAME}`], 412],
      [[`If-Match: ${OTHER}`, `If-None-Match: ${tag}`], 412],
      [[`If-Match: ${tag}`, `If-None-Match: ${tag}`], 304],
      [[`If-None-Match: ${tag}`, "Range: bytes=0-0"], 304],
      [[`If-Match: ${OTHER}`, "Range: bytes=0-0"], 412],
      [[`If-Match: ${tag}`, "Range: bytes=0-0"], 206],
      [[`If-None-Match: ${tag}`, "Range: bytes=99999999-"], 304],
    ];
    for (const [lines, status] of cases) {
      for (const method of ["GET", "HEAD"]) {
        const response = await served.ask(method, "/a.bin", ...lines);
        // Range is for GET alone (14.2).
        const expected = method === "HEAD" && status === 206 ? 200 : status;
        assertEquals(response.status, expected, `${method} ${lines.join(", ")}`);
        if (status === 200 && method === "GET") assertSameOctets(response.content, octets);
      }
    }
  },
);

testSizes(
  "sends what must be with 304 and 412, and no content (15.4.5, 15.5.13)",
  async ({ served, tag }) => {
    for (const method of ["GET", "HEAD"]) {
      const fresh = await served.ask(method, "/a.bin", `If-None-Match: ${tag}`);
      assertEquals([fresh.status, fresh.content.length, fresh.framing], [304, 0, "none"]);
      assertEquals(fresh.field("etag"), tag);
      assertEquals(fresh.field("cache-control"), "no-cache");
      assertMatch(fresh.field("date") ?? "", / GMT$/);
      assertEquals([fresh.field("content-type"), fresh.field("content-encoding")], [null, null]);
      assertEquals(fresh.field("content-length"), null);
      const failed = await served.ask(method, "/a.bin", `If-Match: ${OTHER}`);
      assertEquals([failed.status, failed.field("etag")], [412, null]);
      assertEquals(failed.field("x-content-type-options"), "nosniff");
    }
  },
);

testSizes(
  "sends the part that is asked for (RFC 9110 14.2, 15.3.7)",
  async ({ served, octets, tag }) => {
    const { length } = octets;
    const last = length - 1;
    const ranges: [asked: string, start: number, end: number][] = [
      ["0-0", 0, 1],
      ["0-499", 0, 500],
      ["500-999", 500, 1000],
      ["1000-", 1000, length],
      ["-1", last, length],
      ["-700", length - 700, length],
      [`-${length + 1}`, 0, length],
      [`${last}-`, last, length],
      [`${last}-99999999`, last, length],
      ["0-99999999999999999999", 0, length],
      ["0-9,5-20", 0, 21],
      ["10-19,0-9", 0, 20],
      ["0-1,99999999-", 0, 2],
    ];
    for (const [asked, start, end] of ranges) {
      const { status, field, content } = await served.get("/a.bin", `Range: bytes=${asked}`);
      assertEquals(
        [status, field("content-range")],
        [206, `bytes ${start}-${end - 1}/${length}`],
        asked,
      );
      assertSameOctets(content, octets.subarray(start, end), asked);
      assertEquals([field("etag"), field("last-modified")], [tag, SAME]);
      assertEquals(field("content-type"), "application/octet-stream");
    }
  },
);

testSizes(
  "sends several parts as multipart/byteranges (RFC 9110 14.6)",
  async ({ served, octets }) => {
    const { length } = octets;
    const { status, field, content } = await served.get("/a.bin", "Range: bytes=2000-2099,0-9,-5");
    assertEquals([status, field("content-range")], [206, null]);
    const parts = parseByteranges(field("content-type"), content);
    const expected = [[2000, 2100], [0, 10], [length - 5, length]] as const;
    assertEquals(parts.length, expected.length);
    for (const [i, [start, end]] of expected.entries()) {
      assertEquals(parts[i]?.contentRange, `bytes ${start}-${end - 1}/${length}`);
      assertEquals(parts[i]?.contentType, "application/octet-stream");
      assertSameOctets(parts[i]!.content, octets.subarray(start, end));
    }
  },
);

testSizes(
  "answers 416 where nothing of it is there, and ignores what is malformed",
  async ({ served, octets }) => {
    const { length } = octets;
    for (const asked of [`${length}-`, `${length}-${length + 5}`, "99999999-", "-0"]) {
      const { status, field } = await served.get("/a.bin", `Range: bytes=${asked}`);
      assertEquals([status, field("content-range")], [416, `bytes */${length}`], asked);
      assertEquals(field("x-content-type-options"), "nosniff");
    }
    const many = Array.from({ length: 200 }, (_, i) => `${i * 2}-${i * 2}`).join();
    const ignored = [
      "bytes=",
      "bytes=-",
      "bytes=2-1",
      "bytes=a-b",
      "items=0-1",
      "bytes 0-1",
      "0-1",
    ];
    for (const value of [...ignored, "bytes=0-1,x", "bytes= 0-1", `bytes=${many}`]) {
      const { status, content, field } = await served.get("/a.bin", `Range: ${value}`);
      assertEquals([status, field("content-range")], [200, null], value);
      assertSameOctets(content, octets, value);
    }
    const head = await served.head("/a.bin", "Range: bytes=0-0");
    assertEquals([head.status, head.field("content-length")], [200, String(length)]);
  },
);

testSizes("follows If-Range (RFC 9110 13.1.5)", async ({ served, octets, tag }) => {
  const cases: [value: string, status: number][] = [
    [tag, 206],
    ...FORMS.map((date): [string, number] => [date, 206]),
    [`W/${tag}`, 200],
    [OTHER, 200],
    [BEFORE, 200],
    [AFTER, 200],
    ["*", 200],
    [`${tag}, ${OTHER}`, 200],
  ];
  for (const [value, status] of cases) {
    const lines = ["Range: bytes=100-199", `If-Range: ${value}`];
    const response = await served.get("/a.bin", ...lines);
    assertEquals(response.status, status, value);
    assertSameOctets(response.content, status === 206 ? octets.subarray(100, 200) : octets, value);
    const beyond = await served.get("/a.bin", "Range: bytes=99999999-", `If-Range: ${value}`);
    assertEquals(beyond.status, status === 206 ? 416 : 200, value);
  }
});

Deno.test("files takes no date for If-Range that may have seen two versions (RFC 9110 8.8.2.2)", async () => {
  await using served = serveFolder({});
  Deno.writeTextFileSync(`${served.root}/new.txt`, "first version");
  const { field } = await served.get("/new.txt");
  const lines = ["Range: bytes=0-0", `If-Range: ${field("last-modified")}`];
  assertEquals((await served.get("/new.txt", ...lines)).status, 200);
});

Deno.test("files ignores the ranges of an empty file (RFC 9110 14.2)", async () => {
  await using served = serveFolder({ empty: "" });
  for (const range of ["0-0", "0-", "-1"]) {
    const { status, content } = await served.get("/empty", `Range: bytes=${range}`);
    assertEquals([status, content.length], [200, 0], range);
  }
});

Deno.test("files ignores conditions where there is nothing (RFC 9110 13.2.1)", async () => {
  await using served = serveFolder({});
  for (
    const line of ["If-Match: *", "If-None-Match: *", "Range: bytes=0-0", `If-Range: ${OTHER}`]
  ) {
    assertEquals((await served.get("/nothing", line)).status, 404, line);
  }
});

const methods: [method: string, status: number][] = [
  ["OPTIONS", 204],
  ["POST", 405],
  ["PUT", 405],
  ["DELETE", 405],
  ["PATCH", 405],
  ["TRACE", 405],
  ["PROPFIND", 501],
  ["get", 501],
  ["BREW", 501],
];
for (const [method, status] of methods) {
  Deno.test(`files answers ${status} to ${method}, whatever is at the path (RFC 9110 9.1, 15.5.6, 15.6.2)`, async () => {
    await using served = serveFolder({ "a.txt": "a", dir: {} });
    for (const path of ["/a.txt", "/dir/", "/dir", "/nothing", "/"]) {
      const response = await served.ask(method, path);
      assertEquals(response.status, status, path);
      const allow = status === 501 ? null : "GET, HEAD, OPTIONS";
      assertEquals(response.field("allow"), allow, path);
      assertEquals(response.field("x-content-type-options"), "nosniff", path);
    }
    assertEquals(Deno.readTextFileSync(`${served.root}/a.txt`), "a");
  });
}

Deno.test("files answers OPTIONS * with what it allows (RFC 9110 9.3.7)", async () => {
  await using served = serveFolder({});
  const { status, field } = await served.ask("OPTIONS", "*");
  assertEquals([status, field("allow")], [204, "GET, HEAD, OPTIONS"]);
});

Deno.test("files says nosniff with every answer that it gives", async () => {
  await using served = serveFolder(
    { "a.html": "a", dir: {}, "b.txt": "b".repeat(5_000), "c.bin": new Uint8Array(400_000) },
    { archive: true },
  );
  const asked: [path: string, ...lines: string[]][] = [
    ["/a.html"],
    ["/a.html", "If-None-Match: *"],
    ["/a.html", `If-Match: ${OTHER}`],
    ["/a.html", "Range: bytes=0-0"],
    ["/a.html", "Range: bytes=9-"],
    ["/b.txt", "Range: bytes=0-0,9-9"],
    ["/b.txt", "Accept-Encoding: br"],
    ["/c.bin", "Range: bytes=0-0,9-9"],
    ["/c.bin", "Accept-Encoding: identity;q=0"],
    ["/dir"],
    ["/dir/"],
    ["/dir/", "Accept: application/json"],
    ["/dir/?archive=tar"],
    ["/nothing"],
    ["/.hidden"],
    ["/%00"],
    ["/../x"],
  ];
  const statuses = new Set<number>();
  for (const [path, ...lines] of asked) {
    const { status, field } = await served.get(path, ...lines);
    assertEquals(field("x-content-type-options"), "nosniff", `${path} ${lines}`);
    statuses.add(status);
  }
  assert(statuses.size > 7);
});

Deno.test("files lets caches keep for good what names its content, and what the policy says", async () => {
  const names = { "app.3f9a1c2b.js": "", "app.js": "", "photo-2024.jpg": "", "index.html": "" };
  await using served = serveFolder(names);
  const told = async (path: string) => (await served.get(path)).field("cache-control");
  assertEquals(await told("/app.3f9a1c2b.js"), "max-age=31536000, immutable");
  for (const path of ["/app.js", "/photo-2024.jpg", "/", "/nothing"]) {
    assertEquals(await told(path), "no-cache", path);
  }
});
