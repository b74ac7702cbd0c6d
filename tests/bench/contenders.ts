// Who is measured: rawserve with its page, and others that answer the same bytes.
//
// The page's answer is taken from rawserve itself, so that each of the others is given the same
// content and the same fields. The floor writes these very bytes to whatever it reads: it is what any
// server on Deno's sockets must at least do. `node:http` runs under Node where there is one, and under
// Deno; the faster of the two is the one to beat.

import { connect, type RawResponse } from "../support/raw_client.ts";
import { Contender, type ContenderOptions } from "./contender.ts";

const PERMISSIONS = ["--allow-net", "--allow-read", "--allow-env"];

/** How to start rawserve, `args` behind the port. */
export function rawserve(
  name: string,
  options: { args: string[]; log?: string },
): ContenderOptions {
  const binary = Deno.env.get("RAWSERVE_BENCH_BINARY");
  const args = ["--port", "0", ...options.args];
  return {
    name,
    ...(options.log === undefined ? {} : { log: options.log }),
    ...(binary === undefined
      ? { command: Deno.execPath(), args: ["run", "-A", fileOf("../../main.ts"), ...args] }
      : { command: binary, args }),
  };
}

/** How to start the others. `answer` is what rawserve's page is answered with. */
export async function others(answer: RawResponse): Promise<ContenderOptions[]> {
  const env = {
    BENCH_FIELDS: JSON.stringify(answer.fields),
    BENCH_CONTENT: answer.text(),
  };
  const deno = (file: string) => ({
    command: Deno.execPath(),
    args: ["run", ...PERMISSIONS, fileOf(file)],
    env,
  });
  const list: ContenderOptions[] = [
    { name: "floor (bare read/write)", ...deno("./floor_server.ts") },
    { name: "Deno.serve", ...deno("./deno_serve_server.ts") },
    { name: "node:http (Deno)", ...deno("./node_http_server.mjs") },
  ];
  if (await has("node")) {
    list.push({
      name: "node:http (Node)",
      command: "node",
      args: [fileOf("./node_http_server.mjs")],
      env,
    });
  }
  return list;
}

/** The answer to `GET /` of the server at `port`. */
export async function answerOf(port: number): Promise<RawResponse> {
  using client = await connect(port);
  await client.send(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  return await client.readResponse();
}

/** Starts all, or none. */
export async function startAll(list: readonly ContenderOptions[]): Promise<Contender[]> {
  const started: Contender[] = [];
  try {
    for (const options of list) started.push(await Contender.start(options));
    return started;
  } catch (error) {
    for (const contender of started) await contender[Symbol.asyncDispose]();
    throw error;
  }
}

/** Whether `command` can be run. */
export async function has(command: string): Promise<boolean> {
  try {
    await new Deno.Command(command, { args: ["-v"], stdout: "null", stderr: "null" }).output();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function fileOf(relative: string): string {
  return new URL(relative, import.meta.url).pathname;
}
