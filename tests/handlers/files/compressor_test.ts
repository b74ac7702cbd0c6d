// Octets in, compressed octets out, and back again through node:zlib's own decoders; the cache that keeps
// them; and the streams, above all how they end.

import { brotliDecompressSync, createGunzip, gunzipSync, zstdDecompressSync } from "node:zlib";
import { StreamCompressor } from "../../../lib/handlers/files/compressed_stream.ts";
import { CompressionCache } from "../../../lib/handlers/files/compression_cache.ts";
import { compress, Compressor, PIECE_OCTETS } from "../../../lib/handlers/files/compressor.ts";
import type { ContentCoding } from "../../../lib/http1/content_codings.ts";
import { FileSlice, type OpenFile } from "../../../lib/server/file_slice.ts";
import {
  assert,
  assertEquals,
  assertGreater,
  assertLess,
  assertRejects,
  assertStrictEquals,
} from "../../deps.ts";

const CODINGS: readonly ContentCoding[] = ["br", "zstd", "gzip"];
const DECODERS: Readonly<Record<ContentCoding, (octets: Uint8Array) => Uint8Array>> = {
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
  gzip: gunzipSync,
};
const NOISE = crypto.getRandomValues(new Uint8Array(2_000));

function textOf(length: number): Uint8Array {
  const octets = new Uint8Array(length);
  for (let i = 0, seed = 1; i < length; i++) {
    if (i % 9 === 0) seed = (seed * 1_103_515_245 + 12_345) & 0x7fff_ffff;
    octets[i] = 97 + (seed >> (i % 9)) % 26;
  }
  return octets;
}

function decode(octets: Uint8Array, coding: ContentCoding): Uint8Array {
  return new Uint8Array(DECODERS[coding](octets));
}

/** A file in memory that knows whether it is open. */
class MadeFile implements OpenFile {
  isOpen = true;
  reads = 0;
  #at = 0;
  constructor(readonly octets: Uint8Array, readonly mostAtOnce = Infinity) {}
  seekSync(offset: number): number {
    return this.#at = offset;
  }
  readSync(buffer: Uint8Array): number | null {
    assert(this.isOpen);
    this.reads++;
    const piece = this.octets.subarray(
      this.#at,
      this.#at + Math.min(buffer.length, this.mostAtOnce),
    );
    buffer.set(piece);
    this.#at += piece.length;
    return piece.length === 0 ? null : piece.length;
  }
  read(buffer: Uint8Array): Promise<number | null> {
    return Promise.resolve(this.readSync(buffer));
  }
  close(): void {
    assert(this.isOpen, "Closed twice");
    this.isOpen = false;
  }
}

