// The server that is soaked: a process of its own, from source or an executable, and what Linux says of it.
//
// Its log goes nowhere, but is written. What it says on standard error is kept: whatever is said besides
// the line that tells where it listens is something to look at.

import { startProgram } from "../support/program.ts";
import type { Program } from "../support/program.ts";
import { descriptorsOf, residentOctetsOf } from "../support/process_resources.ts";
import { toDenoArgs } from "../cli/started_program.ts";

/** What the server holds at a moment. */
export interface Holdings {
  readonly residentOctets: number;
  readonly descriptors: number;
  readonly connections: number;
}

/** Where it listens. */
const START_LINE = / at http:\/\/[\d.]+:(\d+)\/$/;

export class SoakServer implements AsyncDisposable {
  readonly port: number;
  readonly #program: Program;

  private constructor(program: Program, port: number) {
    this.#program = program;
    this.port = port;
  }

  /** Serves `folder` with the executable at `binary`, or from source where that is null. */
  static async start(folder: string, binary: string | null): Promise<SoakServer> {
    const args = [folder, "--port", "0", "--log", "combined"];
    const command = binary === null ? [Deno.execPath(), ...toDenoArgs(args)] : [binary, ...args];
    const program = startProgram({
      command: "sh",
      args: ["-c", 'exec "$@" >/dev/null', "sh", ...command],
      env: { NO_COLOR: "1", PORT: "" },
      cwd: new URL("../../", import.meta.url),
    });
    try {
      const [, port] = await program.waitForLine(START_LINE, { from: "stderr" });
      return new SoakServer(program, Number(port));
    } catch (error) {
      await program[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What it said, but for the line that tells where it listens. */
  get complaints(): readonly string[] {
    const { stderr } = this.#program;
    return stderr.split("\n").filter((line) => line !== "" && !START_LINE.test(line));
  }

  /** Null where it has ended. */
  holdings(): Holdings | null {
    const { pid, running } = this.#program;
    if (!running) return null;
    try {
      return {
        residentOctets: residentOctetsOf(pid),
        descriptors: descriptorsOf(pid),
        connections: countConnections(this.port),
      };
    } catch (error) {
      // What has died a moment ago has no files any more, or none that one may read.
      if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) {
        return null;
      }
      throw error;
    }
  }

  /** Asks it to end; its exit status. */
  async stop(): Promise<number> {
    this.#program.signal("SIGTERM");
    return (await this.#program.waitForEnd()).code;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#program[Symbol.asyncDispose]();
  }
}

/** States that belong to nobody any more, or to the listener: TIME_WAIT and LISTEN. */
const NO_CONNECTION = new Set(["06", "0A"]);

/** How many connections the system has at the local port, those that nobody has accepted included. */
function countConnections(port: number): number {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  let count = 0;
  for (const line of Deno.readTextFileSync("/proc/net/tcp").split("\n").slice(1)) {
    const [, local = "", , state = ""] = line.trim().split(/\s+/);
    if (local.endsWith(suffix) && !NO_CONNECTION.has(state)) count++;
  }
  return count;
}
