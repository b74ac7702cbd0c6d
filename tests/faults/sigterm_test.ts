// SIGTERM in the middle of everything: clients that count every request and every answer.
//
// What is promised, and held here: an answer that was begun arrives whole; whatever the server says that
// it has answered did arrive; and a connection ends between two answers. What is not answered was sent
// behind an answer that said `Connection: close`, which tells its sender so (RFC 9112 9.6), or was never
// read: it met the end of an idle connection on its way, or lay in the queue of connections that nobody
// had accepted. Those a client may send again (RFC 9110 9.2.2), and nobody can spare it that.

import { startServing } from "../cli/started_program.ts";
import { assertEquals, assertGreater } from "../deps.ts";
import { makeFolder } from "../support/fixture_folder.ts";
import type { Program } from "../support/program.ts";
import { until } from "../support/process_resources.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { assertSameOctets } from "../support/served_folder.ts";
import { connect, type RawClient } from "../support/raw_client.ts";

const ignore = Deno.build.os === "windows";
const random = new SeededRandom();
const FILES: Record<string, Uint8Array<ArrayBuffer>> = {
  "small.bin": random.bytes(1_000),
  "middle.bin": random.bytes(100_000),
  // More than a socket takes at a time, so that somebody is in the middle of it when the signal comes.
  "big.bin": new Uint8Array(16_000_000).map((_, i) => i >> 12),
};
/** Answers that each kind of client waits for before the signal comes. */
const ENOUGH = 150;

/** What the clients of one server have seen. */
class Tally {
  #sent = 0;
  readonly received = new Set<string>();
  readonly #program: Program;
  /** Resolves when enough answers have been counted for the signal to come. */
  readonly isEnough = Promise.withResolvers<void>();

  constructor(program: Program) {
    this.#program = program;
  }

  /** A target that no other request has. */
  next(file: string): string {
    return `/${file}?${this.#sent++}`;
  }

  count(target: string): void {
    this.received.add(target);
    if (this.received.size === ENOUGH) this.isEnough.resolve();
  }

  /** The targets of the answers that the server has told of in its log. */
  answered(): Set<string> {
    const targets = this.#program.stdout.matchAll(/"GET (\S+) HTTP\/1\.1" 200 /g);
    return new Set(Array.from(targets, ([, target]) => target!));
  }
}

/** Sends `count` requests for `file` at a time until the connection ends. */
async function keepAsking(
  client: RawClient,
  { tally, file, count }: { tally: Tally; file: string; count: number },
): Promise<void> {
  for (;;) {
    const targets = Array.from({ length: count }, () => tally.next(file));
    try {
      await client.send(targets.map((one) => `GET ${one} HTTP/1.1\r\nHost: a\r\n\r\n`).join(""));
    } catch (error) {
      // What was answered before is still there to be read.
      if (!isGone(error)) throw error;
    }
    for (const target of targets) {
      const response = await nextAnswer(client);
      if (response === null) return;
      assertEquals(response.status, 200);
      assertSameOctets(response.content, FILES[file]!, target);
      tally.count(target);
      if (response.field("connection") === "close") return;
    }
  }
}

/** Connects, asks once and leaves, until nobody listens any more. */
async function keepConnecting(port: number, tally: Tally): Promise<void> {
  for (;;) {
    try {
      using client = await connect(port);
      const target = tally.next("small.bin");
      await client.send(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      const response = await nextAnswer(client);
      if (response === null) continue;
      assertSameOctets(response.content, FILES["small.bin"]!, target);
      assertEquals(await client.readAllText(), "");
      tally.count(target);
    } catch (error) {
      if (error instanceof Deno.errors.ConnectionRefused) return;
      if (!isGone(error)) throw error;
    }
  }
}

/** The next answer; null where the connection has ended between two of them. Rejects for half an answer. */
async function nextAnswer(client: RawClient) {
  try {
    return await client.readResponse();
  } catch (error) {
    const { message, cause } = error as Error;
    const isBetween = / a status line/.test(message) && client.pending.length === 0;
    if (isBetween && (cause === undefined || isGone(cause))) return null;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.ConnectionAborted || error instanceof Deno.errors.BrokenPipe;
}

for (const round of [1, 2, 3]) {
  Deno.test({
    name: `SIGTERM under load loses no answer in flight (round ${round})`,
    ignore,
    fn: async () => {
      await using folder = makeFolder(FILES);
      const { program, port } = await startServing([folder.path]);
      await using _ = program;
      const tally = new Tally(program);
      const kinds = [
        ...Array(16).fill({ file: "small.bin", count: 1 }),
        ...Array(8).fill({ file: "small.bin", count: 16 }),
        ...Array(4).fill({ file: "middle.bin", count: 3 }),
        ...Array(4).fill({ file: "big.bin", count: 1 }),
      ] as const;
      const clients = await Promise.all(kinds.map(() => connect(port)));
      try {
        const ends = [
          ...clients.map((client, i) => keepAsking(client, { tally, ...kinds[i]! })),
          ...Array.from({ length: 4 }, () => keepConnecting(port, tally)),
        ];
        // A failure of one of them comes before the end does.
        await Promise.race([tally.isEnough.promise, Promise.all(ends)]);
        const before = tally.received.size;
        program.signal("SIGTERM");
        await Promise.all(ends);
        assertGreater(tally.received.size, before);
      } finally {
        for (const client of clients) client.close();
      }
      assertEquals((await program.waitForEnd()).code, 0);
      const { received } = tally;
      assertEquals([...tally.answered().symmetricDifference(received)], []);
    },
  });
}

Deno.test({
  name: "answers that a slow reader has not taken yet survive SIGTERM, and what it sends meanwhile",
  ignore,
  fn: async () => {
    await using folder = makeFolder(FILES);
    const { program, port } = await startServing([folder.path]);
    await using _ = program;
    using client = await connect(port);
    const count = 8;
    const request = "GET /middle.bin HTTP/1.1\r\nHost: a\r\n\r\n";
    await client.send(request.repeat(count));
    // The server has handed everything to the system, where most of it waits for its reader.
    await until(() => program.stdout.split("\n").length, (lines) => lines === count);
    program.signal("SIGTERM");
    await program.waitForLine(/^Finishing 1 connection/, { from: "stderr" });
    await client.send(request);
    for (let i = 0; i < count; i++) {
      assertSameOctets((await client.readResponse()).content, FILES["middle.bin"]!, `answer ${i}`);
    }
    assertEquals(await client.readAllText(), "");
    client.close();
    assertEquals((await program.waitForEnd()).code, 0);
  },
});
