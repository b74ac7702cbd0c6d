// Listings of folders so big that they go out as a stream: complete, in order, made when asked for, and
// without holding anybody up. Their readers are made up, for making 100,000 files takes longer than this.

import { Listing } from "../../../lib/handlers/files/listing.ts";
import type { DirectoryReader } from "../../../lib/handlers/files/listing_entries.ts";
import type { HttpResponse } from "../../../lib/server/handler.ts";
import { assert, assertEquals, assertInstanceOf } from "../../deps.ts";
import { requestOf } from "../../support/request.ts";
import { asText, rowsOf, STATIC } from "../../support/listed_folder.ts";
import { startServer } from "../../support/server.ts";

const COUNT = 100_000;
const [SELF, FOLDER] = [new URL(import.meta.url), STATIC].map((path) => Deno.statSync(path));

/** A folder of `count` files and a tenth as many folders, in no order, and how often it was asked. */
function madeUp(count: number, folderSize = 4_000_000) {
  const asked = { stats: 0, readsNow: 0 };
  const entries: Deno.DirEntry[] = [];
  for (let i = 0; i < count; i++) {
    const number = (i * 7919) % count;
    const isDirectory = number % 10 === 0;
    entries.push({ name: `n${number}`, isDirectory, isFile: !isDirectory, isSymlink: false });
  }
  const reader: DirectoryReader = {
    statSync(path) {
      asked.stats++;
      if (path === "/big") return { ...FOLDER!, size: folderSize };
      return Number(path.slice(6)) % 10 === 0 ? FOLDER! : SELF!;
    },
    readDirSync() {
      asked.readsNow++;
      return entries;
    },
    async *readDir() {
      yield* entries;
    },
  };
  const listing = new Listing({
    staticDirectory: STATIC,
    hasArchive: false,
    showDotfiles: false,
    isLinkServed: () => true,
    reader,
  });
  return { listing, asked };
}

async function ask(listing: Listing, line = "Accept: */*"): Promise<HttpResponse> {
  const request = requestOf(`GET /big/ HTTP/1.1\r\nHost: a\r\n${line}`);
  const response = await listing.answer(request, { path: "/big", urlPath: "/big/" });
  assert(response !== null);
  return response;
}

Deno.test("Listing streams a folder of 100,000 entries, all of them and in order", async () => {
  const { listing, asked } = madeUp(COUNT);
  const response = await ask(listing);
  assertInstanceOf(response.content, ReadableStream);
  assertEquals(asked, { stats: 1, readsNow: 0 });
  assertEquals(response.fields.get("content-type"), "text/html; charset=utf-8");
  assertEquals(response.fields.get("x-content-type-options"), "nosniff");
  const names = rowsOf(await asText(response)).map(({ text }) => text);
  const numbers = Array.from({ length: COUNT }, (_, i) => i);
  const wanted = [
    ...numbers.filter((i) => i % 10 === 0).map((i) => `n${i}/`),
    ...numbers.filter((i) => i % 10 !== 0).map((i) => `n${i}`),
  ];
  assert(names.length === COUNT && names.every((name, i) => name === wanted[i]));
});

Deno.test("Listing streams JSON too", async () => {
  const response = await ask(madeUp(COUNT).listing, "Accept: application/json");
  assertInstanceOf(response.content, ReadableStream);
  const { entries } = JSON.parse(await asText(response));
  assertEquals(entries.length, COUNT);
  assertEquals([entries[0].name, entries.at(-1).name], ["n0", "n99999"]);
});

Deno.test("Listing sends the beginning of a stream before it looks at any entry", async () => {
  const { listing, asked } = madeUp(COUNT);
  const { content } = await ask(listing);
  assertInstanceOf(content, ReadableStream);
  const reader = content.getReader();
  const { value } = await reader.read();
  assert(new TextDecoder().decode(value).includes("<h1>big</h1>"));
  assertEquals(asked.stats, 1);
  await reader.cancel();
});

Deno.test("Listing stops working when its stream is cancelled", async () => {
  const { listing, asked } = madeUp(COUNT);
  const { content } = await ask(listing);
  assertInstanceOf(content, ReadableStream);
  const reader = content.getReader();
  await reader.read();
  const second = reader.read();
  // So that it is at work when it is cancelled.
  while (asked.stats < 10_000) await new Promise((resolve) => setTimeout(resolve));
  await reader.cancel();
  assertEquals((await second).done, true);
  const { stats } = asked;
  assert(stats < COUNT);
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setTimeout(resolve));
  assertEquals(asked.stats, stats);
});

Deno.test("Listing streams a folder that does not look big and is", async () => {
  const { listing, asked } = madeUp(3000, 0);
  const response = await ask(listing);
  assertInstanceOf(response.content, ReadableStream);
  assertEquals(asked.readsNow, 1);
  assertEquals(rowsOf(await asText(response)).length, 3000);
});

Deno.test("Listing answers at once with a folder that looks big and is not", async () => {
  const { content } = await ask(madeUp(5).listing);
  assertInstanceOf(content, Uint8Array);
});

Deno.test("Listing lets others be answered while it lists 100,000 entries", async () => {
  const { listing } = madeUp(COUNT);
  const handler = (request: Parameters<Listing["answer"]>[0]) => {
    if (request.target.raw === "/other") return { ...OTHER };
    return listing.answer(request, { path: "/big", urlPath: "/big/" }) as Promise<HttpResponse>;
  };
  const OTHER = await ask(madeUp(1).listing);
  await using server = startServer(handler);
  let isListed = false;
  const url = `http://127.0.0.1:${server.port}`;
  const listed = fetch(url).then((response) => response.text()).then((text) => {
    isListed = true;
    return text;
  });
  let others = 0;
  for (; !isListed; others++) await (await fetch(`${url}/other`)).body?.cancel();
  assertEquals(rowsOf(await listed).length, COUNT);
  assert(others > 20, `${others} others were answered`);
});
