// A Redis of our own on a port that was free a moment ago, which keeps nothing when it ends.

import { findProgram } from "../e2e/client_program.ts";
import { type Program, startProgram } from "../support/program.ts";
import { TempFolder } from "./temp_folder.ts";

const ATTEMPTS = 5;

export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly #program: Program;
  readonly #folder: TempFolder;

  private constructor(port: number, options: { program: Program; folder: TempFolder }) {
    this.port = port;
    this.#program = options.program;
    this.#folder = options.folder;
  }

  /** Starts one, on another port where somebody else was quicker, and waits until it answers. */
  static async start(): Promise<RedisServer> {
    const folder = await TempFolder.make();
    for (let attempt = 1;; attempt++) {
      const port = freePort();
      const program = startProgram({
        command: findProgram("redis-server") ?? "redis-server",
        args: [
          ...["--port", `${port}`, "--bind", "127.0.0.1"],
          ...["--dir", folder.path, "--save", "", "--appendonly", "no"],
        ],
      });
      try {
        await program.waitForLine(/Ready to accept connections/);
        return new RedisServer(port, { program, folder });
      } catch (error) {
        await program[Symbol.asyncDispose]();
        if (attempt < ATTEMPTS && /in use/i.test(program.stdout)) continue;
        await folder[Symbol.asyncDispose]();
        throw error;
      }
    }
  }

  /** Ends it: whoever asks it from now on is refused. */
  async stop(): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#folder[Symbol.asyncDispose]();
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
