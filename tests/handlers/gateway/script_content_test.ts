// When the content of a script's answer is given as a whole, and when as a stream. The process is one of ours, which
// says what it likes when it likes.

import { ScriptFault } from "../../../lib/handlers/gateway/cgi_response.ts";
import { toScriptContent } from "../../../lib/handlers/gateway/script_content.ts";
import { assert, assertEquals, assertRejects } from "../../deps.ts";
import { toBytes, toText } from "../../support/raw_client.ts";

const SUCCESS: Deno.CommandStatus = { success: true, code: 0, signal: null };
const KILLED: Deno.CommandStatus = { success: false, code: 137, signal: "SIGKILL" };

/** A process that writes these pieces; at "..." it says nothing until somebody lets it go on. */
class Writer {
  readonly exited: Promise<Deno.CommandStatus>;
  stopped: unknown = null;
  readonly #pieces: string[];
  readonly #status: Deno.CommandStatus;
  readonly #go = Promise.withResolvers<void>();
  readonly #end = Promise.withResolvers<Deno.CommandStatus>();

  constructor(pieces: string[], status: Deno.CommandStatus | null = SUCCESS) {
    this.#pieces = pieces;
    this.#status = status ?? SUCCESS;
    this.exited = this.#end.promise;
    if (status !== null) this.#end.resolve(status);
  }

  async read(): Promise<Uint8Array | null> {
    let piece = this.#pieces.shift();
    if (piece === "...") {
      await this.#go.promise;
      piece = this.#pieces.shift();
    }
    return piece === undefined ? null : toBytes(piece);
  }

  exit(): Promise<Deno.CommandStatus | null> {
    return Promise.resolve(this.#status);
  }

  stop(reason: unknown): void {
    this.stopped = reason;
  }

  go(): void {
    this.#go.resolve();
    this.#end.resolve(this.#status);
  }
}

interface Outcome {
  readonly events: string[];
  readonly content: Uint8Array | ReadableStream<Uint8Array>;
}

async function contentOf(
  writer: Writer,
  first = "",
  length: number | null = null,
): Promise<Outcome> {
  const events: string[] = [];
  const content = await toScriptContent(writer, { first: toBytes(first), length }, {
    onFull: () => events.push("full"),
    toFailure: (error) => new Error("failed", { cause: error }),
    onCancel: () => events.push("cancel"),
  });
  assert(content instanceof Uint8Array || content instanceof ReadableStream);
  return { events, content };
}

async function textOf(content: Outcome["content"]): Promise<string> {
  if (content instanceof Uint8Array) return toText(content);
  let text = "";
  for await (const piece of content) text += toText(piece);
  return text;
}

const whole: [what: string, first: string, pieces: string[], length: number | null][] = [
  ["nothing", "", [], null],
  ["what came with the head", "abc", [], null],
  ["what came in pieces", "a", ["b", "c"], null],
  ["what comes at once", "", ["abc"], 3],
];
for (const [what, first, pieces, length] of whole) {
  Deno.test(`${what} of a script that has ended is the whole content`, async () => {
    const { content, events } = await contentOf(new Writer([...pieces]), first, length);
    assert(content instanceof Uint8Array);
    assertEquals(toText(content), first + pieces.join(""));
    assertEquals(events, length === null ? [] : ["full"]);
  });
}

Deno.test("what a script promised is the whole content, whatever it goes on with", async () => {
  for (const [first, pieces] of [["abcd", ["..."]], ["a", ["bcd", "..."]], ["abc", []]] as const) {
    const { content, events } = await contentOf(new Writer([...pieces], null), first, 3);
    assertEquals([content instanceof Uint8Array, await textOf(content)], [true, "abc"]);
    assertEquals(events, ["full"]);
  }
});

Deno.test("a script that goes on is a stream of what it has written and what it writes", async () => {
  for (const length of [null, 6]) {
    const writer = new Writer(["b", "...", "c", "defg"], null);
    const { content, events } = await contentOf(writer, "a", length);
    assert(content instanceof ReadableStream);
    const reader = content.getReader();
    assertEquals(toText((await reader.read()).value!), "ab");
    writer.go();
    reader.releaseLock();
    assertEquals(await textOf(content), length === null ? "cdefg" : "cdef");
    assertEquals(events, length === null ? [] : ["full"]);
  }
});

Deno.test("a script that writes much is a stream, although it has ended", async () => {
  const pieces = Array.from({ length: 100 }, () => "x".repeat(1_000));
  const { content } = await contentOf(new Writer([...pieces]));
  assert(content instanceof ReadableStream);
  assertEquals(await textOf(content), pieces.join(""));
});

Deno.test("a script whose output has ended and which goes on is a stream that has ended, too", async () => {
  const writer = new Writer(["abc"], null);
  const { content } = await contentOf(writer);
  assert(content instanceof ReadableStream);
  writer.go();
  assertEquals(await textOf(content), "abc");
});

Deno.test("a script that breaks off rejects before the stream, and fails it after", async () => {
  for (
    const [status, length] of [[KILLED, null], [SUCCESS, 9], [KILLED, 9]] as const
  ) {
    await assertRejects(() => contentOf(new Writer(["abc"], status), "", length), ScriptFault);
    const writer = new Writer(["abc", "..."], status);
    const { content } = await contentOf(writer, "", length);
    assert(content instanceof ReadableStream);
    writer.go();
    const error = await assertRejects(() => textOf(content), Error, "failed");
    assert(error.cause instanceof ScriptFault && writer.stopped === error.cause);
  }
});

Deno.test("who cancels the stream is heard, and what is read then is nobody's business", async () => {
  const writer = new Writer(["..."], null);
  const { content, events } = await contentOf(writer);
  assert(content instanceof ReadableStream);
  await content.cancel();
  assertEquals(events, ["cancel"]);
  writer.go();
});
