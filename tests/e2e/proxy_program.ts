// Other people's proxies in front of a server of ours: HAProxy and nginx, each with its own temporary folder.
//
// The configurations are those of the README, word for word but for addresses, so that what people copy
// is what was tested. A proxy listens on a port that was free a moment ago; if somebody else has taken
// it meanwhile, it ends, and is started again on another one.

import { type Program, startProgram } from "../support/program.ts";
import { findProgram } from "./client_program.ts";

export interface Proxy extends AsyncDisposable {
  readonly port: number;
  readonly program: Program;
}

interface Configuration {
  /** What the proxy runs with, given its port and a folder of its own. */
  readonly write: (port: number, folder: string) => string;
}

const ATTEMPTS = 5;
const NGINX_STREAM = "/usr/lib/nginx/modules/ngx_stream_module.so";

/** The README's code blocks in the language. */
export function blocksOf(language: "nginx" | "haproxy"): string[] {
  const text = Deno.readTextFileSync(new URL("../../README.md", import.meta.url));
  const fence = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms");
  return Array.from(text.matchAll(fence), ([, block = ""]) => block);
}

/** Starts HAProxy with this configuration. */
export function startHaproxy(configuration: Configuration): Promise<Proxy> {
  return start("haproxy", configuration, (file) => ["-db", "-f", file]);
}

/** Starts nginx with this configuration inside `http` or, with `isStream`, inside `stream`. */
export function startNginx(
  configuration: Configuration,
  options: { isStream?: boolean } = {},
): Promise<Proxy> {
  const { isStream = false } = options;
  const write = (port: number, folder: string) => {
    const inner = configuration.write(port, folder);
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
      .map((name) => `${name}_temp_path ${folder}/${name};`).join(" ");
    return `daemon off; master_process off; pid ${folder}/pid; error_log stderr;
${isStream && needsModule() ? `load_module ${NGINX_STREAM};` : ""}
events { worker_connections 256; }
${isStream ? `stream {` : `http { ${temporary} access_log off;`}
${inner}
}
`;
  };
  return start("nginx", { write }, (file) => ["-c", file, "-e", "stderr"]);
}

/** Whether nginx can relay connections. */
export function hasNginxStream(): boolean {
  if (findProgram("nginx") === null) return false;
  return needsModule() ? isFile(NGINX_STREAM) : true;
}

/** Whether the part that relays is a module of its own and not built in. */
function needsModule(): boolean {
  const { stderr } = new Deno.Command(findProgram("nginx")!, { args: ["-V"] }).outputSync();
  return !/--with-stream(?:\s|$)/.test(new TextDecoder().decode(stderr));
}

async function start(
  name: string,
  { write }: Configuration,
  toArgs: (file: string) => string[],
): Promise<Proxy> {
  const folder = Deno.makeTempDirSync({ prefix: "rawserve_proxy_" });
  for (let attempt = 1;; attempt++) {
    const port = freePort();
    const file = `${folder}/configuration`;
    Deno.writeTextFileSync(file, write(port, folder));
    const program = startProgram({ command: findProgram(name) ?? name, args: toArgs(file) });
    if (await isListening(program, port)) {
      return {
        port,
        program,
        async [Symbol.asyncDispose]() {
          await program[Symbol.asyncDispose]();
          Deno.removeSync(folder, { recursive: true });
        },
      };
    }
    await program.waitForEnd();
    if (attempt < ATTEMPTS && /in use/i.test(program.stderr)) continue;
    Deno.removeSync(folder, { recursive: true });
    throw new Error(`Cannot start ${name}:\n${program.stderr}`);
  }
}

/** Waits until somebody answers the call, or the program has ended. */
async function isListening(program: Program, port: number): Promise<boolean> {
  while (program.running) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return true;
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  return false;
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
