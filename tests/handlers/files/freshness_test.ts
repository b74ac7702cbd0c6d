// "A file that changes is served fresh at once." And: "two versions of equal size within one second
// differ" (issue 3).

import { assert, assertEquals, assertNotEquals } from "../../deps.ts";
import { needs } from "../../e2e/client_program.ts";
import { FIXTURE_DATE, writeDated } from "../../support/fixture_folder.ts";
import type { RawClient, RawResponse } from "../../support/raw_client.ts";
import {
  assertSameOctets,
  fieldOf,
  type ServedFolder,
  serveFolder,
  toRequest,
} from "../../support/served_folder.ts";
import { startProgram } from "../../support/program.ts";

/** One in memory, one that is read each time. */
const SIZES = { small: 1_000, big: 400_000 };
const ROUNDS = 150;

async function get(client: RawClient, path: string, ...lines: string[]): Promise<RawResponse> {
  await client.send(toRequest("GET", path, ...lines));
  return await client.readResponse();
}

/** A version of a file: `size` octets that no other version has. */
function version(number: number, size: number): Uint8Array {
  return new Uint8Array(size).fill(number % 251).fill(Math.floor(number / 251), 0, 1);
}

/** Makes versions one after the other, asks for each at once, and compares them and their tags. */
async function changesAreSeen(
  served: ServedFolder,
  size: number,
  write: (path: string, octets: Uint8Array, round: number) => void,
): Promise<void> {
  const path = `${served.root}/a.bin`;
  const tags = new Set<string>();
  using client = await served.connect();
  for (let round = 0; round < ROUNDS; round++) {
    const octets = version(round, size);
    write(path, octets, round);
    const first = await get(client, "/a.bin");
    assertSameOctets(first.content, octets, `round ${round}`);
    const tag = fieldOf(first, "etag");
    assert(!tag.startsWith("W/") && !tags.has(tag), `the tag of round ${round} is not new: ${tag}`);
    if (tags.size > 0) {
      const known = `If-None-Match: ${[...tags].slice(-20).join(", ")}`;
      assertEquals(
        (await get(client, "/a.bin", known)).status,
        200,
        `round ${round} is taken for old`,
      );
    }
    tags.add(tag);
    const unconditional = await get(client, "/a.bin");
    assertSameOctets(unconditional.content, octets, `round ${round}, again`);
    tags.add(fieldOf(unconditional, "etag"));
  }
}

for (const [what, size] of Object.entries(SIZES)) {
  Deno.test(`files shows a ${what} file that is written anew in place, with a new tag, at once`, async () => {
    await using served = serveFolder({ "a.bin": "" });
    await changesAreSeen(served, size, (path, octets) => Deno.writeFileSync(path, octets));
  });

  Deno.test(`files shows a ${what} file that another one was renamed to, with a new tag, at once`, async () => {
    await using served = serveFolder({ "a.bin": "" });
    await changesAreSeen(served, size, (path, octets) => {
      Deno.writeFileSync(`${path}.new`, octets);
      Deno.renameSync(`${path}.new`, path);
    });
  });

  Deno.test(`files shows a ${what} file that another of an old date was renamed to`, async () => {
    await using served = serveFolder({ "a.bin": "" });
    await changesAreSeen(served, size, (path, octets, round) => {
      writeDated(`${path}.new`, octets, new Date(FIXTURE_DATE.getTime() + round));
      Deno.renameSync(`${path}.new`, path);
    });
  });

  Deno.test(`files shows a ${what} file that was replaced by one of the same date and size`, async () => {
    // An inode that is free again is given to the next file that is made.
    await using served = serveFolder({ "a.bin": "" });
    await changesAreSeen(served, size, (path, octets) => {
      writeDated(`${path}.new`, octets, FIXTURE_DATE);
      Deno.renameSync(`${path}.new`, path);
    });
  });

  Deno.test(`files follows a ${what} file that grows, is cut, goes and comes back`, async () => {
    await using served = serveFolder({ "a.bin": version(1, size) });
    const path = `${served.root}/a.bin`;
    using client = await served.connect();
    assertSameOctets((await get(client, "/a.bin")).content, version(1, size), "first");
    Deno.writeFileSync(path, version(2, 10), { append: true });
    const grown = await get(client, "/a.bin");
    assertSameOctets(grown.content.subarray(size), version(2, 10), "grown");
    assertEquals(grown.content.length, size + 10);
    Deno.truncateSync(path, 7);
    assertSameOctets((await get(client, "/a.bin")).content, version(1, size).slice(0, 7), "cut");
    Deno.truncateSync(path, 0);
    assertEquals((await get(client, "/a.bin")).content.length, 0);
    Deno.removeSync(path);
    assertEquals((await get(client, "/a.bin")).status, 404);
    Deno.writeFileSync(path, version(3, size));
    assertSameOctets((await get(client, "/a.bin")).content, version(3, size), "back");
    Deno.removeSync(path);
    Deno.mkdirSync(path);
    assertEquals((await get(client, "/a.bin")).status, 301);
    Deno.removeSync(path);
    Deno.writeFileSync(path, version(4, size));
    assertSameOctets((await get(client, "/a.bin")).content, version(4, size), "a file again");
  });
}

