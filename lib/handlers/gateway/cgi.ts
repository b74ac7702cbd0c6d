/**
 * WHAT ANSWERS (RFC 3875): a folder of scripts, a process for each request.
 *
 *   path --> script --> environment --> place --> process --> head --> its content, as it comes
 *             |             |             |          |          |--> local redirect: the site is asked again
 *            404, 403,     400           503        500        502, 504
 *            501 (nph-)
 *
 * What RFC 3875 leaves open is decided so:
 *
 *   query without `=`     never becomes words of a command line (4.4): options that an interpreter takes from
 *                         there have run foreign code (CVE-2012-1823)
 *   chunked content       has no length, but a script that reads content has to know one (4.1.2): as much as
 *                         fits into memory is gathered, more is 411 (Length Required)
 *   PATH_TRANSLATED       is left out: which folder the rest of a path would lie in, nobody here knows
 *   HEAD, 204, 304        the script runs to its end, for it may do more than answer; its content is thrown away
 *   Content-Length        decides where the content ends: what is missing cuts the answer, what is too much is
 *                         thrown away. A script that is killed by a signal cuts its answer too. Where nothing has
 *                         been sent yet, either is a 502
 *   a peer that ends its side   may still read, so a script that has not answered has a moment left. A peer that is
 *                         gone takes the script with it
 *
 * Credentials and what else is kept from scripts: see `script_environment.ts`.
 */

import { Buffer } from "node:buffer";
import { mayHaveContent } from "../../http1/framing.ts";
import type { Content, Handler, HttpRequest, HttpResponse } from "../../server/handler.ts";
import { textAnswer } from "../../server/text_answer.ts";
import { ScriptFault, type ScriptHead, ScriptHeadParser } from "./cgi_response.ts";
import { redirectLocally } from "./local_redirect.ts";
import { decodePathOctets, toMetaVariables } from "./meta_variables.ts";
import { RunningScripts } from "./running_scripts.ts";
import { toEnvironment } from "./script_environment.ts";
import { canSearch } from "./script_family.ts";
import { type FoundScript, ScriptFolder } from "./script_folder.ts";
import { type ContentStart, describeEnd, toScriptContent } from "./script_content.ts";
import { ScriptProcess, ScriptSilence } from "./script_process.ts";

/** How scripts are run. */
export interface CgiOptions {
  /** The folder that they lie in. */
  readonly directory: string;
  /** What the program calls itself, for SERVER_SOFTWARE: `rawserve/0.1.0`. */
  readonly software: string;
  /** What scripts inherit beside the meta-variables, such as PATH; nothing else of our own environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Told what a script writes to stderr, a line at a time, and what is wrong with it. Not escaped. */
  readonly onDiagnostics: (line: string, request: HttpRequest) => void;
  /** Seconds that a script may be silent, before its answer and in it; 30 unless given. */
  readonly timeout?: number;
  /** Seconds from SIGTERM to SIGKILL, and that a script has left when its peer has ended its side; 2 unless given. */
  readonly grace?: number;
  /** The scripts that run, shared by all that run some; a set of its own, for 16, unless given. */
  readonly scripts?: RunningScripts;
  /** Who answers local redirects: the whole site. Without, the client is sent there. */
  readonly redirect?: Handler;
  /** Whether scripts are told the Authorization field. */
  readonly passAuthorization?: boolean;
  /** Whether keys pressed at a terminal end whoever is not in a session of his own (see `script_family.ts`). */
  readonly isAtTerminal?: boolean;
}

/** Octets of chunked content that are gathered in memory: for each place at most so many. */
const GATHERING_LIMIT = 1_048_576;

const BAD_PATH = textAnswer(400, "The path is none that a script can have");
const BAD_FIELDS = textAnswer(400, "The path or the type of the content is not UTF-8");
const FORBIDDEN = textAnswer(403, "This is not to be executed");
const NOT_FOUND = textAnswer(404, "There is no script here");
const NO_LENGTH = textAnswer(411, "A script has to know how long the content is");
const BROKEN = textAnswer(500, "The script cannot be run");
const NPH = textAnswer(501, "Scripts that speak HTTP themselves are not run here");
const FAULTY = textAnswer(502, "The script gave no answer");
const BUSY = textAnswer(503, "There are too many scripts running", ["Retry-After", "1"]);
const SILENT = textAnswer(504, "The script did not answer in time");

