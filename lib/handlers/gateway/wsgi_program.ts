/**
 * WHAT ANSWERS: how a WSGI worker is started: Python, the app's name, and the worker's own files.
 *
 * The files lie in static/, and in the executable they lie inside it; Python gets them through its standard
 * input, so nothing is written to a disk, and the list of processes shows one line and not the whole
 * source. What is on the command line only reads them and runs them, and is written so that every Python that
 * there is can say that it is too old.
 */

import { Buffer } from "node:buffer";

/** The worker's files, in the order in which they are run. */
const FILES = ["wsgi_channel.py", "wsgi_loader.py", "wsgi_worker.py"];
/** Those in development, where what an app raises is told in detail. */
const DEVELOPMENT_FILES = [
  "wsgi_channel.py",
  "wsgi_loader.py",
  "wsgi_failure.py",
  "wsgi_worker.py",
];

/** Runs what it reads, in a namespace of its own. The folder is not looked into before all that is imported. */
const READER = `import os,sys
if sys.version_info<(3,8):sys.exit("Python 3.8 or later is needed, and this is "+sys.version.split()[0])
if sys.path and sys.path[0]=="":del sys.path[0]
names={"__name__":"rawserve"}
for each in sys.argv.pop(1).split(","):
    name,length=each.split(":");source=b""
    while len(source)<int(length):source+=os.read(0,int(length)-len(source)) or sys.exit(0)
    exec(compile(source,"<rawserve>/"+name,"exec"),names)
`;

/** What a worker runs, and with what. */
export interface WsgiProgramOptions {
  /** `module:callable` and the like. */
  readonly app: string;
  /** The Python to run: a name in PATH, or a path. */
  readonly python: string;
  /** The working directory, and the first folder in which modules are looked for. */
  readonly directory: string;
  /** Where the worker's files are. */
  readonly staticDirectory: string | URL;
  /** All that the worker inherits. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether there are other workers beside it. */
  readonly isOneOfMany: boolean;
  /** Whether it tells the server what the app raises; no unless given. */
  readonly isDevelopment?: boolean;
}

/** A program that can be started any number of times. */
export class WsgiProgram {
  /** What each process is sent first. */
  readonly source: Uint8Array;
  readonly #command: Deno.Command;
  readonly #python: string;

  /** Reads the worker's files. Throws `Error` where one of them cannot be read. */
  constructor(options: WsgiProgramOptions) {
    const { app, python, directory, staticDirectory, environment, isOneOfMany } = options;
    const names = options.isDevelopment === true ? DEVELOPMENT_FILES : FILES;
    const files = names.map((name) => ({ name, octets: readPart(staticDirectory, name) }));
    this.source = Buffer.concat(files.map(({ octets }) => octets));
    const parts = files.map(({ name, octets }) => `${name}:${octets.length}`).join(",");
    this.#python = python;
    this.#command = new Deno.Command(python, {
      args: ["-c", READER, parts, app, isOneOfMany ? "multiprocess" : "alone"],
      cwd: directory,
      clearEnv: true,
      env: environment,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    });
  }

  /** Starts a process. Throws `Error`, whose message says on one line why that cannot be. */
  spawn(): Deno.ChildProcess {
    try {
      return this.#command.spawn();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      throw new Error(this.#explain(error), { cause: error });
    }
  }

  #explain(error: Error): string {
    if (error instanceof Deno.errors.NotFound) {
      return `there is no program ${this.#python} (--python says which to run)`;
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      return `${this.#python} cannot be executed (--python says which to run)`;
    }
    return error.message;
  }
}

function readPart(directory: string | URL, name: string): Uint8Array {
  const path = directory instanceof URL
    ? new URL(name, directory.href.endsWith("/") ? directory : `${directory.href}/`)
    : `${directory}/${name}`;
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot read the worker's program: ${reason}`, { cause: error });
  }
}
