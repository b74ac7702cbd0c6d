// lib/cli/log_sink.ts with writers of our own: slow, stingy, full and broken ones.

import { LogSink, type LogWriter } from "../../lib/cli/log_sink.ts";
import { assert, assertEquals, assertLessOrEqual, assertMatch } from "../deps.ts";

/** Writes when it is told to, and remembers. */
class HeldWriter implements LogWriter {
  readonly writes: string[] = [];
  inFlight = 0;
  mostInFlight = 0;
  #held: { take: (count?: number) => void; fail: (error: Error) => void }[] = [];
  #arrived = Promise.withResolvers<void>();

  get text(): string {
    return this.writes.join("");
  }

  write(octets: Uint8Array): Promise<number> {
    this.mostInFlight = Math.max(this.mostInFlight, ++this.inFlight);
    return new Promise((resolve, reject) => {
      this.#held.push({
        take: (count = octets.length) => {
          this.inFlight--;
          this.writes.push(new TextDecoder().decode(octets.subarray(0, count)));
          resolve(count);
        },
        fail: (error) => {
          this.inFlight--;
          reject(error);
        },
      });
      this.#arrived.resolve();
    });
  }

  /** Waits for the next write. */
  async next() {
    while (this.#held.length === 0) {
      await this.#arrived.promise;
      this.#arrived = Promise.withResolvers();
    }
    return this.#held.shift()!;
  }
}

function collector(most = Infinity) {
  const writer = {
    text: "",
    writes: 0,
    write(octets: Uint8Array): Promise<number> {
      writer.writes++;
      const taken = octets.subarray(0, most);
      writer.text += new TextDecoder().decode(taken);
      return Promise.resolve(taken.length);
    },
  };
  return writer;
}

const ENOUGH = 10_000;

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `line ${i}\n`);
}

Deno.test("LogSink writes every line once and in order", async () => {
  const writer = collector();
  const sink = new LogSink(writer, { interval: 0 });
  const lines = numbered(50_000);
  for (const [i, line] of lines.entries()) {
    sink.add(line);
    if (i % 7_000 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  await sink.close(ENOUGH);
  assert(writer.text === lines.join(""));
});

Deno.test("LogSink gathers the lines of one turn into one write", async () => {
  const writer = collector();
  const sink = new LogSink(writer);
  for (const line of numbered(500)) sink.add(line);
  assertEquals(writer.writes, 0);
  await sink.close(ENOUGH);
  assertEquals([writer.writes, writer.text], [1, numbered(500).join("")]);
});

Deno.test("LogSink writes the first line after quiet without being asked", async () => {
  const writer = new HeldWriter();
  const sink = new LogSink(writer, { interval: 0 });
  for (const line of ["one\n", "two\n"]) {
    sink.add(line);
    (await writer.next()).take();
    assertEquals(writer.writes.at(-1), line);
  }
  await sink.close(ENOUGH);
});

Deno.test("LogSink has one write in flight and goes on where a write took a part", async () => {
  const writer = new HeldWriter();
  const sink = new LogSink(writer, { interval: 0 });
  sink.add("abcdef\n");
  const first = await writer.next();
  sink.add("ghi\n");
  first.take(2);
  (await writer.next()).take(1);
  (await writer.next()).take();
  (await writer.next()).take();
  await sink.close(ENOUGH);
  assertEquals(writer.writes, ["ab", "c", "def\n", "ghi\n"]);
  assertEquals(writer.mostInFlight, 1);
});

Deno.test("LogSink survives a writer that takes one octet at a time", async () => {
  const writer = collector(1);
  const sink = new LogSink(writer);
  for (const line of ["Grüße\n", "日本\n"]) sink.add(line);
  await sink.close(ENOUGH);
  assertEquals(writer.writes, new TextEncoder().encode("Grüße\n日本\n").length);
});

Deno.test("LogSink is bounded: what is too much is dropped, counted and told of once", async () => {
  const told: string[] = [];
  const writer = new HeldWriter();
  const sink = new LogSink(writer, {
    capacity: 100,
    interval: 0,
    onTrouble: (message) => told.push(message),
  });
  const line = "123456789\n";
  for (let i = 0; i < 8; i++) sink.add(line);
  const first = await writer.next();
  for (let i = 0; i < 8; i++) sink.add(line);
  assertEquals(told, []);
  first.take();
  (await writer.next()).take();
  sink.add("again\n");
  (await writer.next()).take();
  await sink.close(ENOUGH);
  assertEquals(writer.text, line.repeat(10) + "again\n");
  assertEquals(told, ["The log lost 6 lines"]);
});

Deno.test("LogSink tries a full disk again and loses nothing, no half line either", async () => {
  const told: string[] = [];
  const writer = new HeldWriter();
  const sink = new LogSink(writer, {
    retry: 0,
    interval: 0,
    onTrouble: (message) => told.push(message),
  });
  sink.add("abcdef\n");
  (await writer.next()).take(3);
  for (let i = 0; i < 3; i++) (await writer.next()).fail(new Error("No space left on device"));
  sink.add("ghi\n");
  (await writer.next()).take();
  (await writer.next()).take();
  await sink.close(ENOUGH);
  assertEquals(writer.text, "abcdef\nghi\n");
  assertEquals(told, ["Cannot write the log: No space left on device; it is tried again"]);
});

Deno.test("LogSink gives a broken pipe up", async () => {
  const told: string[] = [];
  const writer = new HeldWriter();
  const sink = new LogSink(writer, { interval: 0, onTrouble: (message) => told.push(message) });
  sink.add("a\n");
  (await writer.next()).fail(new Deno.errors.BrokenPipe("Broken pipe"));
  await sink.close(ENOUGH);
  sink.add("b\n");
  assertEquals([writer.writes, writer.inFlight], [[], 0]);
  assertEquals(told, [
    "Cannot write the log: Broken pipe; no more is written",
    "The log lost 1 line",
  ]);
});

Deno.test("LogSink closes although its writer is stuck, and tells the loss", async () => {
  const told: string[] = [];
  const writer = new HeldWriter();
  const sink = new LogSink(writer, { onTrouble: (message) => told.push(message) });
  for (const line of numbered(3)) sink.add(line);
  const stuck = await writer.next();
  await sink.close(1);
  assertEquals(told, ["The log lost 3 lines"]);
  // What comes back too late changes nothing.
  stuck.take();
});

Deno.test("LogSink closes although the disk stays full", async () => {
  const told: string[] = [];
  const writer = { write: () => Promise.reject(new Error("No space left on device")) };
  const sink = new LogSink(writer, { retry: 3_600_000, onTrouble: (text) => told.push(text) });
  sink.add("a\n");
  await sink.close(ENOUGH);
  assertEquals(told.length, 2);
  assertMatch(told[0]!, /no more is written$/);
  assertEquals(told[1], "The log lost 1 line");
});

Deno.test("LogSink without lines closes without writing", async () => {
  const writer = collector();
  await new LogSink(writer).close(ENOUGH);
  assertEquals(writer.writes, 0);
});

Deno.test("LogSink writes far fewer times than there are lines", async () => {
  const writer = collector();
  const sink = new LogSink(writer, { interval: 0 });
  for (const line of numbered(100_000)) sink.add(line);
  await sink.close(ENOUGH);
  assertLessOrEqual(writer.writes, 20);
});
