// The compiled executable, made once for a run of the tests, and the chroot that holds only it.
//
// Whether it is tested:
//
//   RAWSERVE_TEST_BINARY=required   always; what cannot be done fails and says why
//   DENORT_BIN is set               yes: `deno compile` has the runtime that it needs
//   neither                         no: the runtime would have to be downloaded, which not every
//                                   machine can; the tests are ignored and say so
//
// DENORT_BIN must be of the version of Deno that runs the tests. The chroot needs Linux and root.
//
// The chroot holds the executable, the libraries that `ldd` names, and one symbolic link in place of
// /proc: the runtime finds the site that is appended to it through /proc/self/exe, and without that it
// does not start ("no /proc/self/exe available. Is /proc mounted?").

import { type Program, type ProgramOptions, startProgram } from "../support/program.ts";
import { findProgram, runClient } from "./client_program.ts";

const ROOT = new URL("../../", import.meta.url);
const REQUIRED = Deno.env.get("RAWSERVE_TEST_BINARY") === "required";
/** For the download, too, where it must be. */
const COMPILE_WITHIN_MS = 180_000;
const FOOTER_LENGTH = 16;

/** Why the tests of the executable are ignored; empty where they are not. */
export const NOT_COMPILED = REQUIRED || Deno.env.get("DENORT_BIN") ? "" : "DENORT_BIN is not set";

/** Why the chroot is not tested; empty where it is. */
export const NO_CHROOT = NOT_COMPILED || (REQUIRED ? "" : whyNoChroot());

/** One executable in a folder of its own. */
export class Executable implements AsyncDisposable {
  readonly path: string;
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
    this.path = `${directory}/rawserve${Deno.build.os === "windows" ? ".exe" : ""}`;
  }

  /** Runs `deno task compile`; throws what it printed where it fails. */
  static async compile(): Promise<Executable> {
    const executable = new Executable(await Deno.makeTempDir({ prefix: "rawserve_compiled_" }));
    try {
      await using program = startProgram({
        command: Deno.execPath(),
        args: ["task", "compile", "-o", executable.path],
        env: { NO_COLOR: "1" },
        cwd: ROOT,
        patienceMs: COMPILE_WITHIN_MS,
      });
      const { success } = await program.waitForEnd();
      if (success) return executable;
      throw new Error(`Cannot compile rawserve:\n${program.stdout}\n${program.stderr}`);
    } catch (error) {
      await executable[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Starts it as `env -i` would: with no environment but `env`. */
  start(args: readonly string[], options: Pick<ProgramOptions, "cwd" | "env"> = {}): Program {
    return startProgram({ command: this.path, args, clearEnv: true, ...options });
  }

  /** What `deno compile` appended to the runtime; its last octets say how long it is. */
  async readAppendix(): Promise<Uint8Array<ArrayBuffer>> {
    const octets = await Deno.readFile(this.path);
    const footer = new DataView(octets.buffer, octets.length - FOOTER_LENGTH);
    return octets.subarray(octets.length - Number(footer.getBigUint64(8, true)));
  }

  /** Makes a folder with nothing in it but what the executable needs to run. */
  async makeChroot(): Promise<Chroot> {
    const reason = whyNoChroot();
    if (reason !== "") throw new Error(`Cannot make a chroot: ${reason}`);
    const directory = `${this.#directory}/chroot`;
    await Deno.mkdir(directory);
    await Deno.link(this.path, `${directory}/rawserve`);
    const { text } = await runClient("ldd", [this.path]);
    for (const [, library = ""] of text().matchAll(/(\/\S+) \(0x/g)) {
      const copy = directory + library;
      await Deno.mkdir(copy.slice(0, copy.lastIndexOf("/")), { recursive: true });
      await Deno.copyFile(library, copy);
    }
    await Deno.mkdir(`${directory}/proc/self`, { recursive: true });
    await Deno.symlink("/rawserve", `${directory}/proc/self/exe`);
    return new Chroot(directory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#directory, { recursive: true });
  }
}

/** A root directory for one program. */
export class Chroot {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Starts the executable in it, as the user with this number. */
  start(args: readonly string[], { user }: { user: number }): Program {
    return startProgram({
      command: findProgram("chroot") ?? "chroot",
      args: [`--userspec=${user}:${user}`, this.directory, "/rawserve", ...args],
      clearEnv: true,
    });
  }

  /** Every file, link and empty folder in it, sorted. */
  list(): string[] {
    return list(this.directory).map((path) => path.slice(this.directory.length)).sort();
  }
}

function list(directory: string): string[] {
  const entries = [...Deno.readDirSync(directory)];
  if (entries.length === 0) return [directory];
  return entries.flatMap(({ name, isDirectory }) =>
    isDirectory ? list(`${directory}/${name}`) : [`${directory}/${name}`]
  );
}

function whyNoChroot(): string {
  if (Deno.build.os !== "linux") return "this is not Linux";
  if (Deno.uid() !== 0) return "chroot needs root";
  const missing = ["chroot", "ldd"].filter((name) => findProgram(name) === null);
  return missing.length > 0 ? `${missing.join(" and ")} missing` : "";
}
