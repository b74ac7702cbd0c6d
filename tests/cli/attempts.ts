// What somebody would try who had taken over the server: each thing that Deno guards, by its own means and
// by those of node, which come down to the same operations.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const GIVEN_UP = ["read", "write", "run", "env", "sys", "ffi", "import"] as const;

/** By what it is; none does harm where it succeeds. */
const ATTEMPTS: Record<string, () => unknown> = {
  "run a program": () => new Deno.Command(Deno.execPath(), { args: ["--version"] }).outputSync(),
  "run a program, by node": () => {
    const { error } = spawnSync("true");
    if (error !== undefined) throw error;
  },
  "signal a process": () => Deno.kill(Deno.ppid, "SIGCONT"),
  "write a file": () => Deno.removeSync(Deno.makeTempFileSync()),
  "link a file": () => Deno.linkSync("/no/such/file", "/no/such/link"),
  "read a file": () => Deno.readTextFileSync("/etc/hosts"),
  "read a file, by node": () => readFileSync("/etc/hosts"),
  "list a folder": () => [...Deno.readDirSync("/")],
  "look at a file": () => Deno.lstatSync("/"),
  "read the environment": () => Deno.env.get("PATH"),
  "read all of the environment": () => Deno.env.toObject(),
  "load a library": () => Deno.dlopen("libc.so.6", {}).close(),
  "ask for the host's name": () => Deno.hostname(),
  "list the interfaces": () => Deno.networkInterfaces(),
  "load code from elsewhere": () => import(String("https://127.0.0.1:1/code.js")),
  "read a file in a worker": async () => {
    const code = `
      try { Deno.readTextFileSync("/etc/hosts"); postMessage("done"); }
      catch (error) { postMessage(String(error)); }`;
    const url = `data:application/javascript,${encodeURIComponent(code)}`;
    const worker = new Worker(url, { type: "module" });
    const said = await new Promise<string>((resolve) => {
      worker.onmessage = ({ data }) => resolve(data);
    });
    worker.terminate();
    if (said !== "done") throw new Error(said);
  },
  ...Object.fromEntries(GIVEN_UP.map((name) => [`ask for ${name}`, () => ask(name)])),
};

/** For each attempt `done`, `not permitted`, or how it failed otherwise. */
export async function attemptAll(): Promise<Record<string, string>> {
  const results: Record<string, string> = {};
  for (const [what, attempt] of Object.entries(ATTEMPTS)) {
    try {
      await attempt();
      results[what] = "done";
    } catch (error) {
      results[what] = toFailure(error);
    }
  }
  return results;
}

function toFailure(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) return "not permitted";
  const text = `${error}`;
  // An executable finds no modules but its own.
  return /Requires \w+ access|NotCapable|Module not found/.test(text) ? "not permitted" : text;
}

/** Asks for a permission back, as one may on a terminal. */
async function ask(name: typeof GIVEN_UP[number]): Promise<void> {
  const { state } = await Deno.permissions.request({ name });
  if (state !== "granted") throw new Deno.errors.NotCapable(`Asking for ${name} is ${state}`);
}
