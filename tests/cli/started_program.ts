// main.ts, or handler_main.ts, as a program of its own, with the permissions of `deno task start`.

import { type Program, startProgram } from "../support/program.ts";

const ROOT = new URL("../../", import.meta.url);
const { tasks } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT)));
const PERMISSIONS = String(tasks.start.command).split(" ").filter((word) =>
  /^--(?:allow-|no-prompt)/.test(word)
);

/** The start line's address. */
const ADDRESS = / at (?:https?:\/\/(?:[\d.]+|\[[\d:]+\]):(\d+)\/|unix:(\S+))/;

export interface StartOptions {
  /** Whether to run handler_main.ts. */
  readonly withHandler?: boolean;
  readonly env?: Record<string, string>;
  /** More of Deno's own flags. */
  readonly flags?: readonly string[];
  /** A line for sh that runs the program as `"$@"`, such as `ulimit -n 64; exec "$@"`. */
  readonly shell?: string;
}

/** The arguments of Deno that run the program. */
export function toDenoArgs(args: readonly string[], options: StartOptions = {}): string[] {
  const main = options.withHandler ? "tests/cli/handler_main.ts" : "main.ts";
  return ["run", "--no-check", ...PERMISSIONS, ...options.flags ?? [], main, ...args];
}

/** Starts the program; it may end at once. */
export function start(args: readonly string[], options: StartOptions = {}): Program {
  const denoArgs = toDenoArgs(args, options);
  const { shell } = options;
  return startProgram({
    command: shell === undefined ? Deno.execPath() : "sh",
    args: shell === undefined ? denoArgs : ["-c", shell, "sh", Deno.execPath(), ...denoArgs],
    env: { NO_COLOR: "1", PORT: "", ...options.env },
    cwd: ROOT,
  });
}

/** Starts the program on a port that the system chooses, unless `args` say otherwise, and waits until it serves. */
export async function startServing(
  args: readonly string[] = [],
  options: StartOptions = {},
): Promise<{ program: Program; port: number }> {
  const isPlaced = args.some((arg) => /^(?:-p|--port|--listen)/.test(arg));
  const program = start(isPlaced ? args : ["--port", "0", ...args], options);
  try {
    const [, port] = await program.waitForLine(ADDRESS, { from: "stderr" });
    return { program, port: Number(port) };
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
}