/** Errors of starting a process that go away by themselves. */
const SHORTAGE = /^(?:EAGAIN|EMFILE|ENFILE|ENOMEM)$/;

/** The peer is gone, or at least says nothing more. */
class PeerLeft extends Error {}

/** Answers with the scripts in `options.directory`. Throws a `Deno.errors` error where it cannot be found. */
export function cgi(options: CgiOptions): Handler {
  const server = new CgiServer(options);
  return (request) => server.answer(request);
}

/** A request, and the script that is to answer it. */
interface Asked {
  readonly request: HttpRequest;
  readonly script: FoundScript;
  readonly tell: (line: string) => void;
}

class CgiServer {
  readonly #options: CgiOptions;
  readonly #folder: ScriptFolder;
  readonly #scripts: RunningScripts;
  readonly #timeout: number;
  readonly #grace: number;
  readonly #isMarked: boolean;

  constructor(options: CgiOptions) {
    const { directory, scripts = new RunningScripts(), timeout = 30, grace = 2 } = options;
    this.#options = options;
    this.#folder = new ScriptFolder(directory);
    this.#scripts = scripts;
    this.#timeout = timeout;
    this.#grace = grace;
    this.#isMarked = options.isAtTerminal !== true && canSearch();
  }

  answer(request: HttpRequest): HttpResponse | Promise<HttpResponse> {
    const { target } = request;
    if (!("path" in target)) return NOT_FOUND;
    const tell = (line: string) => this.#options.onDiagnostics(line, request);
    const script = this.#folder.find(target.path);
    switch (script.kind) {
      case "script":
        return this.#run({ request, script, tell });
      case "bad":
        return BAD_PATH;
      case "forbidden":
        return FORBIDDEN;
      case "missing":
        return NOT_FOUND;
      case "nph":
        return NPH;
      case "foreign":
        tell(`Cannot run ${script.path}: it neither begins with #! nor is a program`);
        return BROKEN;
    }
  }

  async #run(asked: Asked): Promise<HttpResponse> {
    const { request } = asked;
    const variables = this.#toVariables(asked);
    const environment = variables && toEnvironment(variables, {
      passAuthorization: this.#options.passAuthorization ?? false,
    });
    if (environment === null) return BAD_FIELDS;
    if (!this.#scripts.enter()) return BUSY;
    let process: ScriptProcess | null = null;
    try {
      let { content } = request;
      if (content !== null && !request.fields.has("content-length")) {
        const gathered = await gather(content);
        if (gathered === null) return NO_LENGTH;
        environment["CONTENT_LENGTH"] = String(gathered.length);
        content = ReadableStream.from([gathered]);
      }
      const started = this.#start(asked, { environment, content });
      if (!(started instanceof ScriptProcess)) return started;
      process = started;
      this.#scripts.add(process);
    } finally {
      if (process === null) this.#scripts.leave();
    }
    return await this.#toAnswer(process, asked);
  }

