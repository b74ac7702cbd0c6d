/**
 * WHAT ANSWERS: one request to a WSGI app, from the queue to the last octet of its answer.
 *
 *   waiting --> with a worker --> head --> all there at once: octets
 *                     |            |
 *                     |            +-----> more to come: a stream, as it comes
 *                     +--> 500 the app raised, 502 the worker died, 504 it was silent; behind the head: cut
 *
 * A worker answers one request at a time, so nobody slow may hold it. What a client sends is read ahead before
 * a worker is taken, and what an app gives before the client takes it, both within bounds; a worker waits
 * only for what exceeds them. Content-Length is what the app promised: what is missing cuts the answer, what is
 * too much is not sent.
 */

import { Buffer } from "node:buffer";
import { mayHaveContent } from "../../http1/framing.ts";
import { SizedStream } from "../../server/file_slice.ts";
import type { Content, HttpRequest, HttpResponse } from "../../server/handler.ts";
import { textAnswer } from "../../server/text_answer.ts";
import { ScriptFault, type ScriptHead, ScriptHeadParser } from "./cgi_response.ts";
import { encodeFrame, encodeRequest, TO_WORKER } from "./wsgi_frames.ts";

/** Octets of a request's content that are read before a worker is taken: a form, as much as a pipe takes. */
const REQUEST_AHEAD = 65_536;
/** Octets of an answer that are read before the client takes them: most pages as a whole. */
const ANSWER_AHEAD = 262_144;
const NOTHING = new Uint8Array();
const SAFE: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

const FAILED = textAnswer(500, "The app failed to answer this request");
const FAULTY = textAnswer(502, "The app gave no answer");
const SILENT = textAnswer(504, "The app did not answer in time");

/** What a call needs of the worker that answers it. */
export interface CallWorker {
  /** Sends a frame. */
  send(frame: Uint8Array): void;
  /** Tells it that nobody wants the answer any more. */
  abort(): void;
  /** Tells whoever reads the log. */
  tell(line: string): void;
}

/** How a call came to its end without an answer. */
export type Loss = "died" | "silent" | "stopped";

/** One request and its answer. */
export class WsgiCall {
  /** What is asked. */
  readonly request: HttpRequest;
  /** In development: what the app raised, as JSON. */
  report: string | null = null;
  /** The answer; never rejects. */
  readonly answer: Promise<HttpResponse>;
  readonly #resolve: (answer: HttpResponse) => void;
  readonly #variables: Map<string, string>;
  #worker: CallWorker | null = null;
  /** The request's content: what has been read, and whoever reads the rest. */
  #first: Uint8Array = NOTHING;
  #source: ReadableStreamDefaultReader<Uint8Array> | null = null;
  #isStarving = false;
  #head: ScriptHead | null = null;
  /** Octets that the answer's length still allows. */
  #left = Infinity;
  /** What has come of the answer's content and has not been taken. */
  #pieces: Uint8Array[] = [];
  #ahead = 0;
  #isAnswered = false;
  /** Nothing more of the answer will come; what cuts it. */
  #isComplete = false;
  #failure: Error | null = null;
  /** Nobody wants the answer. */
  #isUnwanted = false;
  /** Wakes who waits for the next piece, and who waits for room. */
  #wakeReader: (() => void) | null = null;
  #wakeWriter: (() => void) | null = null;

  /** Asks for what `request` and its `variables` say. */
  constructor(request: HttpRequest, variables: Map<string, string>) {
    this.request = request;
    this.#variables = variables;
    const { promise, resolve } = Promise.withResolvers<HttpResponse>();
    this.answer = promise;
    this.#resolve = resolve;
  }

  /** Whether somebody watches that its client stays while it waits. */
  isWatched = false;

  /** Whether nobody wants the answer any more, and the worker has been told. */
  get isUnwanted(): boolean {
    return this.#isUnwanted;
  }

  /** Whether the app has to do something now: it waits for no content, and its answer is taken as it comes. */
  get isWithApp(): boolean {
    return !this.#isStarving && this.#wakeWriter === null;
  }

  /**
   * Reads the first of the request's content. A client that wants to be asked before it sends any is asked
   * when the app reads. Rejects with what reading rejects with.
   */
  async readAhead(content: ReadableStream<Uint8Array>): Promise<void> {
    const source = content.getReader();
    this.#source = source;
    if (this.request.fields.has("expect")) return;
    const pieces: Uint8Array[] = [];
    for (let length = 0; length < REQUEST_AHEAD;) {
      const { value } = await source.read();
      if (value === undefined) {
        this.#source = null;
        // An app that knows no other end of content than its length is told it where it can be.
        if (length > 0) this.#variables.set("CONTENT_LENGTH", String(length));
        break;
      }
      pieces.push(value);
      length += value.length;
    }
    this.#first = join(pieces);
  }

  /**
   * Whether a worker may have it while it answers another one: it comes as a whole, and does no harm where it is begun
   * by two workers, which can happen when it is taken back (RFC 9110 9.2.1).
   */
  get isSafe(): boolean {
    return this.request.content === null && SAFE.has(this.request.method);
  }

