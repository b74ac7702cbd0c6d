/**
 * WHAT ANSWERS (RFC 3875 section 6.1): one run of a script, a process with three pipes.
 *
 *   the request's content --> stdin    as fast as the script takes it
 *   stdout --> `read`                  as fast as somebody asks
 *   stderr --> lines for the log       at once, within bounds
 *
 * What the script has started goes with it (see `script_family.ts`): SIGTERM to all of them, and SIGKILL where
 * that does not help. While somebody waits for the script its silence is measured, and only its own: not the time
 * for which it waits for content that the peer has not sent, nor that for which nobody takes what it writes.
 *
 * Output may end before the script does, which then has some time to end as well. What it has left behind in
 * the background when it ends by itself is not looked for. The pipes are closed, whoever else holds their other
 * ends.
 */

import { DiagnosticLines } from "./diagnostic_lines.ts";
import { MARK, newMark, signalMarked } from "./script_family.ts";

/** What is run, and for what. */
export interface ScriptCommand {
  /** The file. */
  readonly path: string;
  /** The working directory. */
  readonly folder: string;
  /** All that the script inherits. */
  readonly environment: Readonly<Record<string, string>>;
  /** What it gets to read. */
  readonly content: ReadableStream<Uint8Array> | null;
  /** Whether those whom it starts are found by their mark, and not by their session. */
  readonly isMarked: boolean;
}

/** How long is waited, and whom to tell. */
export interface ScriptOptions {
  /** Seconds of silence until the script is stopped. */
  readonly timeout: number;
  /** Seconds from SIGTERM to SIGKILL, and for what should happen at once. */
  readonly grace: number;
  /** Told what the script writes to stderr, a line at a time, and what became of it. */
  readonly tell: (line: string) => void;
}

/** The script has said nothing for too long. */
export class ScriptSilence extends Error {
  /** `ScriptSilence`, by which it is told from others in a log. */
  override readonly name = "ScriptSilence";
}

/**
 * Octets that a read may bring: of output at first and, where it is long, as much as a pipe holds; of stderr.
 * Deno's own choice of 64 KiB for each costs a short script a fifth of a millisecond in garbage.
 */
const SMALL_ROOM = 4_096;
const LARGE_ROOM = 65_536;
const DIAGNOSTICS_ROOM = 1_024;

/** A script that runs, or has run. */
export class ScriptProcess {
  /** Resolves when the process has ended, and the system has forgotten it. */
  readonly exited: Promise<Deno.CommandStatus>;
  /** Resolves when, besides, what it wrote to stderr has been told, and nobody is searched for; never rejects. */
  readonly settled: Promise<void>;
  readonly #child: Deno.ChildProcess;
  readonly #options: ScriptOptions;
  /** What those whom it starts are known by; null where it is their session. */
  readonly #mark: string | null;
  /** The search for them that is under way, or was the last. */
  #search: Promise<void> = Promise.resolve();
  readonly #output: ReadableStreamBYOBReader;
  /** Octets that the next read may bring. */
  #room = SMALL_ROOM;
  /** Somebody waits for output; the script waits for the peer; the output has ended; the process has. */
  #isRead = false;
  #isStarving = false;
  #hasEnded = false;
  #status: Deno.CommandStatus | null = null;
  /** Why the output ends before the script ends it. */
  #reason: unknown = null;
  /** Since when it is waited for, in milliseconds; null while it is not. */
  #silentSince: number | null = null;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #killing: ReturnType<typeof setTimeout> | undefined;

  /** Starts the script. Throws what `Deno.Command.spawn` throws. */
  constructor(command: ScriptCommand, options: ScriptOptions) {
    const { path, folder, environment, content, isMarked } = command;
    const mark = newMark();
    this.#options = options;
    this.#mark = isMarked ? mark : null;
    this.#child = new Deno.Command(path, {
      detached: !isMarked,
      cwd: folder,
      clearEnv: true,
      env: { ...environment, [MARK]: mark },
      stdin: content === null ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#output = this.#child.stdout.getReader({ mode: "byob" });
    this.exited = this.#watchExit();
    this.settled = this.#watchDiagnostics();
    if (content !== null) this.#feed(content);
  }

