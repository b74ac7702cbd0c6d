/**
 * COMMAND LINE: `--dev`: a server that is started again whenever something changes of which it is made.
 *
 *   this process -- starts --> another one like it, which serves: dev_child.ts
 *        |   ^                      |
 *     watches  what changed      listens, on the port that the first one got
 *
 * A process that has loaded a module cannot load it anew, nor what it imports; so the whole server goes, and the
 * next one comes when the port is free. This one serves nothing and loads no app. It runs on when the server
 * has ended by itself, for whoever is at work will mend that; only what was wrong from the start, such as a
 * port that is taken, ends both.
 *
 * Under `deno run --watch`, which knows nothing of the server, it is killed with the program.
 */

import { listenTcp } from "../net/tcp.ts";
import { ListenError } from "../net/listen_error.ts";
import { DEV_VARIABLE, formatOrder, UNSTARTED } from "./dev_child.ts";
import { escapeControls } from "./escape.ts";
import { FAILED, Failure } from "./failure.ts";
import { FileWatch } from "./file_watch.ts";
import { HangupSignals } from "./hangup_signals.ts";
import type { Place, ServeSettings } from "./options.ts";
import { toOwnCommand } from "./own_command.ts";
import { VERSION } from "./start_line.ts";
import { StopSignals } from "./stop_signals.ts";
import { toConsequence, toWatchedRoots, type WatchedRoot } from "./watched_files.ts";

/** How long a server may take to end that is about to be started again, in milliseconds. */
const PATIENCE = 3_000;
/** What it may take beyond its grace after a signal, in milliseconds. */
const LAST_PATIENCE = 5_000;

type Happening =
  | { readonly kind: "signal" }
  | { readonly kind: "end"; readonly status: number }
  | { readonly kind: "change"; readonly paths: readonly string[] };

/**
 * Keeps a server with `args` running until a signal comes; resolves to the exit status. Rejects with `Failure` where
 * nothing can be watched or started.
 */
export async function superviseDev(
  args: readonly string[],
  { settings, staticDirectory }: { settings: ServeSettings; staticDirectory: URL },
): Promise<number> {
  const own = Deno.build.standalone ? null : Deno.realPathSync(staticDirectory);
  const roots = toWatchedRoots(settings.served, own);
  using watch = startWatch(roots);
  const note = (text: string) => {
    if (!settings.quiet) console.error(escapeControls(text));
  };
  note(toStartNote(roots));
  const supervisor = new Supervisor(args, { settings, roots, note });
  return await supervisor.run(watch);
}

class Supervisor {
  readonly #args: readonly string[];
  readonly #settings: ServeSettings;
  readonly #roots: readonly WatchedRoot[];
  readonly #note: (text: string) => void;
  readonly #port: number;
  #isFirst = true;

  constructor(
    args: readonly string[],
    options: {
      settings: ServeSettings;
      roots: readonly WatchedRoot[];
      note: (text: string) => void;
    },
  ) {
    this.#args = args;
    this.#settings = options.settings;
    this.#roots = options.roots;
    this.#note = options.note;
    this.#port = reservePort(options.settings.place);
  }