  #toVariables({ request, script }: Asked): Map<string, string> | null {
    const base = decodePathOctets(request.base);
    return base === null ? null : toMetaVariables(request, {
      scriptName: base + script.name,
      pathInfo: script.pathInfo,
      software: this.#options.software,
    });
  }

  #start(
    { script, tell }: Asked,
    { environment, content }: {
      environment: Record<string, string>;
      content: ReadableStream<Uint8Array> | null;
    },
  ): ScriptProcess | HttpResponse {
    const { path, folder } = script;
    try {
      return new ScriptProcess({
        path,
        folder,
        environment: { ...this.#options.environment, ...environment, SCRIPT_FILENAME: path },
        content,
        isMarked: this.#isMarked,
      }, { timeout: this.#timeout, grace: this.#grace, tell });
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (SHORTAGE.test((error as { code?: string }).code ?? "")) return BUSY;
      if (error instanceof Deno.errors.PermissionDenied) return FORBIDDEN;
      const hint = error instanceof Deno.errors.NotFound
        ? " (is there the interpreter that its first line names?)"
        : "";
      tell(`Cannot run ${path}: ${error.message}${hint}`);
      return BROKEN;
    }
  }

  async #toAnswer(process: ScriptProcess, asked: Asked): Promise<HttpResponse> {
    const { request } = asked;
    const forget = this.#watchPeer(request.signal, process);
    try {
      const { head, content } = await readHead(process);
      if (head.localRedirect !== null) {
        return await this.#redirect(process, { asked, head, location: head.localRedirect });
      }
      const { status, fields } = head;
      if (request.method === "HEAD" || !mayHaveContent(status)) {
        this.#finish(process, asked);
        // No content, and nothing said about how long it would have been (RFC 9110 8.6).
        return { status, fields, content: ReadableStream.from([]) };
      }
      const start = { first: content, length: head.length };
      return { status, fields, content: await this.#toContent(process, { asked, start }) };
    } catch (error) {
      return this.#toFailure(error, { process, asked });
    } finally {
      forget();
    }
  }

  /** Stops `process` some time after the peer has ended its side; returns what ends that. */
  #watchPeer(signal: AbortSignal, process: ScriptProcess): () => void {
    let patience: ReturnType<typeof setTimeout> | undefined;
    const onAbort = () => {
      patience = setTimeout(() => process.stop(new PeerLeft()), this.#grace * 1_000);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort);
    return () => {
      signal.removeEventListener("abort", onAbort);
      clearTimeout(patience);
    };
  }

  async #redirect(
    process: ScriptProcess,
    { asked, head, location }: { asked: Asked; head: ScriptHead; location: string },
  ): Promise<HttpResponse> {
    await process.drain();
    const { redirect } = this.#options;
    if (redirect === undefined) {
      const fields = head.fields.with(["Location", location]);
      return { status: head.status, fields, content: null };
    }
    // The next script needs the place of this one.
    await process.exited;
    const request = redirectLocally(asked.request, location);
    if (request !== null) return await redirect(request);
    throw new ScriptFault("It was one of too many redirects in a row");
  }

  #toContent(
    process: ScriptProcess,
    { asked, start }: { asked: Asked; start: ContentStart },
  ): Promise<Content> {
    return toScriptContent(process, start, {
      onFull: () => this.#finish(process, asked),
      toFailure: (error) =>
        error instanceof ScriptFault || error instanceof ScriptSilence
          ? new Error(toMessage(error, asked), { cause: error })
          : error,
      onCancel: () => process.stop(new PeerLeft()),
    });
  }

  /** Lets the script come to its end, with nobody there any more who would want what it writes. */
  #finish(process: ScriptProcess, asked: Asked): void {
    process.drain().catch((error) => {
      if (error instanceof ScriptSilence) asked.tell(toMessage(error, asked));
    });
  }

  /** The answer where there is none: what has been thrown on the way to the end of the head. */
  #toFailure(
    error: unknown,
    { process, asked }: { process: ScriptProcess; asked: Asked },
  ): HttpResponse {
    process.stop(error);
    if (error instanceof PeerLeft) return FAULTY;
    if (error instanceof ScriptSilence) {
      asked.tell(toMessage(error, asked));
      return SILENT;
    }
    if (!(error instanceof ScriptFault)) throw error;
    asked.tell(toMessage(error, asked));
    return FAULTY;
  }
}

/** The head, and what of the content came with it. Rejects with `ScriptFault`, and as `process.read` does. */
async function readHead(
  process: ScriptProcess,
): Promise<{ head: ScriptHead; content: Uint8Array }> {
  const parser: ScriptHeadParser = new ScriptHeadParser();
  for (;;) {
    const piece = await process.read();
    if (piece === null) parser.end(describeEnd(await process.exit()));
    const parsed = parser.parse(piece);
    if (parsed !== null) return parsed;
  }
}

function toMessage({ message }: Error, { script }: Asked): string {
  return `The script ${script.path} failed. ${message}`;
}

/** The whole of `content`; null where it is more than may be kept. */
async function gather(content: ReadableStream<Uint8Array>): Promise<Uint8Array | null> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of content) {
    pieces.push(piece);
    length += piece.length;
    if (length > GATHERING_LIMIT) return null;
  }
  return Buffer.concat(pieces);
}