Deno.test("files shows a small file that was written anew and has the old one's date and size", async () => {
  // Of a big one nothing tells, where all happens within a second: Deno has no finer times.
  // As `cp -p`, `touch -r`, and builds that give everything the same date leave it.
  await using served = serveFolder({ "a.bin": "" });
  await changesAreSeen(
    served,
    SIZES.small,
    (path, octets) => writeDated(path, octets, FIXTURE_DATE),
  );
});

Deno.test("files shows a change at once in what it compresses, with a new tag", async () => {
  await using served = serveFolder({ "a.txt": "" });
  const tags = new Set<string>();
  for (let round = 0; round < 20; round++) {
    const text = `round ${round} `.repeat(500);
    Deno.writeTextFileSync(`${served.root}/a.txt`, text);
    const { content, field } = await served.get("/a.txt", "Accept-Encoding: gzip");
    assertEquals(field("content-encoding"), "gzip");
    const plain = new Response(content).body!.pipeThrough(new DecompressionStream("gzip"));
    assertEquals(await new Response(plain).text(), text);
    tags.add(field("etag")!);
  }
  assertEquals(tags.size, 20);
});

Deno.test("files gives two versions of equal size and of one millisecond two tags (RFC 9110 8.8.1)", async () => {
  await using served = serveFolder({ "a.txt": "one", "b.txt": "two" });
  const [a, b] = [await served.get("/a.txt"), await served.get("/b.txt")];
  assertEquals(a.field("last-modified"), b.field("last-modified"));
  assertNotEquals(a.field("etag"), b.field("etag"));
});

Deno.test("files keeps the tag of a file that does not change, when it is served anew too", async () => {
  await using served = serveFolder({ "a.txt": "a" });
  await using again = serveFolder({}, { root: served.root });
  const tags = [];
  for (const server of [served, served, again]) {
    tags.push((await server.get("/a.txt")).field("etag"));
  }
  assertEquals(new Set(tags).size, 1);
});

const dates: [what: string, date: string][] = [
  ["at the beginning of time", "1970-01-01T00:00:00Z"],
  ["a second later", "1970-01-01T00:00:01Z"],
  ["half a second into one", "2024-05-06T07:08:09.999Z"],
  ["in the far future of file systems", "2106-02-07T06:28:16Z"],
];
for (const [what, text] of dates) {
  Deno.test(`files tells a date, not after the answer's, of a file dated ${what} (RFC 9110 8.8.2.1)`, async () => {
    await using served = serveFolder({ "a.txt": "a" });
    writeDated(`${served.root}/a.txt`, "a", new Date(text));
    const first = await served.get("/a.txt");
    const told = Date.parse(fieldOf(first, "last-modified"));
    assert(told <= Date.parse(fieldOf(first, "date")));
    if (Date.parse(text) < Date.now()) {
      assertEquals(told, Math.floor(Date.parse(text) / 1000) * 1000);
    }
    // It was not written a moment ago, so nothing speaks against remembering it.
    assertEquals((await served.get("/a.txt")).field("etag"), first.field("etag"));
    const tag = `If-None-Match: ${first.field("etag")}`;
    assertEquals((await served.get("/a.txt", tag)).status, 304);
  });
}

const tools = needs("sh");
Deno.test({
  name:
    `files serves a log that is written to all the time, as long as it is (RFC 9110 15.6)${tools.because}`,
  ignore: tools.ignore,
  fn: async () => {
    await using served = serveFolder({ "a.log": "", "b.log": "line\n".repeat(100_000) });
    const script = 'while :; do echo line >&3; echo line >&4; done 3>>"$1/a.log" 4>>"$1/b.log"';
    await using program = startProgram({ command: "sh", args: ["-c", script, "sh", served.root] });
    using client = await served.connect();
    const asked = [
      [],
      ["Range: bytes=0-49999"],
      ["Range: bytes=0-9,20-29"],
      ["Accept-Encoding: gzip", "Range: bytes=0-9"],
    ];
    for (let round = 0; round < 100; round++) {
      for (const path of ["/a.log", "/b.log"]) {
        for (const lines of asked) {
          const { status, content } = await get(client, path, ...lines);
          assert([200, 206].includes(status), `${path} ${lines}: ${status}`);
          if (lines.length < 2) assertEquals(content.indexOf(0), -1);
        }
      }
    }
    program.signal("SIGKILL");
  },
});