  async run(watch: FileWatch): Promise<number> {
    let server: SupervisedServer | null = null;
    using signals = new StopSignals();
    using _hangups = new HangupSignals({
      onReload: () => server?.signal("SIGHUP"),
      onHangup: () => signals.stop(),
    });
    const kill = () => server?.signal("SIGKILL");
    addEventListener("unload", kill);
    const signal = signals.first.then((): Happening => ({ kind: "signal" }));
    let change = toHappening(watch);
    try {
      server = this.#start();
      while (true) {
        const happening: Happening = await Promise.race([
          signal,
          change,
          ...server === null ? [] : [server.end],
        ]);
        if (happening.kind === "signal") return await this.#stop(server, signals);
        if (happening.kind === "end") {
          const { status } = happening;
          if (this.#isFirst && status > UNSTARTED) return status - UNSTARTED;
          // Whoever never served has said why.
          if (status < UNSTARTED) {
            this.#note(`The server ended by itself, with ${status}; a change starts it again`);
          }
          server = null;
          continue;
        }
        server = await this.#take(happening.paths, server);
        change = toHappening(watch);
      }
    } finally {
      kill();
      removeEventListener("unload", kill);
    }
  }

  #start(): SupervisedServer {
    const order = { port: this.#port, isFirst: this.#isFirst };
    return new SupervisedServer(this.#args, formatOrder(order));
  }

  /** Does what the changes ask for; returns the server that is there then. */
  async #take(
    paths: readonly string[],
    server: SupervisedServer | null,
  ): Promise<SupervisedServer | null> {
    const found = paths.map((path) => toConsequence(path, this.#roots)).filter((one) =>
      one !== null
    );
    const restarting = found.filter(({ consequence }) => consequence === "restart");
    if (restarting.length > 0 || (server === null && found.length > 0)) {
      const [first, ...others] = restarting.length > 0 ? restarting : found;
      const more = others.length === 0 ? "" : ` and ${others.length} more`;
      this.#note(`${first!.name}${more} changed: starting again`);
      await server?.leave();
      this.#isFirst = false;
      return this.#start();
    }
    if (found.some(({ consequence }) => consequence === "reload")) server?.send("reload");
    else for (const { name } of found) server?.send(`restyle ${encodeURIComponent(name)}`);
    return server;
  }

  async #stop(server: SupervisedServer | null, signals: StopSignals): Promise<number> {
    if (server === null) return 0;
    server.send("stop");
    void signals.second.then(() => server.send("stop"));
    const patience = this.#settings.grace * 1_000 + LAST_PATIENCE;
    const late = setTimeout(() => server.signal("SIGKILL"), patience);
    const { status } = await server.end;
    clearTimeout(late);
    return status >= UNSTARTED ? FAILED : status;
  }
}

/** The other process. */
class SupervisedServer {
  /** Resolves when it has ended; never rejects. */
  readonly end: Promise<Extract<Happening, { kind: "end" }>>;
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  #isRunning = true;

  constructor(args: readonly string[], order: string) {
    this.#process = spawn(args, order);
    this.#input = this.#process.stdin.getWriter();
    // A pipe that breaks is the end of the process, which is told below.
    this.#input.closed.catch(() => {});
    this.end = this.#process.status.then(({ code }) => {
      this.#isRunning = false;
      return { kind: "end", status: code };
    });
  }

  /** Sends a line, if it is still there. */
  send(line: string): void {
    if (!this.#isRunning) return;
    this.#input.write(new TextEncoder().encode(`${line}\n`)).catch(() => {
      // It ends just now; see above.
    });
  }

  signal(name: Deno.Signal): void {
    if (this.#isRunning) this.#process.kill(name);
  }

  /** Makes it end, and resolves when it has. */
  async leave(): Promise<void> {
    this.#input.close().catch(() => {
      // It has ended already.
    });
    const late = setTimeout(() => this.signal("SIGKILL"), PATIENCE);
    await this.end;
    clearTimeout(late);
  }
}

function spawn(args: readonly string[], order: string): Deno.ChildProcess {
  try {
    return new Deno.Command(Deno.execPath(), {
      args: [...toOwnCommand(), ...args],
      env: { [DEV_VARIABLE]: order },
      stdin: "piped",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    throw new Failure(
      "Cannot start the server: Deno does not let it start programs (see --allow-run)",
      FAILED,
    );
  }
}

function startWatch(roots: readonly WatchedRoot[]): FileWatch {
  try {
    return new FileWatch(roots);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(`Cannot watch ${toNames(roots)}: ${reason}`, FAILED);
  }
}

/** Waits for the next changes. */
async function toHappening(watch: FileWatch): Promise<Happening> {
  return { kind: "change", paths: await watch.next() };
}

/** A port that is free, where any will do: the servers to come shall all have the same. Else 0. */
function reservePort(place: Place): number {
  if (place.transport === "unix" || place.port !== 0) return 0;
  try {
    const listener = listenTcp(place);
    const { address } = listener;
    listener.close();
    return address.transport === "tcp" ? address.port : 0;
  } catch (error) {
    // The server will say what is wrong with the place.
    if (error instanceof ListenError) return 0;
    throw error;
  }
}

function toStartNote(roots: readonly WatchedRoot[]): string {
  const subject = `rawserve ${VERSION}, in development,`;
  return roots.length === 0
    ? `${subject} watches nothing: its embedded page does not change`
    : `${subject} watches ${toNames(roots)}`;
}

function toNames(roots: readonly WatchedRoot[]): string {
  return [...new Set(roots.map(({ folder, file }) => file ?? folder))].join(", ");
}