async function readAll(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function wholeOf(file: MadeFile): FileSlice {
  return new FileSlice(file, { offset: 0, length: file.octets.length });
}

for (const coding of CODINGS) {
  Deno.test(`compress makes ${coding} that its decoder undoes, the same each time`, async () => {
    for (const length of [0, 1, 1_025, PIECE_OCTETS, PIECE_OCTETS + 1, 1_000_000]) {
      const octets = textOf(length);
      const coded = await compress(octets, coding);
      assertEquals(decode(coded, coding), octets);
      assertEquals(await compress(octets, coding), coded);
      if (length > 1_000) assertLess(coded.length, length);
    }
  });

  Deno.test(`a stream in ${coding} is the slice of the file, and the file is closed`, async () => {
    const octets = textOf(300_000);
    for (
      const [offset, length, mostAtOnce] of [[0, 300_000, 1e9], [1_000, 200_000, 999], [5, 0, 1]]
    ) {
      const file = new MadeFile(octets, mostAtOnce!);
      const streams = new StreamCompressor();
      const slice = new FileSlice(file, { offset: offset!, length: length! });
      const coded = await readAll(
        streams.stream(slice, coding) as ReadableStream<Uint8Array<ArrayBuffer>>,
      );
      assertEquals(decode(coded, coding), octets.subarray(offset!, offset! + length!));
      assertEquals([file.isOpen, streams.running], [false, 0]);
    }
  });

  Deno.test(`a stream in ${coding} reads no further than it is asked to`, async () => {
    const file = new MadeFile(textOf(4_000_000));
    const reader = new StreamCompressor().stream(wholeOf(file), coding).getReader();
    await turns(20);
    assertEquals(file.reads, 0);
    await reader.read();
    const { reads } = file;
    await turns(20);
    assertEquals(file.reads, reads);
    assertLess(reads * PIECE_OCTETS, 1_000_000);
    await reader.cancel();
    assertEquals(file.isOpen, false);
  });

  Deno.test(`a stream in ${coding} that is cancelled frees everything, whenever that is`, async () => {
    const streams = new StreamCompressor();
    for (const delay of [0, 1, 2, 5]) {
      for (const isReading of [true, false]) {
        const file = new MadeFile(textOf(2_000_000));
        const reader = streams.stream(wholeOf(file), coding).getReader();
        const reading = isReading ? reader.read() : reader.read().then(() => reader.read());
        await turns(delay);
        await reader.cancel(new Error("Gone"));
        await reading;
        for (let turn = 0; file.isOpen && turn < 1_000; turn++) await turns(1);
        assertEquals([file.isOpen, streams.running], [false, 0]);
        const { reads } = file;
        await turns(5);
        assertEquals(file.reads, reads);
      }
    }
  });

  Deno.test(`a stream in ${coding} breaks where the file has become shorter`, async () => {
    const file = new MadeFile(textOf(100_000));
    const streams = new StreamCompressor();
    const slice = new FileSlice(file, { offset: 0, length: 100_001 });
    await assertRejects(
      () => readAll(streams.stream(slice, coding) as ReadableStream<Uint8Array<ArrayBuffer>>),
      Deno.errors.UnexpectedEof,
      "Cannot send the whole file: it has become shorter",
    );
    assertEquals([file.isOpen, streams.running], [false, 0]);
  });
}

Deno.test("compress lets sockets have their turn", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [near, far] = await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
    listener.accept(),
  ]);
  let isOver = false;
  let trips = 0;
  const octet = new Uint8Array(1);
  const travel = (async () => {
    for (; !isOver; trips++) {
      await near.write(octet);
      await far.read(octet);
      await far.write(octet);
      await near.read(octet);
    }
  })();
  await compress(textOf(8_000_000), "br");
  isOver = true;
  await travel;
  for (const socket of [near, far, listener]) socket.close();
  assertGreater(trips, 3);
});

Deno.test("a Compressor may be closed in the middle, and twice", async () => {
  for (const coding of CODINGS) {
    const compressor = await Compressor.open(coding, { purpose: "streamed", length: 1e6 });
    await compressor.push(textOf(100_000));
    compressor.close();
    compressor.close();
    await assertRejects(() => compressor.push(textOf(10)));
  }
});

Deno.test("a StreamCompressor says when it is busy", async () => {
  const streams = new StreamCompressor({ limit: 2 });
  const files = [new MadeFile(textOf(10)), new MadeFile(textOf(10))];
  assertEquals(streams.isBusy, false);
  const [first, second] = files.map((file) => streams.stream(wholeOf(file), "gzip"));
  assertEquals([streams.isBusy, streams.running], [true, 2]);
  await first!.cancel();
  assertEquals([streams.isBusy, streams.running], [false, 1]);
  await second!.cancel();
  assertEquals(streams.running, 0);
  assertEquals(files.map((file) => file.isOpen), [false, false]);
});

Deno.test("a stream can be decoded as it comes, by a program that is not waiting for the end", async () => {
  const octets = textOf(1_000_000);
  const gunzip = createGunzip();
  let length = 0;
  gunzip.on("data", (piece: Uint8Array) => length += piece.length);
  const file = new MadeFile(octets);
  for await (const piece of new StreamCompressor().stream(wholeOf(file), "gzip")) {
    if (!gunzip.write(piece)) await new Promise((resolve) => gunzip.once("drain", resolve));
    if (file.reads > 8) assertGreater(length, 0);
  }
  await new Promise((resolve) => gunzip.once("end", resolve).end());
  assertEquals(length, octets.length);
});

Deno.test("CompressionCache makes a variant once, for all who ask at the same time and later", async () => {
  const cache = new CompressionCache<Uint8Array>();
  const octets = textOf(10_000);
  let reads = 0;
  const options = { coding: "br", read: () => (reads++, octets), represent: own } as const;
  assertEquals(cache.find("a", "br"), undefined);
  const [first, ...others] = await Promise.all([1, 2, 3, 4].map(() => cache.make("a", options)));
  for (const other of others) assertStrictEquals(other, first);
  assertStrictEquals(await cache.make("a", options), first);
  assertStrictEquals(cache.find("a", "br"), first);
  assertEquals(reads, 1);
  assertEquals(decode(first!, "br"), octets);
  assertEquals(cache.find("a", "gzip"), undefined);
  const gzip = await cache.make("a", { ...options, coding: "gzip" });
  assertEquals(decode(gzip!, "gzip"), octets);
  await cache.make("b", options);
  assertEquals(reads, 3);
});

