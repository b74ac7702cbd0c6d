// A program under test, run as people run it: its lines as they come, its signals, its exit status.
//
// Both outputs are read all the time, so that a full pipe never stops the program, and kept, so that
// a failure can show them. Waiting is for a line or for the end, never for a time; each wait is
// bounded, and what runs out says what the program had printed. Disposing of it kills it if it still
// runs and returns when it and its pipes are gone, so a test leaves nothing behind.

export interface ProgramOptions {
  readonly command: string | URL;
  readonly args?: readonly string[];
  /** Added to this process's environment, or all of it with `clearEnv`. */
  readonly env?: Record<string, string>;
  readonly clearEnv?: boolean;
  readonly cwd?: string | URL;
  /** How long one wait may take, in milliseconds. */
  readonly patienceMs?: number;
}

export interface ProgramLine {
  readonly from: "stdout" | "stderr";
  readonly text: string;
}

export interface WaitOptions {
  readonly from?: ProgramLine["from"];
  /** Ignore the lines before this index in `lines`. */
  readonly after?: number;
}

const PATIENCE_MS = 30_000;

export function startProgram(options: ProgramOptions): Program {
  const { command, args = [], env = {}, clearEnv = false, cwd } = options;
  const child = new Deno.Command(command, {
    args: [...args],
    env,
    clearEnv,
    ...(cwd === undefined ? {} : { cwd }),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return new Program(child, {
    name: [String(command), ...args].join(" "),
    patienceMs: options.patienceMs ?? PATIENCE_MS,
  });
}

export class Program implements AsyncDisposable {
  readonly pid: number;
  /** Both outputs' lines, in the order in which they were read. */
  readonly lines: ProgramLine[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #name: string;
  readonly #patienceMs: number;
  readonly #outputs: Promise<unknown>;
  #running = true;
  #outputsEnded = false;
  #wake = Promise.withResolvers<void>();

  constructor(child: Deno.ChildProcess, options: { name: string; patienceMs: number }) {
    this.#child = child;
    this.pid = child.pid;
    this.#name = options.name;
    this.#patienceMs = options.patienceMs;
    this.#outputs = Promise.all([this.#collect("stdout"), this.#collect("stderr")]).finally(() => {
      this.#outputsEnded = true;
      this.#announce();
    });
    child.status.then(() => this.#running = false);
  }

  /** Resolves when the program has ended; bounded by nothing but the program itself. */
  get status(): Promise<Deno.CommandStatus> {
    return this.#child.status;
  }

  get running(): boolean {
    return this.#running;
  }

  get stdout(): string {
    return this.#text("stdout");
  }

  get stderr(): string {
    return this.#text("stderr");
  }

  /** The first line that matches, already printed or still to come. */
  async waitForLine(pattern: RegExp, options: WaitOptions = {}): Promise<RegExpMatchArray> {
    let next = options.after ?? 0;
    const deadline = this.#deadline(`a line like ${pattern}`, this.#patienceMs);
    try {
      while (true) {
        for (; next < this.lines.length; next++) {
          const line = this.lines[next] as ProgramLine;
          const match = line.text.match(pattern);
          const wanted = options.from === undefined || options.from === line.from;
          if (match !== null && wanted) return match;
        }
        if (this.#outputsEnded) {
          throw this.#error(`Its outputs ended without a line like ${pattern}`);
        }
        await Promise.race([this.#wake.promise, deadline.passed]);
      }
    } finally {
      deadline.clear();
    }
  }

  /** Waits, within bounds, for the end of the program and of its outputs. */
  waitForEnd(): Promise<Deno.CommandStatus> {
    return this.#end(this.#patienceMs);
  }

  signal(name: Deno.Signal): void {
    this.#child.kill(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#running) this.#kill();
    await this.#end(PATIENCE_MS);
  }

  async #end(patienceMs: number): Promise<Deno.CommandStatus> {
    const deadline = this.#deadline("the end", patienceMs);
    try {
      const ended = Promise.all([this.#child.status, this.#outputs]);
      const [status] = await Promise.race([ended, deadline.passed]);
      return status;
    } finally {
      deadline.clear();
    }
  }

  #kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      // It ended by itself between the question and the signal.
      if (!(error instanceof TypeError) && !(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  async #collect(from: ProgramLine["from"]): Promise<void> {
    let rest = "";
    for await (const text of this.#child[from].pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.lines.push({ from, text: line.replace(/\r$/, "") });
      this.#announce();
    }
    if (rest !== "") this.lines.push({ from, text: rest });
  }

  #announce(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  #text(from: ProgramLine["from"]): string {
    return this.lines.filter((line) => line.from === from).map((line) => line.text).join("\n");
  }

  #deadline(wanted: string, patienceMs: number): { passed: Promise<never>; clear(): void } {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => reject(this.#error(`It did not come to ${wanted} in time`)),
      patienceMs,
    );
    return { passed: promise, clear: () => clearTimeout(timer) };
  }

  #error(message: string): Error {
    const said = this.lines.map(({ from, text }) => `  ${from}: ${text}`).join("\n");
    return new Error(`Cannot use ${this.#name}: ${message}. It printed:\n${said}`);
  }
}
