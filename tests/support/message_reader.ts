// The smallest driver that lib/http1 can have: octets in at any cuts, messages out, no socket and no
// clock. It is what "sans-IO" promises, and what the corpus and the fuzzer run on. The buffer moves
// between any two calls, as a connection's buffer may.

import { type ContentDecoder, toContentDecoder } from "../../lib/http1/content_decoder.ts";
import { badRequest, ProtocolError } from "../../lib/http1/protocol_error.ts";
import { RequestHeadScanner } from "../../lib/http1/request_head.ts";
import type { RequestHead } from "../../lib/http1/request_rules.ts";
import { DEFAULT_LIMITS, type Limits } from "../../lib/server/limits.ts";
import type { Answer } from "./corpus.ts";
import { toText } from "./raw_client.ts";

/** What scans heads; the fuzzer's own test puts a broken one here. */
export interface HeadScanner {
  readonly isInside: boolean;
  parse(bytes: Uint8Array, start: number, end: number): RequestHead | null;
}

export interface ReaderOptions {
  readonly limits?: Limits;
  readonly scanner?: HeadScanner;
  readonly toDecoder?: typeof toContentDecoder;
}

/** Reads the messages of one connection. */
export class MessageReader {
  readonly answers: Answer[] = [];
  /** What refused the last message, null while nothing did. */
  refusal: ProtocolError | null = null;
  /** How many octets the complete messages have taken. */
  consumed = 0;
  readonly #limits: Limits;
  readonly #scanner: HeadScanner;
  readonly #toDecoder: typeof toContentDecoder;
  #bytes = new Uint8Array(0);
  #start = 0;
  #head: RequestHead | null = null;
  #decoder: ContentDecoder | null = null;
  #content = "";
  #isOver = false;
  #fed = 0;

  constructor(options: ReaderOptions = {}) {
    this.#limits = options.limits ?? DEFAULT_LIMITS;
    this.#scanner = options.scanner ?? new RequestHeadScanner(this.#limits);
    this.#toDecoder = options.toDecoder ?? toContentDecoder;
  }

  /** Whether the connection takes more messages. */
  get staysOpen(): boolean {
    return !this.#isOver;
  }

  /** Takes octets as they come. Throws what no parser may throw. */
  feed(octets: Uint8Array): void {
    this.#fed += octets.length;
    this.#move(octets);
    this.#guarded(() => {
      while (!this.#isOver && this.#start < this.#bytes.length && this.#step());
    });
  }

  /** Takes note that the peer has ended its side. */
  end(): void {
    if (this.#isOver) return;
    this.#guarded(() => {
      if (this.#head !== null) throw badRequest("The content is cut short", "RFC 9112 8");
      if (this.#scanner.isInside) throw badRequest("The head is cut short", "RFC 9112 8");
    });
    this.#isOver = true;
  }

  #guarded(read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.refusal = error;
      this.answers.push({ line: `${error.status} ${error.section}`, fields: [] });
      this.#isOver = true;
    }
  }

  /** What is not consumed, and `octets` behind it, in a new buffer and at another place. */
  #move(octets: Uint8Array): void {
    const kept = this.#bytes.subarray(this.#start);
    const offset = (this.#start + 1) % 3;
    const bytes = new Uint8Array(offset + kept.length + octets.length);
    bytes.set(kept, offset);
    bytes.set(octets, offset + kept.length);
    this.#bytes = bytes;
    this.#start = offset;
  }

  /** Whether there is more to do with what is here. */
  #step(): boolean {
    if (this.#decoder !== null) {
      this.#start = this.#decoder.decode(this.#bytes, this.#start, this.#bytes.length);
      const { pieceStart, pieceEnd } = this.#decoder;
      this.#content += toText(this.#bytes.subarray(pieceStart, pieceEnd));
      if (this.#decoder.isDone) this.#finish();
      return true;
    }
    this.#head = this.#scanner.parse(this.#bytes, this.#start, this.#bytes.length);
    if (this.#head === null) return false;
    this.#head.fields.keep();
    this.#start += this.#head.length;
    this.#decoder = this.#toDecoder(this.#head.framing, this.#limits);
    if (this.#decoder === null) this.#finish();
    return true;
  }

  #finish(): void {
    this.answers.push(toAnswer(this.#head!, this.#content));
    this.consumed = this.#fed - (this.#bytes.length - this.#start);
    this.#isOver = !this.#head!.persistent;
    this.#head = this.#decoder = null;
    this.#content = "";
  }
}

/** What a corpus case says about an accepted request; the status is that of tests/support/echo_server.ts. */
export function toAnswer(
  request: Pick<RequestHead, "method" | "target" | "version" | "fields">,
  content: string,
): Answer {
  const { method, target, version, fields } = request;
  const quoted = content === "" ? "" : ` "${content}"`;
  return {
    line: `${toStatus(target.raw)} ${method} ${target.raw} HTTP/${version}${quoted}`,
    fields: Array.from(fields, ([name, value]) => `${name}: ${value}`),
  };
}

/** `/status/404` is answered with 404, everything else with 200. */
export function toStatus(target: string): number {
  // A target that is no path asks for a tunnel, and a 2xx would promise one.
  if (!/^[/*]|:\/\//.test(target)) return 405;
  return Number(/^\/status\/([2-5]\d\d)$/.exec(target)?.[1] ?? 200);
}

/** Reads `message`, cut at the offsets `cuts`, to its end. */
export function readCut(
  message: { request: Uint8Array; ends: boolean },
  cuts: readonly number[],
  options: ReaderOptions = {},
): MessageReader {
  const reader = new MessageReader(options);
  let start = 0;
  for (const end of [...cuts, message.request.length]) {
    reader.feed(message.request.subarray(start, end));
    start = end;
  }
  if (message.ends) reader.end();
  return reader;
}
