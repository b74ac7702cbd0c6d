// node:http's parser (llhttp, strict) beside ours: a child process that reads messages and says what it
// understood, many at a time. What it runs is node_parser.mjs.

import type { Answer } from "../support/corpus.ts";
import { toBytes, toText } from "../support/raw_client.ts";
import { toStatus } from "../support/message_reader.ts";

/** What a parser understood of some octets. */
export interface Reading {
  /** The requests, complete with their content, as the corpus writes them. */
  readonly messages: readonly Answer[];
  /** Why what follows them is refused; null where it is not. */
  readonly refusal: string | null;
  /** Whether the last of them ends the connection. */
  readonly isOver: boolean;
  /** The last of them made Node stop reading HTTP: by `CONNECT`, content included, or by `Upgrade`. */
  readonly stop: "CONNECT" | "Upgrade" | null;
}

interface NodeReading {
  readonly messages: readonly {
    readonly method: string;
    readonly target: string;
    readonly version: string;
    readonly fields: readonly string[];
    readonly content: string;
    readonly isComplete: boolean;
  }[];
  readonly error: string | null;
  readonly isTunnel: boolean;
}

/** What Node says where there are octets behind a request that ends the connection. */
const BEHIND_THE_END = "HPE_CLOSED_CONNECTION";

/** The parser of older ones is lax in ways that nobody needs to know any more. */
const OLDEST_NODE = 20;

/** The Node that can be run: its major version, and why it cannot be used, null where it can. */
export function findNode(): { readonly version: number; readonly why: string | null } {
  let version = 0;
  try {
    const { stdout } = new Deno.Command("node", { args: ["--version"] }).outputSync();
    version = Number(/^v(\d+)\./.exec(toText(stdout))?.[1] ?? 0);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  if (version >= OLDEST_NODE) return { version, why: null };
  return { version, why: version === 0 ? "no node here" : `node is older than ${OLDEST_NODE}` };
}

/** Node, reading messages until it is disposed of. */
export class NodeParser implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #received = "";

  constructor() {
    this.#process = new Deno.Command("node", {
      args: [new URL("node_parser.mjs", import.meta.url).pathname],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#writer = this.#process.stdin.getWriter();
    this.#reader = this.#process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** What Node understands of each message, as if it had come over a connection of its own. */
  async read(messages: readonly Uint8Array[]): Promise<Reading[]> {
    const line = `${JSON.stringify(messages.map((octets) => btoa(toText(octets))))}\n`;
    const written = this.#writer.write(toBytes(line));
    const readings = JSON.parse(await this.#line()) as NodeReading[];
    await written;
    return readings.map(toReading);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close();
    await this.#reader.cancel();
    await this.#process.status;
  }

  async #line(): Promise<string> {
    for (;;) {
      const end = this.#received.indexOf("\n");
      if (end >= 0) {
        const line = this.#received.slice(0, end);
        this.#received = this.#received.slice(end + 1);
        return line;
      }
      const { value, done } = await this.#reader.read();
      if (done) throw new Error("Node has ended, see above for why");
      this.#received += value;
    }
  }
}

function toReading({ messages, error, isTunnel }: NodeReading): Reading {
  const incomplete = messages.findIndex(({ isComplete }) => !isComplete);
  const complete = incomplete < 0 ? messages : messages.slice(0, incomplete);
  const last = complete.at(-1);
  const isUpgrade = last !== undefined && error === null &&
    last.fields.some((name, i) => i % 2 === 0 && name.toLowerCase() === "upgrade");
  return {
    messages: complete.map(({ method, target, version, fields, content }) => {
      const quoted = content === "" ? "" : ` "${content}"`;
      const names = fields.filter((_, i) => i % 2 === 0);
      return {
        line: `${toStatus(target)} ${method} ${target} HTTP/${version}${quoted}`,
        fields: names.map((name, i) => `${name}: ${fields[2 * i + 1]}`),
      };
    }),
    refusal: error === BEHIND_THE_END ? null : error,
    isOver: error === BEHIND_THE_END,
    stop: isTunnel ? "CONNECT" : isUpgrade ? "Upgrade" : null,
  };
}
