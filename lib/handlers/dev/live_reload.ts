/**
 * WHAT ANSWERS: pages that load themselves again when what they were made of has changed (`--dev`).
 *
 *   GET /page.html        --> the handler's answer, with <script src="/.rawserve/dev.js?STATE"> at its end
 *   GET /.rawserve/dev.js --> the script; see static/dev_reload.js
 *   GET /.rawserve/dev    --> text/event-stream: `state` at once and after each change, `style` for a style
 *                             sheet that can be changed in place
 *
 * The state is a name that this process took at its start and how many changes it was told of: a page
 * that comes back to a server that was started again sees another state, and so does one that was away. Nobody
 * gets any of this but browsers on this machine that ask for a document; everything that is no HTML goes
 * by untouched. A stream stays a stream, and a length is right. Browsers run a script that stands
 * behind the end of the document, so nothing has to be looked for inside.
 */

import { FieldBlock } from "../../http1/field_block.ts";
import { ContentParts, FileSlice, type Part, SizedStream } from "../../server/file_slice.ts";
import type { Content, Handler, HttpRequest, HttpResponse } from "../../server/handler.ts";
import { ReadyAnswer } from "../../server/ready_answer.ts";
import { answerUnlessReading } from "../read_methods.ts";
import { DocumentRequest, isForDocument } from "./document_request.ts";
import { allowOwnSources } from "./own_sources.ts";

/** Where the script is. */
export const DEV_SCRIPT_PATH = "/.rawserve/dev.js";
/** Where the events are. */
export const DEV_EVENTS_PATH = "/.rawserve/dev";

const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/i;
/** What speaks about the answer as it was, or lets it be kept. */
const LEFT_OUT =
  /^(?:accept-ranges|cache-control|content-digest|content-md5|digest|etag|expires|last-modified|repr-digest)$/i;
/** A charset in which ASCII is something else. */
const WIDE = /charset="?utf-?(?:16|32)/i;
/** What can stand in a policy's address; IPv6 cannot. */
const NAMEABLE = /^[\w.-]+(?::\d+)?$/;
const EVENTS_FIELDS = new FieldBlock([
  ["Content-Type", "text/event-stream"],
  ["Cache-Control", "no-store"],
  ["X-Accel-Buffering", "no"],
]);
const encoder = new TextEncoder();

type StreamController = ReadableStreamDefaultController<Uint8Array>;

/** What open pages are told. */
export class LiveReload {
  readonly #start = crypto.randomUUID();
  readonly #script: ReadyAnswer;
  readonly #pages = new Set<StreamController>();
  #changes = 0;
  #isClosed = false;

  /** Reads the script from `staticDirectory`. Throws where it is not there. */
  constructor({ staticDirectory }: { staticDirectory: URL }) {
    this.#script = new ReadyAnswer({
      status: 200,
      fields: new FieldBlock([
        ["Content-Type", "text/javascript; charset=utf-8"],
        ["X-Content-Type-Options", "nosniff"],
        ["Cross-Origin-Resource-Policy", "same-origin"],
        ["Cache-Control", "no-store"],
      ]),
      content: Deno.readFileSync(new URL("dev_reload.js", staticDirectory)),
    });
  }

  /** `handler`, whose pages load themselves again. */
  wrap(handler: Handler): Handler {
    return (request) => {
      if (!isFromHere(request)) return handler(request);
      const path = "path" in request.target ? request.target.path : "";
      if (path === DEV_SCRIPT_PATH) return answerUnlessReading(request.method) ?? this.#script;
      if (path === DEV_EVENTS_PATH) {
        return answerUnlessReading(request.method) ?? this.#follow(request);
      }
      if (!isForDocument(request)) return handler(request);
      const asked = new DocumentRequest(request);
      const policy = toOwnSources(request);
      const response = handler(asked);
      return response instanceof Promise
        ? response.then((response) => this.#extend(response, policy))
        : this.#extend(response, policy);
    };
  }

  /** Makes every open page load itself again. */
  reload(): void {
    this.#changes++;
    this.#tell("state", this.#state);
  }

  /** Makes every open page take the style sheet anew whose file has this path, below what is served. */
  restyle(path: string): void {
    this.#changes++;
    this.#tell("style", JSON.stringify({ state: this.#state, path }));
  }

  /** Ends the streams, and those that are still to be asked for. */
  close(): void {
    this.#isClosed = true;
    for (const page of this.#pages) page.close();
    this.#pages.clear();
  }

  get #state(): string {
    return `${this.#start}.${this.#changes}`;
  }

  #tell(event: string, data: string): void {
    for (const page of this.#pages) page.enqueue(toEvent(event, data));
  }

  #follow({ signal }: HttpRequest): HttpResponse {
    let page: StreamController;
    // Nobody who leaves is noticed while there is nothing to tell him.
    signal.addEventListener("abort", () => this.#pages.delete(page) && page.close());
    const content = new ReadableStream<Uint8Array>({
      start: (controller) => {
        page = controller;
        // After so many milliseconds the browser is to come back.
        page.enqueue(encoder.encode(`retry: 250\n${formatEvent("state", this.#state)}`));
        if (this.#isClosed) page.close();
        else this.#pages.add(page);
      },
      cancel: () => void this.#pages.delete(page),
    });
    return { status: 200, fields: EVENTS_FIELDS, content };
  }

  #extend(response: HttpResponse, own: OwnSources | null): HttpResponse {
    const { status, fields, content } = response;
    if (!isPage(response)) return response;
    const script = encoder.encode(
      `<script src="${DEV_SCRIPT_PATH}?${this.#state}" async></script>\n`,
    );
    const lines = [...fields].filter(([name]) => !LEFT_OUT.test(name))
      .map(([name, value]) => [name, toPolicy(name, { value, own })] as const);
    return {
      status,
      fields: new FieldBlock([...lines, ["Cache-Control", "no-store"]]),
      content: append(content, script),
    };
  }
}

