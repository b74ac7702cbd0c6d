// Slices of files and rows of parts: what arrives, and that every descriptor is given back.

import { FieldBlock } from "../../lib/http1/field_block.ts";
import { ContentParts, FileSlice, type OpenFile, type Part } from "../../lib/server/file_slice.ts";
import type { HttpResponse } from "../../lib/server/handler.ts";
import { assert, assertEquals } from "../deps.ts";
import { connect } from "../support/raw_client.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { answer, startServer } from "../support/server.ts";

const REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/** A file in memory that counts how often it was closed. */
class FakeFile implements OpenFile {
  closed = 0;
  readonly #octets: Uint8Array;
  readonly #bite: number;
  #at = 0;

  /** One read gives `bite` octets at the most. */
  constructor(octets: Uint8Array, bite = Infinity) {
    this.#octets = octets;
    this.#bite = bite;
  }

  seekSync(offset: number): number {
    return this.#at = offset;
  }

  readSync(buffer: Uint8Array): number | null {
    const count = Math.min(buffer.length, this.#bite, this.#octets.length - this.#at);
    if (count <= 0) return null;
    buffer.set(this.#octets.subarray(this.#at, this.#at + count));
    this.#at += count;
    return count;
  }

  read(buffer: Uint8Array): Promise<number | null> {
    return Promise.resolve(this.readSync(buffer));
  }

  close(): void {
    this.closed++;
  }
}

const random = new SeededRandom();
const octets = random.bytes(1_500_000);

for (
  const [offset, length] of [[0, 0], [0, 1], [0, 65_536], [0, 65_537], [7, 300_000], [
    1_499_999,
    1,
  ], [0, 1_500_000]] as const
) {
  Deno.test(`a slice of ${length} octets from ${offset} arrives whole, and its file is closed`, async () => {
    const file = new FakeFile(octets, 50_000);
    await using server = startServer(() => answer(new FileSlice(file, { offset, length })));
    using client = await connect(server.port);
    await client.send(REQUEST);
    const response = await client.readResponse();
    assertEquals(response.field("content-length"), String(length));
    assert(
      response.content.every((octet, i) => octet === octets[offset + i]),
      `seed ${random.seed}`,
    );
    assertEquals(response.content.length, length);
    assertEquals(file.closed, 1);
    assertEquals(server.exchanges.map(({ contentLength }) => contentLength), [length]);
  });
}

Deno.test("HEAD closes the file and sends none of it", async () => {
  const file = new FakeFile(octets);
  await using server = startServer(() => answer(new FileSlice(file, { offset: 0, length: 9 })));
  using client = await connect(server.port);
  await client.send(REQUEST.replace("GET", "HEAD"));
  const response = await client.readResponse({ head: true });
  assertEquals(response.field("content-length"), "9");
  await client.send(REQUEST);
  assertEquals((await client.readResponse()).content.length, 9);
  assertEquals(file.closed, 2);
});

Deno.test("a file that has become shorter cuts the answer, and is closed", async () => {
  const file = new FakeFile(octets.subarray(0, 100_000));
  await using server = startServer(() =>
    answer(new FileSlice(file, { offset: 0, length: 100_001 }))
  );
  using client = await connect(server.port);
  await client.send(REQUEST);
  const received = await client.readAll();
  assert(received.length < 100_001, "it must not look complete");
  assertEquals(file.closed, 1);
  assertEquals(server.exchanges.map(({ isCut }) => isCut), [true]);
});

Deno.test("a peer that leaves in the middle closes the file", async () => {
  const file = new FakeFile(new Uint8Array(64 << 20));
  await using server = startServer(() =>
    answer(new FileSlice(file, { offset: 0, length: 64 << 20 }))
  );
  {
    using client = await connect(server.port);
    await client.send(REQUEST);
    await client.readBytes(1_000);
  }
  await server.connections(0);
  assertEquals(file.closed, 1);
});

Deno.test("a peer that takes nothing loses its file when its deadline passes", async () => {
  const file = new FakeFile(new Uint8Array(64 << 20));
  await using server = startServer(
    () => answer(new FileSlice(file, { offset: 0, length: 64 << 20 })),
    { deadlines: { answer: 0.05 } },
  );
  using client = await connect(server.port);
  await client.send(REQUEST);
  await server.connections(0);
  await server.server.shutdown({ grace: 0 });
  assertEquals(file.closed, 1);
});

function partsAnswer(length: number, parts: () => Iterable<Part>): HttpResponse {
  return { status: 200, fields: FieldBlock.EMPTY, content: new ContentParts(length, parts) };
}

Deno.test("parts arrive one behind the other, each opened when its turn comes", async () => {
  const files: FakeFile[] = [];
  await using server = startServer(() =>
    partsAnswer(200_006, function* () {
      yield new TextEncoder().encode("one");
      for (let i = 0; i < 2; i++) {
        assertEquals(files.map(({ closed }) => closed), files.map(() => 1));
        const file = new FakeFile(octets);
        files.push(file);
        yield new FileSlice(file, { offset: i, length: 100_000 });
      }
      yield new TextEncoder().encode("two");
    })
  );
  using client = await connect(server.port);
  for (let i = 0; i < 2; i++) {
    await client.send(REQUEST);
    const { content } = await client.readResponse();
    const expected = new Uint8Array(200_006);
    expected.set(new TextEncoder().encode("one"));
    expected.set(octets.subarray(0, 100_000), 3);
    expected.set(octets.subarray(1, 100_001), 100_003);
    expected.set(new TextEncoder().encode("two"), 200_003);
    assertEquals(content, expected);
  }
  assertEquals(files.map(({ closed }) => closed), [1, 1, 1, 1]);
});

for (
  const [name, length, parts] of [
    ["are fewer than promised", 10, ["only", "9oct"]],
    ["are more than promised", 5, ["too", "many"]],
  ] as const
) {
  Deno.test(`parts that ${name} cut the answer`, async () => {
    await using server = startServer(() =>
      partsAnswer(length, () => parts.map((part) => new TextEncoder().encode(part)))
    );
    using client = await connect(server.port);
    await client.send(REQUEST);
    const content = new TextDecoder().decode(await client.readAll()).split("\r\n\r\n")[1]!;
    assert(content.length < length || !content.endsWith(parts[1]), content);
    assertEquals(server.exchanges.map(({ isCut }) => isCut), [true]);
  });
}

Deno.test("parts that cannot be made are the handler's fault, and cut the answer", async () => {
  await using server = startServer(() =>
    partsAnswer(10, function* () {
      yield new TextEncoder().encode("first");
      throw new Error("no second");
    })
  );
  using client = await connect(server.port);
  await client.send(REQUEST);
  assert(new TextDecoder().decode(await client.readAll()).endsWith("first"));
  assertEquals(server.handlerErrors.map(String), ["Error: no second"]);
});

Deno.test("parts are not made where they are not sent", async () => {
  let made = 0;
  await using server = startServer(() =>
    partsAnswer(10, () => {
      made++;
      return [];
    })
  );
  using client = await connect(server.port);
  await client.send(REQUEST.replace("GET", "HEAD"));
  assertEquals((await client.readResponse({ head: true })).field("content-length"), "10");
  assertEquals(made, 0);
});