Deno.test("CompressionCache remembers what is not worth it, and makes it for whoever must have it", async () => {
  const cache = new CompressionCache<Uint8Array>();
  let reads = 0;
  const options = { coding: "gzip", read: () => (reads++, NOISE), represent: own } as const;
  const all = await Promise.all([
    cache.make("a", options),
    cache.make("a", { ...options, isForced: true }),
    cache.make("a", options),
  ]);
  assertEquals([all[0], all[2], reads], [null, null, 1]);
  assertEquals(decode(all[1]!, "gzip"), NOISE);
  assertEquals(cache.find("a", "gzip"), null);
  assertEquals(await cache.make("a", options), null);
  assertEquals(reads, 1);
  assertLess(cache.octets, NOISE.length + 1_000);
  const forced = await cache.make("a", { ...options, isForced: true });
  assertEquals(decode(forced!, "gzip"), NOISE);
  assertEquals([cache.find("a", "gzip"), reads], [null, 2]);
});

Deno.test("CompressionCache stays within its limit; what was not used for longest leaves", async () => {
  const limit = 20_000;
  const cache = new CompressionCache<string>({ limit });
  const make = (key: string, length = 4_000) =>
    cache.make(key, { coding: "gzip", read: () => textOf(length), represent: () => key });
  await make("a");
  const cost = cache.octets;
  const fitting = Math.floor(limit / cost);
  assertGreater(fitting, 2);
  for (let i = 1; i < fitting; i++) await make(`${i}`);
  assertEquals(cache.octets, fitting * cost);
  assertEquals(cache.find("a", "gzip"), "a");
  await make("last");
  assertEquals(cache.octets, fitting * cost);
  assertEquals(cache.find("1", "gzip"), undefined);
  assertEquals(cache.find("a", "gzip"), "a");
  assertEquals(cache.find("last", "gzip"), "last");
  // What is bigger than everything together is made, and not kept, and drives nobody out.
  assertEquals(await make("huge", 200_000), "huge");
  assertEquals([cache.find("huge", "gzip"), cache.octets], [undefined, fitting * cost]);
  for (let i = 0; i < 50; i++) {
    await make(`many ${i}`, 2_000 + 100 * i);
    assertLess(cache.octets, limit + 1);
  }
  const empty = new CompressionCache<string>({ limit: 0 });
  const options = { coding: "br", read: () => textOf(4_000), represent: () => "x" } as const;
  assertEquals([await empty.make("x", options), empty.octets], ["x", 0]);
});

Deno.test("CompressionCache reads a few files at a time, the others when their turn has come", async () => {
  const cache = new CompressionCache<Uint8Array>();
  let [reading, most] = [0, 0];
  const read = async () => {
    most = Math.max(most, ++reading);
    await turns(1);
    reading--;
    return textOf(3_000);
  };
  const made = await Promise.all(
    Array.from(
      { length: 40 },
      (_, i) => cache.make(`${i}`, { coding: "zstd", read, represent: own }),
    ),
  );
  assertEquals(made.length, 40);
  assertEquals(most, 4);
});

Deno.test("CompressionCache hands failures to all who wait and tries again for the next", async () => {
  const cache = new CompressionCache<Uint8Array>();
  const fail = (): Uint8Array => {
    throw new Deno.errors.NotFound("Gone");
  };
  for (let i = 0; i < 6; i++) {
    const failing = { coding: "br", read: fail, represent: own } as const;
    const outcomes = await Promise.allSettled([cache.make("a", failing), cache.make("a", failing)]);
    for (const outcome of outcomes) {
      assert(outcome.status === "rejected" && outcome.reason instanceof Deno.errors.NotFound);
    }
  }
  await assertRejects(
    () => cache.make("a", { coding: "br", read: () => textOf(2_000), represent: fail }),
    Deno.errors.NotFound,
  );
  assertEquals([cache.find("a", "br"), cache.octets], [undefined, 0]);
  const made = await cache.make("a", { coding: "br", read: () => textOf(2_000), represent: own });
  assertEquals(decode(made!, "br"), textOf(2_000));
});

function own(octets: Uint8Array): Uint8Array {
  return octets;
}

/** Lets the event loop go round so many times. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setTimeout(resolve, 0));
}