interface OwnSources {
  readonly script: string;
  readonly stream: string;
}

/** Whether browser and server are on one machine; what a proxy says can only speak against it. */
function isFromHere({ localAddress, remoteAddress }: HttpRequest): boolean {
  return [localAddress, remoteAddress].every((address) =>
    address.transport === "tcp" && LOOPBACK.test(address.hostname)
  );
}

function isPage({ status, fields, content }: HttpResponse): boolean {
  const type = fields.get("content-type") ?? "";
  return status >= 200 && status !== 206 && (status < 300 || status >= 400) && content !== null &&
    /^text\/html\s*(?:;|$)/i.test(type) && !WIDE.test(type) &&
    fields.get("content-encoding") === null &&
    !/^\s*attachment/i.test(fields.get("content-disposition") ?? "");
}

/** The addresses of ours as policies name them; null where they cannot. */
function toOwnSources({ secure, authority }: HttpRequest): OwnSources | null {
  if (authority === null || !NAMEABLE.test(authority)) return null;
  const origin = `${secure ? "https" : "http"}://${authority}`;
  return { script: origin + DEV_SCRIPT_PATH, stream: origin + DEV_EVENTS_PATH };
}

function toPolicy(
  name: string,
  { value, own }: { value: string; own: OwnSources | null },
): string {
  if (own === null || name.toLowerCase() !== "content-security-policy") return value;
  return allowOwnSources(value, own);
}

/** `content` with `more` behind it. */
function append(content: Content, more: Uint8Array): Content {
  if (content === null) return null;
  if (content instanceof Uint8Array) {
    const octets = new Uint8Array(content.length + more.length);
    octets.set(content);
    octets.set(more, content.length);
    return octets;
  }
  if (content instanceof FileSlice) return appendToFile(content, more);
  if (content instanceof ContentParts) {
    const { length, parts, close } = content;
    const all = function* (): Iterable<Part> {
      yield* parts();
      yield more;
    };
    return new ContentParts(length + more.length, all, close);
  }
  if (content instanceof SizedStream) {
    return new SizedStream(content.length + more.length, appendToStream(content.stream, more));
  }
  return content instanceof ReadableStream ? appendToStream(content, more) : content;
}

function appendToFile(slice: FileSlice, more: Uint8Array): ContentParts {
  let isTaken = false;
  const parts = function* (): Iterable<Part> {
    isTaken = true;
    yield slice;
    yield more;
  };
  // Whoever takes a part closes it.
  return new ContentParts(slice.length + more.length, parts, () => {
    if (!isTaken) slice.file.close();
  });
}

function appendToStream(
  stream: ReadableStream<Uint8Array>,
  more: Uint8Array,
): ReadableStream<Uint8Array> {
  return stream.pipeThrough(
    new TransformStream({ flush: (controller) => controller.enqueue(more) }),
  );
}

function toEvent(event: string, data: string): Uint8Array {
  return encoder.encode(formatEvent(event, data));
}

/** `data` must be one line. */
function formatEvent(event: string, data: string): string {
  return `event: ${event}\ndata: ${data}\n\n`;
}
