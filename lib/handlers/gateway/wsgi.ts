/**
 * WHAT ANSWERS (PEP 3333): a Python app, in processes of its own that live as long as the server.
 *
 *   request --> meta-variables --> queue --> worker --> wsgiref's handler --> the app
 *   answer  <-- head as of CGI <-- octets or a stream <-- frames <-----------------+
 *
 * The app is named as it is for gunicorn, and finds what it finds there: the folder that it lies in is the
 * working directory and the first place in which modules are looked for; a worker answers one request at a time;
 * one process unless there are to be more, for an app that keeps something in its memory has only one of it.
 * What an app writes to standard output and error is told line by line, and so is whatever goes wrong.
 *
 * Left out: CONNECT, for no tunnels are made here; trailer fields, for WSGI has none.
 */

import type { Handler, HttpRequest, HttpResponse } from "../../server/handler.ts";
import { textAnswer } from "../../server/text_answer.ts";
import { decodePathOctets, toMetaVariables } from "./meta_variables.ts";
import { WsgiCall } from "./wsgi_call.ts";
import { WsgiPool } from "./wsgi_pool.ts";
import { WsgiProgram } from "./wsgi_program.ts";
import { WsgiStartError } from "./wsgi_start_error.ts";

/** What a line of the log is about. */
export interface WsgiContext {
  /** The worker's process number; null where none has to do with it. */
  readonly pid: number | null;
  /** The request under way; null where there is none. What is printed may be read a little late. */
  readonly request: HttpRequest | null;
}

/** Which app is run, and how. */
export interface WsgiOptions {
  /**
   * `module:callable`, `module:factory()` with literals as arguments if need be, or `module` alone, whose callable
   * is `application`.
   */
  readonly app: string;
  /** The Python to run, 3.8 or later: a name in PATH, or a path; `python3` unless given. */
  readonly python?: string;
  /** The working directory of the app, and the first place in which modules are looked for. */
  readonly directory: string;
  /** Processes; 1 unless given. */
  readonly workers?: number;
  /** Requests that wait for one of them; 1,000 unless given. Those beyond it get 503. */
  readonly queue?: number;
  /** Where the worker's own program is. */
  readonly staticDirectory: string | URL;
  /** What the server calls itself, for SERVER_SOFTWARE: `rawserve/0.1.0`. */
  readonly software: string;
  /** Seconds that a worker may be silent at a request; 30 unless given, 0 for ever. Then it is killed and the client gets 504. */
  readonly timeout?: number;
  /** Seconds that a worker may import the app; 60 unless given. */
  readonly startTimeout?: number;
  /** What the workers inherit, such as PATH, HOME and PYTHONPATH; nothing else of our own environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Told what the app prints, a line at a time, and what is wrong with it. Not escaped. */
  readonly onDiagnostics: (line: string, context: WsgiContext) => void;
  /**
   * For development: answers where the app has raised and nothing has gone out yet. What it raised is told
   * as JSON, see static/wsgi_failure.py. Unless given the answer is a 500, and no worker tells anything.
   */
  readonly onFailure?: (report: string, request: HttpRequest) => HttpResponse;
}

/** An app that runs. */
export interface WsgiApp {
  /** Answers with the app. */
  readonly handler: Handler;
  /**
   * Takes no more requests and ends the workers, each when it is done; after `grace` seconds whatever they are at.
   * Resolves when none is left. A second call may shorten the grace.
   */
  close(grace: number): Promise<void>;
}

/** Seconds to come back from an answer that nobody wants any more; to end after a signal. */
const LEAVE = 5;
const END = 2;
const NO_CONTEXT: WsgiContext = { pid: null, request: null };

const NO_TUNNEL = textAnswer(501, "An app makes no tunnels");
const BAD_PATH = textAnswer(400, "The path holds an escape that means no octet");

/**
 * Starts the app's workers. Resolves when the first of them has imported it; rejects with an `Error` whose message says
 * on one line why it has not, with a `WsgiStartError` where a process was there to say it.
 */
export async function startWsgi(options: WsgiOptions): Promise<WsgiApp> {
  const { app, directory, workers = 1, onDiagnostics } = options;
  const { python = "python3", timeout = 30, startTimeout = 60 } = options;
  const failure = `Cannot run ${app}:`;
  checkFolder(directory, failure);
  const silence = timeout === 0 ? Infinity : timeout;
  const tick = Math.min(500, Math.max(10, silence * 100));
  const toTicks = (seconds: number) => Math.ceil(seconds * 1_000 / tick);
  const program = new WsgiProgram({
    ...options,
    python,
    isOneOfMany: workers > 1,
    isDevelopment: options.onFailure !== undefined,
  });
  const pool = new WsgiPool(program, {
    workers,
    queue: options.queue ?? 1_000,
    tick,
    patience: {
      start: toTicks(startTimeout),
      answer: toTicks(silence),
      leave: toTicks(Math.min(LEAVE, silence)),
      end: toTicks(END),
    },
    onLine: onDiagnostics,
    onNote: (line) => onDiagnostics(line, NO_CONTEXT),
  });
  try {
    await pool.start();
  } catch (error) {
    await pool.close(0);
    if (!(error instanceof WsgiStartError)) throw error;
    throw new WsgiStartError(`${failure} ${error.message}`, error.report);
  }
  return {
    handler: toHandler(pool, options),
    close: (grace) => pool.close(grace),
  };
}

function toHandler(pool: WsgiPool, { software, onFailure }: WsgiOptions): Handler {
  return (request) => {
    if (request.method === "CONNECT") return NO_TUNNEL;
    const scriptName = decodePathOctets(request.base);
    // OPTIONS * is asked of no path (RFC 9110 9.3.7).
    const pathInfo = "path" in request.target ? decodePathOctets(request.target.path) : "";
    if (scriptName === null || pathInfo === null) return BAD_PATH;
    const variables = toMetaVariables(request, { scriptName, pathInfo, software });
    const call = new WsgiCall(request, variables);
    const answer = request.content === null
      ? pool.ask(call)
      : askWithContent(pool, call, request.content);
    if (onFailure === undefined) return answer;
    // A stream has begun: it will be cut.
    return answer.then((given) =>
      call.report === null || !(given.content instanceof Uint8Array)
        ? given
        : onFailure(call.report, request)
    );
  };
}

async function askWithContent(
  pool: WsgiPool,
  call: WsgiCall,
  content: ReadableStream<Uint8Array>,
): Promise<HttpResponse> {
  await call.readAhead(content);
  return await pool.ask(call);
}

function checkFolder(directory: string, failure: string): void {
  let isDirectory: boolean;
  try {
    ({ isDirectory } = Deno.statSync(directory));
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound ? "does not exist" : String(error);
    throw new Error(`${failure} ${directory} ${reason}`, { cause: error });
  }
  if (!isDirectory) throw new Error(`${failure} ${directory} is no folder`);
}