  /** A worker has taken the call. */
  begin(worker: CallWorker): void {
    this.#worker = worker;
    const isOpen = this.#source !== null;
    worker.send(encodeRequest(this.#variables, { content: this.#first, isOpen }));
    this.#first = NOTHING;
  }

  /** Answers without a worker. */
  refuse(answer: HttpResponse): void {
    this.#source?.releaseLock();
    this.#resolve(answer);
  }

  /** The app wants more of the request's content. */
  async pull(): Promise<void> {
    this.#isStarving = true;
    let frame: Uint8Array;
    try {
      const value = (await this.#source?.read())?.value;
      frame = value === undefined
        ? encodeFrame(TO_WORKER.end)
        : encodeFrame(TO_WORKER.content, value);
    } catch {
      // The driver knows, for it is the content's source.
      frame = encodeFrame(TO_WORKER.failed);
    }
    this.#isStarving = false;
    if (!this.#isUnwanted && !this.#isComplete) this.#worker?.send(frame);
  }

  /** The head of the answer has come. */
  takeHead(octets: Uint8Array): void {
    try {
      const parsed = new ScriptHeadParser().parse(octets);
      if (parsed === null) throw new ScriptFault("Its head has no end");
      this.#head = parsed.head;
      if (parsed.head.length !== null) this.#left = parsed.head.length;
    } catch (error) {
      if (!(error instanceof ScriptFault)) throw error;
      this.#fail(FAULTY, `The app's answer is none. ${error.message}`);
      this.#abort();
    }
  }

  /** A piece of the answer's content has come; it is copied. */
  takeContent(octets: Uint8Array): void {
    const piece = octets.subarray(0, Math.min(octets.length, this.#left));
    this.#left -= piece.length;
    if (this.#isUnwanted || piece.length === 0) return;
    this.#pieces.push(piece.slice());
    this.#ahead += piece.length;
  }

  /** All that came at once has been taken. */
  settle(): void {
    if (this.#head !== null && !this.#isAnswered) this.#give(this.#toAnswer(this.#head));
    this.#wakeReader?.();
  }

  /** Resolves when there is room for more of the answer; null where there is. */
  room(): Promise<void> | null {
    if (this.#ahead < ANSWER_AHEAD || this.#isUnwanted) return null;
    return new Promise((resolve) => {
      this.#wakeWriter = () => {
        this.#wakeWriter = null;
        resolve();
      };
    });
  }

  /** The app is done. */
  end(): void {
    if (this.#head === null) this.#fail(FAULTY, "The app gave no answer");
    else if (this.#isPromiseOpen) {
      this.#fail(
        FAULTY,
        `The app gave less than its Content-Length: ${this.#left} octets are missing`,
      );
    }
    this.#finish();
  }

  /** The app has raised, and that has been told. */
  fail(): void {
    if (!this.#isAnswered) this.#give(FAILED);
    else if (this.#left > 0) this.#cut("The app failed");
    this.#finish();
  }

  /** The worker is lost. Returns the status that the client gets; null where it is too late for one. */
  lose(loss: Loss): number | null {
    let status: number | null = null;
    if (!this.#isAnswered) {
      const answer = loss === "silent" ? SILENT : FAULTY;
      status = answer.status;
      this.#give(answer);
    } else if (this.#left > 0) {
      this.#cut("The worker was lost");
    }
    this.#finish();
    return status;
  }

  /** Whether a length has been promised and not been kept, where content is sent at all. */
  get #isPromiseOpen(): boolean {
    const { length, status } = this.#head!;
    return length !== null && this.#left > 0 && this.request.method !== "HEAD" &&
      mayHaveContent(status);
  }

  /** There is something wrong with the answer: `answer` is given, or, where that is too late, it is cut. */
  #fail(answer: HttpResponse, why: string): void {
    if (this.#isAnswered) return this.#cut(why);
    this.#worker?.tell(why);
    this.#give(answer);
  }

  /** Whoever sends the answer tells why it is cut. */
  #cut(why: string): void {
    this.#failure = new Error(`${why} in the answer to ${describe(this.request)}`);
  }

  #finish(): void {
    this.#isComplete = true;
    this.#source?.releaseLock();
    this.settle();
    this.#wakeWriter?.();
  }

  #give(answer: HttpResponse): void {
    this.#isAnswered = true;
    this.#resolve(answer);
  }

  #toAnswer({ status, fields, length }: ScriptHead): HttpResponse {
    return { status, fields, content: this.#toContent(length) };
  }

  #toContent(length: number | null): Content {
    if (this.request.method === "HEAD") {
      // What would be sent to GET is known where the app says it (RFC 9110 8.6).
      return length === null ? emptyStream() : new SizedStream(length, emptyStream());
    }
    if (this.#isComplete || this.#left === 0) return this.#takePieces();
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => this.#pullInto(controller),
      cancel: () => this.#abort(),
    }, { highWaterMark: 0 });
    return length === null ? stream : new SizedStream(length, stream);
  }

  async #pullInto(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    while (this.#pieces.length === 0 && !this.#isComplete && this.#left > 0) {
      await new Promise<void>((resolve) => this.#wakeReader = resolve);
      this.#wakeReader = null;
    }
    if (this.#isUnwanted) return;
    if (this.#pieces.length > 0) controller.enqueue(this.#takePieces());
    else if (this.#failure !== null) return controller.error(this.#failure);
    if (this.#left === 0 || (this.#isComplete && this.#failure === null)) controller.close();
  }

  #takePieces(): Uint8Array {
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#ahead = 0;
    this.#wakeWriter?.();
    return join(pieces);
  }

  /** The client has left, or the rest is of no use. */
  #abort(): void {
    if (this.#isUnwanted) return;
    this.#isUnwanted = true;
    this.#pieces = [];
    this.#ahead = 0;
    this.#wakeReader?.();
    this.#wakeWriter?.();
    if (!this.#isComplete) this.#worker?.abort();
  }
}

/** Method and target of a request, for a line of the log. Not escaped. */
export function describe({ method, target }: HttpRequest): string {
  return `${method} ${target.raw.slice(0, 200)}`;
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}

function emptyStream(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.close() });
}
