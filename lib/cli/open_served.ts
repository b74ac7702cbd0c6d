/**
 * COMMAND LINE: what was named becomes one handler, with all that has to be closed at the end.
 *
 *   path --> mounts, CGI folders --> the first argument --> what stands behind it (--fallback)
 *
 * An app is run before the server says that it serves, so one that cannot be run is an error at the start
 * and not at the first request. Before an app's code runs, the process gives up what the server itself
 * no longer needs: see `permissions.ts`.
 */

import { BackgroundWork } from "../handlers/apps/app_info.ts";
import { fetchApp } from "../handlers/apps/fetch_app.ts";
import { installPlainResponse } from "../handlers/apps/plain_response.ts";
import { installUpgradeWebSocket } from "../handlers/apps/websocket/upgrade_web_socket.ts";
import { withFallback } from "../handlers/fallback.ts";
import { cgi } from "../handlers/gateway/cgi.ts";
import { RunningScripts } from "../handlers/gateway/running_scripts.ts";
import { startWsgi } from "../handlers/gateway/wsgi.ts";
import { WsgiStartError } from "../handlers/gateway/wsgi_start_error.ts";
import { type Mount, withMounts } from "../handlers/mounts.ts";
import { embeddedSite } from "../handlers/site/site.ts";
import type { Handler, HttpRequest } from "../server/handler.ts";
import { escapeControls } from "./escape.ts";
import { FAILED, Failure } from "./failure.ts";
import { quote } from "./given_value.ts";
import { hasTerminal } from "./hangup_signals.ts";
import { loadApp } from "./load_app.ts";
import { openFolder } from "./open_folder.ts";
import type { Permission } from "./permissions.ts";
import type { ShownFailures } from "./shown_failures.ts";
import { VERSION } from "./start_line.ts";
import { type CgiSettings, kindsOf, type Served, type What } from "./what.ts";

/** What is served, ready to answer. */
export interface Opened extends AsyncDisposable {
  readonly handler: Handler;
  /** What has to be allowed while it answers. */
  readonly keep: readonly Permission[];
  /** Ends what runs beside the server; waits for it for so many seconds. Disposing of it does not wait. */
  close(grace: number): Promise<void>;
}

/** What opening needs of the program. */
export interface OpenOptions {
  readonly staticDirectory: URL;
  /** Prints a line. */
  readonly note: (text: string) => void;
  /** Told why something that is there is not served. */
  readonly onRefusal: (path: string, reason: string) => void;
  /** Shows what goes wrong in apps; null where nobody is to see it. */
  readonly failures: ShownFailures | null;
  /** Gives up what is not needed from now on, before foreign code runs in this process. */
  readonly onForeignCode: () => void;
}

/** What scripts and workers inherit of our environment. */
const INHERITED = /^(?:PATH|HOME|USER|LOGNAME|LANG|LC_\w+|TZ|TMPDIR|VIRTUAL_ENV|PYTHON\w*)$/;
/** What has frameworks let go of what they would catch. Flask takes it for its own debug mode. */
const DEVELOPMENT = { FLASK_DEBUG: "1" };
const SOFTWARE = `rawserve/${VERSION}`;

/** Whether `served` runs a program. */
export function runsPrograms(served: Served): boolean {
  return served.cgi.length > 0 || kindsOf(served).includes("wsgi");
}

/** Opens all that is `served`. Rejects with `Failure` where something of it cannot be. */
export async function openServed(served: Served, options: OpenOptions): Promise<Opened> {
  const opener = new Opener(served, options);
  try {
    return await opener.open();
  } catch (error) {
    await opener.close(0);
    throw error;
  }
}

class Opener {
  readonly #served: Served;
  readonly #options: OpenOptions;
  readonly #work: BackgroundWork;
  readonly #closers: ((grace: number) => Promise<void>)[] = [];

