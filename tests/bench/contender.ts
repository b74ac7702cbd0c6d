// A server under measurement: a process of its own, its processor time, its memory.
//
// Every contender prints a line with `http://HOST:PORT` when it is ready. Processor time and memory are
// the operating system's own accounting of the whole process, all threads, from /proc: so this runs on
// Linux only. Where a server is several processes, the time of them all is counted. Nothing is measured
// here; see rounds.ts and idle_connections.ts.

export interface ContenderOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Record<string, string>;
  /** Where its standard output goes; thrown away when not given. */
  readonly log?: string;
  /** Whether it is several processes: workers, scripts. */
  readonly hasChildren?: boolean;
}

export class Contender implements AsyncDisposable {
  readonly name: string;
  readonly port: number;
  readonly #child: Deno.ChildProcess;
  readonly #hasChildren: boolean;

  private constructor(
    { name, hasChildren = false }: ContenderOptions,
    child: Deno.ChildProcess,
    port: number,
  ) {
    this.name = name;
    this.#hasChildren = hasChildren;
    this.#child = child;
    this.port = port;
  }

  /** Whether its process is gone: some do not bear every load. */
  get hasEnded(): boolean {
    try {
      return this.#stat()[0] === "Z";
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return true;
      throw error;
    }
  }

  /** Starts it and waits until it is ready. */
  static async start(options: ContenderOptions): Promise<Contender> {
    const { name, log = "/dev/null" } = options;
    // The shell only redirects and is then replaced, so that the process measured is the server.
    const child = new Deno.Command("sh", {
      args: ["-c", 'log=$1; shift; exec "$@" >"$log"', "sh", log, options.command, ...options.args],
      env: { NO_COLOR: "1", ...options.env },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const port = await readPort(name, child);
    await awaitListening(name, port);
    return new Contender(options, child, port);
  }

  /** Seconds of processor time since its start, in user mode and in the kernel. */
  processorSeconds(): number {
    if (!this.#hasChildren) return ticksOf(this.#stat()) / CLOCK_TICKS;
    const ticks = familyOf(this.#child.pid).map((stat) => ticksOf(stat) + ticksOfEnded(stat));
    return ticks.reduce((sum, each) => sum + each, 0) / CLOCK_TICKS;
  }

  #stat(): string[] {
    return statOf(this.#child.pid);
  }

  /** Octets of memory that are its own or shared and in use now. */
  residentOctets(): number {
    const status = Deno.readTextFileSync(`/proc/${this.#child.pid}/status`);
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) * 1024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      // It has ended by itself, which whoever measured it has noticed.
      if (!(error instanceof TypeError)) throw error;
    }
    await this.#child.status;
  }
}

/** What Linux has told programs since before there were Deno and rawserve (USER_HZ). */
const CLOCK_TICKS = 100;

/** What /proc says of a process behind its name: its state, its parent, and so on. */
function statOf(pid: number): string[] {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // The name, in parentheses, may hold anything; state and numbers come behind it.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function ticksOf(stat: readonly string[]): number {
  return Number(stat[11]) + Number(stat[12]);
}

/** The time of those of its children that have ended. */
function ticksOfEnded(stat: readonly string[]): number {
  return Number(stat[13]) + Number(stat[14]);
}

/** A process and all that have come of it and live. */
function familyOf(root: number): string[][] {
  const stats = new Map<number, string[]>();
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      stats.set(Number(name), statOf(Number(name)));
    } catch {
      // It has ended between the list and the look.
    }
  }
  const belongs = (pid: number): boolean =>
    pid === root || (stats.has(pid) && belongs(Number(stats.get(pid)![1])));
  return [...stats].filter(([pid]) => belongs(pid)).map(([, stat]) => stat);
}

async function readPort(name: string, child: Deno.ChildProcess): Promise<number> {
  const decoder = new TextDecoder();
  const reader = child.stderr.getReader();
  let said = "";
  for (;;) {
    const { done, value } = await reader.read();
    said += decoder.decode(value, { stream: true });
    const port = /http:\/\/[^\s/]*:(\d+)/.exec(said)?.[1];
    if (port !== undefined) {
      void keepReading(reader);
      return Number(port);
    }
    if (done) throw new Error(`Cannot start ${name}: ${said.trim()}`);
  }
}

/** Some servers name their port before they listen. */
async function awaitListening(name: string, port: number): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  throw new Error(`Cannot start ${name}: nobody listens on port ${port}`);
}

/** Keeps its pipe from filling up. */
async function keepReading(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  while (!(await reader.read()).done);
}