  /**
   * What it writes next; null at the end. Rejects with `ScriptSilence`, with what reading the request's content
   * rejected with, and with the reason of `stop`.
   */
  async read(): Promise<Uint8Array | null> {
    this.#isRead = true;
    this.#measureSilence();
    let piece: Uint8Array | undefined;
    try {
      const { value, done } = await this.#output.read(new Uint8Array(this.#room));
      if (!done) piece = value;
      if (piece?.length === this.#room) this.#room = LARGE_ROOM;
    } finally {
      this.#isRead = false;
      this.#hasEnded = piece === undefined;
      this.#measureSilence();
    }
    if (this.#reason !== null) throw this.#reason;
    return piece ?? null;
  }

  /** Reads to the end and throws away what comes. Rejects as `read` does. */
  async drain(): Promise<void> {
    while (await this.read() !== null);
  }

  /** How it has ended; null where it goes on, although its output has ended. Not to be asked before that. */
  async exit(): Promise<Deno.CommandStatus | null> {
    if (this.#status !== null) return this.#status;
    const timer = Promise.withResolvers<null>();
    const patience = setTimeout(() => timer.resolve(null), this.#options.grace * 1_000);
    const status = await Promise.race([this.exited, timer.promise]);
    clearTimeout(patience);
    return status;
  }

  /** Ends it. From now on `read` rejects with `reason`, or with that of an earlier call. */
  stop(reason: unknown): void {
    this.#reason ??= reason;
    // What is left is not wanted, so how giving it up fails is nobody's business.
    this.#output.cancel().catch(() => undefined);
    if (this.#status !== null || this.#killing !== undefined) return;
    this.#signal("SIGTERM");
    this.#killing = setTimeout(() => this.#signal("SIGKILL"), this.#options.grace * 1_000);
  }

  #signal(signal: "SIGTERM" | "SIGKILL"): void {
    const mark = this.#mark;
    if (mark === null) return this.#signalGroup(signal);
    this.#search = this.#search.then(() => signalMarked(mark, signal)).catch((error) => {
      this.#tellUnsent(signal, error);
      this.#signalAlone(signal);
    });
  }

  #signalGroup(signal: "SIGTERM" | "SIGKILL"): void {
    const { pid } = this.#child;
    try {
      Deno.kill(Deno.build.os === "windows" ? pid : -pid, signal);
    } catch (error) {
      // Nobody is left in the group, or nobody is in it yet.
      if (error instanceof Deno.errors.NotFound) return this.#signalAlone(signal);
      this.#tellUnsent(signal, error);
    }
  }

  #tellUnsent(signal: string, error: unknown): void {
    const { pid } = this.#child;
    this.#options.tell(`Cannot send ${signal} to process ${pid}: ${toMessage(error)}`);
  }

  /** The process itself and nobody else. */
  #signalAlone(signal: "SIGTERM" | "SIGKILL"): void {
    if (this.#status !== null) return;
    try {
      this.#child.kill(signal);
    } catch (error) {
      // It has ended by itself meanwhile.
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  async #watchExit(): Promise<Deno.CommandStatus> {
    const status = await this.#child.status;
    this.#status = status;
    this.#measureSilence();
    if (this.#killing !== undefined) {
      clearTimeout(this.#killing);
      // Whom it has started may be deaf to SIGTERM. In a session, its number was its own until just now.
      this.#signal("SIGKILL");
    }
    return status;
  }

  async #watchDiagnostics(): Promise<void> {
    const lines = new DiagnosticLines(this.#options.tell);
    const reader = this.#child.stderr.getReader({ mode: "byob" });
    let patience: ReturnType<typeof setTimeout> | undefined;
    let hasEnded = false;
    this.exited.then(() => {
      if (hasEnded) return;
      // All that it wrote lies in the pipe. Whom it has left in the background is not waited for.
      patience = setTimeout(
        () => reader.cancel().catch(() => undefined),
        this.#options.grace * 1_000,
      );
    });
    try {
      for (;;) {
        const { value, done } = await reader.read(new Uint8Array(DIAGNOSTICS_ROOM));
        if (done) break;
        lines.take(value);
      }
    } catch (error) {
      this.#options.tell(`Cannot read its stderr: ${toMessage(error)}`);
    }
    hasEnded = true;
    lines.end();
    clearTimeout(patience);
    await this.exited;
    await this.#search;
  }

  /**
   * The clock runs while the script is waited for, and after its last octet until it is gone. There is one timer for all
   * that, which looks at the clock when it goes off: to set one anew for each read costs more than the read.
   */
  #measureSilence(): void {
    const isWaitedFor = this.#isRead ? !this.#isStarving : this.#hasEnded && this.#status === null;
    if (!isWaitedFor || this.#reason !== null) {
      this.#silentSince = null;
      if (this.#status === null) return;
      clearTimeout(this.#silence);
      this.#silence = undefined;
      return;
    }
    this.#silentSince = performance.now();
    if (this.#silence === undefined) this.#setSilence(this.#options.timeout * 1_000);
  }

  #setSilence(milliseconds: number): void {
    this.#silence = setTimeout(() => this.#endSilence(), milliseconds);
  }

  #endSilence(): void {
    this.#silence = undefined;
    if (this.#silentSince === null) return;
    const { timeout, tell } = this.#options;
    const left = this.#silentSince + timeout * 1_000 - performance.now();
    if (left > 0) return this.#setSilence(left);
    if (this.#hasEnded) tell(`Its output has ended, but it ran on for ${timeout} s: stopped`);
    this.stop(new ScriptSilence(`It was silent for ${timeout} s`));
  }

  /** Writes the content to stdin; never rejects. */
  async #feed(content: ReadableStream<Uint8Array>): Promise<void> {
    const source = content.getReader();
    const input = this.#child.stdin.getWriter();
    // A source that has failed has told so to whoever read it.
    const abandon = () => source.cancel().catch(() => undefined);
    this.exited.then(abandon);
    for (;;) {
      let piece: Uint8Array | undefined;
      this.#isStarving = true;
      this.#measureSilence();
      try {
        piece = (await source.read()).value;
      } catch (error) {
        this.stop(error);
      }
      this.#isStarving = false;
      this.#measureSilence();
      try {
        if (piece === undefined) return await input.close();
        await input.write(piece);
      } catch {
        // A pipe fails where nobody reads it: a script need not (RFC 3875 4.2), nor be there any more.
        return void abandon();
      }
    }
  }
}

function toMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
