// A WSGI app behind a server of our own, for tests that go over a real socket to a real Python.
//
// What is told of it is kept, and can be waited for. Disposing of it ends server and workers, at once. Its
// folder holds what its cases wait for: `release` lets one go on.

import {
  startWsgi,
  type WsgiApp,
  type WsgiContext,
  type WsgiOptions,
} from "../../../lib/handlers/gateway/wsgi.ts";
import type { Handler } from "../../../lib/server/handler.ts";
import type { Exchange } from "../../../lib/server/observer.ts";
import { connect, type RawClient, type RawResponse } from "../../support/raw_client.ts";
import { startServer, type TestServer } from "../../support/server.ts";

/** Where the apps are. */
export const APPS = new URL("../../apps/", import.meta.url).pathname;
/** Where the worker's program is. */
export const STATIC = new URL("../../../static/", import.meta.url);

const PATIENCE_MS = 20_000;

/** A line that was told. */
export interface ToldLine {
  readonly text: string;
  readonly context: WsgiContext;
}

/** The Python that `python3` is; null where there is none. */
export function findPython(imports = "sys", candidates = ["python3", "/usr/bin/python3"]) {
  for (const python of candidates) {
    try {
      const { success } = new Deno.Command(python, {
        args: ["-c", `import ${imports}`],
        stdout: "null",
        stderr: "null",
      }).outputSync();
      if (success) return python;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return null;
}

/** The Python of these tests; null where there is none. */
export const PYTHON = findPython();

/** A test that needs Python. */
export function pythonTest(name: string, run: () => Promise<void>): void {
  const reason = PYTHON === null ? " (ignored: python3 is not installed)" : "";
  Deno.test({ name: name + reason, ignore: PYTHON === null, fn: run });
}

/** What can be chosen about an app. */
export interface RunningOptions extends Partial<WsgiOptions> {
  /** Wraps the handler. */
  readonly wrap?: (handler: Handler) => Handler;
  readonly limits?: Parameters<typeof startServer>[1];
}

/** The environment that workers need, and a folder for files. */
function environmentOf(folder: string): Record<string, string> {
  return {
    PATH: Deno.env.get("PATH") ?? "",
    HOME: Deno.env.get("HOME") ?? "/",
    LANG: "C.UTF-8",
    CASES_FOLDER: folder,
    PYTHONDONTWRITEBYTECODE: "1",
  };
}

/** Starts `app`, one of `wsgi_cases` unless another folder is given. */
export async function startApp(app: string, options: RunningOptions = {}): Promise<RunningApp> {
  const { wrap = (handler) => handler, limits, environment, ...given } = options;
  const folder = await Deno.makeTempDir({ prefix: "rawserve_wsgi_" });
  const told = new Told();
  try {
    const wsgi = await startWsgi({
      app,
      python: PYTHON!,
      directory: APPS,
      staticDirectory: STATIC,
      software: "rawserve/test",
      environment: { ...environmentOf(folder), ...environment },
      onDiagnostics: (text, context) => told.add({ text, context }),
      ...given,
    });
    return new RunningApp({ wsgi, told, folder, server: startServer(wrap(wsgi.handler), limits) });
  } catch (error) {
    await Deno.remove(folder, { recursive: true });
    throw Object.assign(error as Error, { told: told.lines });
  }
}

class Told {
  readonly lines: ToldLine[] = [];
  #wake = Promise.withResolvers<void>();

  add(line: ToldLine): void {
    this.lines.push(line);
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  async waitFor(pattern: RegExp): Promise<ToldLine> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const said = this.lines.map(({ text }) => `  ${text.slice(0, 200)}`).join("\n");
      late.reject(new Error(`No line like ${pattern} was told, but:\n${said}`));
    }, PATIENCE_MS);
    try {
      for (;;) {
        const found = this.lines.find(({ text }) => pattern.test(text));
        if (found !== undefined) return found;
        await Promise.race([this.#wake.promise, late.promise]);
      }
    } finally {
      clearTimeout(timer);
    }
  }
}

/** An app that runs and can be asked. */
export class RunningApp implements AsyncDisposable {
  readonly wsgi: WsgiApp;
  readonly server: TestServer;
  readonly folder: string;
  readonly #told: Told;

  constructor(parts: { wsgi: WsgiApp; told: Told; server: TestServer; folder: string }) {
    this.wsgi = parts.wsgi;
    this.server = parts.server;
    this.folder = parts.folder;
    this.#told = parts.told;
  }

  /** What was told, in order. */
  get lines(): readonly ToldLine[] {
    return this.#told.lines;
  }

  /** What was told, as one text. */
  get log(): string {
    return this.lines.map(({ text }) => text).join("\n");
  }

  get exchanges(): readonly Exchange[] {
    return this.server.exchanges;
  }

  connect(): Promise<RawClient> {
    return connect(this.server.port, { patienceMs: PATIENCE_MS });
  }

  /** The first line like this, told already or still to come. */
  waitForLine(pattern: RegExp): Promise<ToldLine> {
    return this.#told.waitFor(pattern);
  }

  /** Makes the file that a case waits for. */
  async release(name: string, content = ""): Promise<void> {
    await Deno.writeTextFile(`${this.folder}/${name}`, content);
  }

  /** The answer to one request on a connection of its own. */
  async ask(target: string, options: AskOptions = {}): Promise<RawResponse> {
    using client = await this.connect();
    await client.send(toRequest(target, options));
    return await client.readResponse({ head: options.method === "HEAD" });
  }

  /** The text of that. */
  async get(target: string): Promise<string> {
    return (await this.ask(target)).text();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.wsgi.close(0);
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** What is asked with. */
export interface AskOptions {
  readonly method?: string;
  readonly fields?: readonly string[];
  readonly content?: string;
  /** Sent in chunks of these lengths instead of with a length. */
  readonly chunks?: readonly number[];
}

/** A request as it goes over the wire. */
export function toRequest(target: string, options: AskOptions = {}): string {
  const { method = options.content === undefined ? "GET" : "POST", fields = [], content } = options;
  const lines = [`${method} ${target} HTTP/1.1`, "Host: a.test:81", ...fields];
  if (content === undefined) return `${lines.join("\r\n")}\r\n\r\n`;
  if (options.chunks === undefined) {
    return `${[...lines, `Content-Length: ${content.length}`].join("\r\n")}\r\n\r\n${content}`;
  }
  let start = 0;
  const chunks = [...options.chunks, Infinity].map((length) => {
    const chunk = content.slice(start, start + length);
    start += chunk.length;
    return chunk === "" ? "" : `${chunk.length.toString(16)}\r\n${chunk}\r\n`;
  });
  return `${[...lines, "Transfer-Encoding: chunked"].join("\r\n")}\r\n\r\n${
    chunks.join("")
  }0\r\n\r\n`;
}

/** The process that answers. */
export async function pidOf(app: RunningApp): Promise<number> {
  return Number((await app.get("/process")).split("\n")[0]);
}

/** Whether there is a process of that number that is not only waiting to be forgotten. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
