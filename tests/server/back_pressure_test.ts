// What a peer that takes nothing costs: one buffer, or one piece. Where numbers have to be exact the
// connection is a fake one whose writes never end; over real sockets the system's own buffers, which it
// bounds itself, come on top.

import { ContentParts, FileSlice, type OpenFile } from "../../lib/server/file_slice.ts";
import { FieldBlock } from "../../lib/http1/field_block.ts";
import type { HttpResponse } from "../../lib/server/handler.ts";
import { ReadyAnswer } from "../../lib/server/ready_answer.ts";
import { assert, assertEquals, assertLess } from "../deps.ts";
import { FakeTransport } from "../support/fake_transport.ts";
import { listenFake } from "../support/fake_listener.ts";
import { connect } from "../support/raw_client.ts";
import { answer, startServer, type TestServer, text } from "../support/server.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const MIB = 1 << 20;
/** More than Linux, macOS and Windows keep for both ends of a connection by default. */
const SYSTEM = 24 * MIB;

/** A peer that takes `appetite` octets, and then nothing more for ever. */
class FullTransport extends FakeTransport {
  readonly #full = Promise.withResolvers<void>();
  taken = 0;

  /** Resolves when a write waits. */
  get isFull(): Promise<void> {
    return this.#full.promise;
  }

  override async write(octets: Uint8Array): Promise<number> {
    const count = Math.min(octets.length, this.appetite - this.taken);
    if (count === 0) {
      this.#full.resolve();
      return await new Promise(() => {});
    }
    this.taken += count;
    this.written.push(new TextDecoder().decode(octets.subarray(0, count)));
    return count;
  }
}

/** Serves one full connection that has sent `requests`, until the server has given it up. */
async function fill(
  handler: () => HttpResponse | Promise<HttpResponse>,
  { requests, appetite }: { requests: string; appetite: number },
): Promise<TestServer> {
  const transport = new FullTransport(appetite);
  const server = startServer(handler, {
    listener: listenFake(transport),
    deadlines: { answer: 0.1 },
  });
  transport.bring(requests);
  await transport.isFull;
  await server.connections(0);
  return server;
}

Deno.test("a stream is asked for one piece more than the peer has taken", async () => {
  let pulled = 0;
  let cancelled = 0;
  const stream = () =>
    new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled++;
        controller.enqueue(new Uint8Array(1_000));
      },
      cancel: () => void cancelled++,
    }, { highWaterMark: 0 });
  // Ten whole pieces with their heads and frames, and a part of the next.
  await using server = await fill(() => answer(stream()), { requests: GET, appetite: 10_500 });
  assertEquals([pulled, cancelled], [11, 1]);
  assertEquals(server.exchanges.map(({ isCut }) => isCut), [true]);
});

class CountedFile implements OpenFile {
  read(): Promise<number | null> {
    throw new Error("Not read so");
  }
  readonly log: { read: number; closed: number };
  constructor(log: { read: number; closed: number }) {
    this.log = log;
  }
  seekSync(offset: number): number {
    return offset;
  }
  readSync(buffer: Uint8Array): number {
    this.log.read += buffer.length;
    return buffer.length;
  }
  close(): void {
    this.log.closed++;
  }
}

Deno.test("a file is read one buffer further than the peer has taken, and closed", async () => {
  const log = { read: 0, closed: 0 };
  const content = () => new FileSlice(new CountedFile(log), { offset: 0, length: 1024 * MIB });
  await using server = await fill(() => answer(content()), { requests: GET, appetite: 3 * MIB });
  assertLess(log.read, 3 * MIB + MIB + 1);
  assertEquals(log.closed, 1);
  assertEquals(server.exchanges.map(({ isCut }) => isCut), [true]);
});

Deno.test("of a row of parts no other is made before the one under way is taken", async () => {
  let made = 0;
  const parts = function* () {
    for (;;) {
      made++;
      yield new Uint8Array(1_000);
    }
  };
  await using _ = await fill(
    () => answer(new ContentParts(1_000_000, parts)),
    { requests: GET, appetite: 10_500 },
  );
  assertEquals(made, 11);
});

const READY = new ReadyAnswer({
  status: 200,
  fields: FieldBlock.EMPTY,
  content: new Uint8Array(1_000),
});

const HANDLERS: [string, () => HttpResponse | Promise<HttpResponse>][] = [
  ["at once", () => answer(new Uint8Array(1_000))],
  ["later", () => Promise.resolve(answer(new Uint8Array(1_000)))],
  ["with a ready answer", () => READY],
];

for (const [how, respond] of HANDLERS) {
  Deno.test(`pipelined requests wait while their answers are not taken, where they are answered ${how}`, async () => {
    let answered = 0;
    const handler = () => {
      answered++;
      return respond();
    };
    // All requests are there at once, and only the first answers are taken.
    await using _ = await fill(handler, { requests: GET.repeat(70), appetite: 5_000 });
    // Those that are taken, and what one buffer holds.
    assertLess(answered, 5 + 16 + 2);
  });
}

Deno.test("a real peer that sends requests and reads nothing is not read from any more", async () => {
  let answered = 0;
  await using server = startServer(() => {
    answered++;
    return answer(new Uint8Array(50_000));
  }, { deadlines: { answer: 0.2 } });
  using client = await connect(server.port);
  // Their answers would fill 500 MB.
  const sending = client.send(GET.repeat(10_000)).catch((error: Error) => error);
  await server.connections(1);
  await server.connections(0);
  client.close();
  await sending;
  assertLess(answered * 50_000, SYSTEM);
});

Deno.test("a real peer that reads nothing of an endless stream costs what the system holds, and a piece", async () => {
  let pulled = 0;
  const { promise: cancelled, resolve } = Promise.withResolvers<void>();
  await using server = startServer(() =>
    answer(
      new ReadableStream({
        pull(controller) {
          pulled += 65_536;
          controller.enqueue(new Uint8Array(65_536));
        },
        cancel: () => resolve(),
      }),
    ), { deadlines: { answer: 0.2 } });
  using client = await connect(server.port);
  await client.send(GET);
  await cancelled;
  await server.server.shutdown({ grace: 0 });
  assertLess(pulled, SYSTEM);
  assertEquals(server.exchanges.map(({ isCut }) => isCut), [true]);
});

Deno.test("content that the handler does not read stays with the peer", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  await using server = startServer(async () => {
    await promise;
    return text("late");
  });
  using client = await connect(server.port);
  await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000000\r\n\r\n");
  let sent = 0;
  const sending = (async () => {
    for (; sent < 60; sent++) await client.send(new Uint8Array(MIB));
  })().catch((error: Error) => error);
  // The system's buffers are full when nothing more has gone out between two answers to another client.
  for (let before = -1; before !== sent;) {
    before = sent;
    for (let i = 0; i < 20; i++) {
      using other = await connect(server.port);
      await other.send("bad\r\n");
      assertEquals((await other.readResponse()).status, 400);
    }
  }
  assert(sent * MIB < SYSTEM, `${sent} MiB were taken`);
  resolve();
  assertEquals((await client.readResponse()).field("connection"), "close");
  client.close();
  await sending;
});
