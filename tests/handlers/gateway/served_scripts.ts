// A folder of real scripts behind a server of our own, asked over real sockets.
//
// Disposing of it waits until no script runs any more: one that has been forgotten fails the test that
// started it. A test that wants to see that scripts end by themselves looks before that.

import { cgi, type CgiOptions } from "../../../lib/handlers/gateway/cgi.ts";
import { RunningScripts } from "../../../lib/handlers/gateway/running_scripts.ts";
import type { Handler } from "../../../lib/server/handler.ts";
import { Fixture, type FixtureTree, makeFolder } from "../../support/fixture_folder.ts";
import { connect, type RawClient, type RawResponse } from "../../support/raw_client.ts";
import { type ServerOptions, startServer, type TestServer } from "../../support/server.ts";

export interface ServedScriptsOptions extends Partial<CgiOptions> {
  /** What lies beside the folder of scripts. */
  readonly beside?: FixtureTree;
  readonly server?: ServerOptions;
  /** Puts something around the scripts. */
  readonly wrap?: (scripts: Handler) => Handler;
}

export interface ServedScripts extends AsyncDisposable {
  /** The folder of the scripts. */
  readonly directory: string;
  /** The folder that this folder is in. */
  readonly outside: string;
  readonly server: TestServer;
  readonly scripts: RunningScripts;
  /** What was told about scripts, with the request-target. */
  readonly lines: string[];
  connect(): Promise<RawClient>;
  /** The answer to a request on a connection of its own; line feeds become CRLF in the head alone. */
  ask(head: string, content?: string): Promise<RawResponse>;
  get(target: string, ...lines: readonly string[]): Promise<RawResponse>;
}

/** An environment in which the shell finds its programs. */
export const ENVIRONMENT = { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin" };

/** Why tests of scripts are not run here. */
export const ignore = Deno.build.os === "windows";

/** A file that may be executed. */
export function executable(content: string | Uint8Array, mode = 0o755): Fixture {
  return new Fixture((path) => {
    if (typeof content === "string") Deno.writeTextFileSync(path, content);
    else Deno.writeFileSync(path, content);
    Deno.chmodSync(path, mode);
  });
}

/** A script for the shell. */
export function sh(...lines: readonly string[]): Fixture {
  return executable(["#!/bin/sh", ...lines, ""].join("\n"));
}

/** A script that writes plain text behind its head. */
export function shText(...lines: readonly string[]): Fixture {
  return sh("echo 'Content-Type: text/plain'; echo", ...lines);
}

export function serveScripts(
  tree: FixtureTree,
  options: ServedScriptsOptions = {},
): ServedScripts {
  const { beside = {}, server: serverOptions, wrap = (handler) => handler, ...given } = options;
  const folder = makeFolder({ ...beside, scripts: tree });
  const directory = `${folder.path}/scripts`;
  const scripts = given.scripts ?? new RunningScripts();
  const lines: string[] = [];
  const handler = cgi({
    directory,
    software: "rawserve/1.2.3",
    environment: ENVIRONMENT,
    onDiagnostics: (line, { target }) => lines.push(`${target.raw} ${line}`),
    scripts,
    ...given,
  });
  const server = startServer(wrap(handler), serverOptions);
  const ask = async (head: string, content = "") => {
    using client = await connect(server.port);
    await client.send(`${head.trimEnd()}\n\n`.replaceAll("\n", "\r\n") + content);
    return await client.readResponse({ head: head.startsWith("HEAD ") });
  };
  return {
    directory,
    outside: folder.path,
    server,
    scripts,
    lines,
    connect: () => connect(server.port),
    ask,
    get: (target, ...more) =>
      ask([`GET ${target} HTTP/1.1`, "Host: a.example", ...more].join("\n")),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await scripts.settled();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** The processes that this one has started and that the system still knows, zombies among them; Linux alone. */
export function childrenOf(pid: number): number[] {
  const children: number[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    if (statusOf(Number(name))?.parent === pid) children.push(Number(name));
  }
  return children;
}

/** Whether the process runs: zombies do not. */
export function isRunning(pid: number): boolean {
  const status = statusOf(pid);
  return status !== null && status.state !== "Z";
}

function statusOf(pid: number): { state: string; parent: number } | null {
  try {
    const text = Deno.readTextFileSync(`/proc/${pid}/stat`);
    const [, state = "", parent = ""] = /\) (\S) (\d+) /.exec(text) ?? [];
    return { state, parent: Number(parent) };
  } catch (error) {
    // It has ended while it was looked at.
    if (error instanceof Deno.errors.NotFound || /os error 3/.test(String(error))) return null;
    throw error;
  }
}