  constructor(served: Served, options: OpenOptions) {
    this.#served = served;
    this.#options = options;
    this.#work = new BackgroundWork((error) =>
      options.note(`An app's work behind an answer failed: ${Deno.inspect(error)}`)
    );
    this.#closers.push(() => this.#work.settled());
  }

  async open(): Promise<Opened> {
    const { what, mounts, fallback } = this.#served;
    const kinds = kindsOf(this.#served);
    const main = await this.#openWhat(what, "/");
    const table: Mount[] = [];
    for (const { prefix, what } of mounts) {
      const handler = await this.#openWhat(what, prefix);
      table.push({ prefix, handler, isFolder: what.kind === "folder" });
    }
    const rest = fallback === null ? main : withFallback(main, await this.#openWhat(fallback, "/"));
    const scripts = this.#openScripts((request) => site(request));
    const all = [...table, ...scripts];
    const site: Handler = all.length === 0 ? rest : withMounts(all, rest);
    const reads = kinds.some((kind) => kind !== "site") || scripts.length > 0;
    return {
      handler: site,
      keep: [
        ...reads ? ["read"] as const : [],
        ...runsPrograms(this.#served) ? ["run"] as const : [],
      ],
      close: (grace) => this.close(grace),
      [Symbol.asyncDispose]: () => this.close(0),
    };
  }

  async close(grace: number): Promise<void> {
    const closers = this.#closers.splice(0);
    if (closers.length === 0) return;
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, grace * 1000);
    await Promise.all(closers.map((close) => Promise.race([close(grace), late.promise])));
    clearTimeout(timer);
  }

  async #openWhat(what: What, tag: string): Promise<Handler> {
    const { staticDirectory, onRefusal, onForeignCode } = this.#options;
    switch (what.kind) {
      case "site":
        return embeddedSite(staticDirectory);
      case "folder":
        return openFolder(what.folder, { staticDirectory, onRefusal });
      case "fetch": {
        onForeignCode();
        installPlainResponse();
        installUpgradeWebSocket((error) => this.#work.report(error));
        return await this.#openFetch(what.path);
      }
      case "wsgi":
        return await this.#openWsgi(what.app, tag);
    }
  }

  async #openFetch(path: string): Promise<Handler> {
    const { failures } = this.#options;
    if (failures === null) return fetchApp(await loadApp(path), this.#work);
    try {
      return failures.wrap(fetchApp(await loadApp(path), this.#work));
    } catch (error) {
      return failures.standForScript(error);
    }
  }

  async #openWsgi(app: string, tag: string): Promise<Handler> {
    const { python, directory, workers } = this.#served.python;
    const { failures } = this.#options;
    try {
      const { handler, close } = await startWsgi({
        app,
        python,
        directory,
        workers,
        staticDirectory: this.#options.staticDirectory,
        software: SOFTWARE,
        environment: { ...toInherited(), ...(failures === null ? {} : DEVELOPMENT) },
        ...(failures === null ? {} : { onFailure: failures.answerReport }),
        onDiagnostics: (line) => this.#options.note(`[${tag}] ${escapeControls(line)}`),
      });
      this.#closers.push(close);
      return handler;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (failures !== null && error instanceof WsgiStartError) {
        return failures.standForPython(error.message, error.report);
      }
      throw new Failure(error.message, FAILED);
    }
  }

  /** `site` answers what a script leaves to another place. */
  #openScripts(site: Handler): Mount[] {
    const { cgi: folders } = this.#served;
    const scripts = new RunningScripts();
    this.#closers.push(() => scripts.stop());
    return folders.map((folder) => {
      const handler = this.#openCgi(folder, { scripts, site });
      return { prefix: folder.prefix, handler, isFolder: false };
    });
  }

  #openCgi(
    { prefix, directory }: CgiSettings,
    { scripts, site }: { scripts: RunningScripts; site: Handler },
  ): Handler {
    try {
      return cgi({
        directory,
        software: SOFTWARE,
        environment: toInherited(),
        onDiagnostics: (line, request: HttpRequest) =>
          this.#options.note(
            `[${prefix}] ${escapeControls(`${request.method} ${request.target.raw}: ${line}`)}`,
          ),
        scripts,
        redirect: site,
        isAtTerminal: hasTerminal(),
      });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw new Failure(
        `Cannot run the scripts in ${quote(directory)}: there is no such folder`,
        FAILED,
      );
    }
  }
}

function toInherited(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(Deno.env.toObject()).filter(([name]) => INHERITED.test(name)),
  );
}
