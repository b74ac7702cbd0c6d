// A folder of fixtures behind a server of our own, asked over real sockets by the raw client, so that
// a path arrives as it was written down.
//
//   a temporary folder ── root/      what is served
//                      └─ …          what lies beside it and must never be seen

import { files, type FilesOptions } from "../../lib/handlers/files/files.ts";
import { type FixtureTree, makeFolder } from "./fixture_folder.ts";
import { connect, type RawClient, type RawResponse } from "./raw_client.ts";
import { startServer, type TestServer } from "./server.ts";

export interface ServedFolderOptions extends Partial<FilesOptions> {
  /** What lies beside the root. */
  readonly beside?: FixtureTree;
}

export interface ServedFolder extends AsyncDisposable {
  /** The root, on disk. */
  readonly root: string;
  /** The folder that the root is in. */
  readonly outside: string;
  readonly server: TestServer;
  /** What was not served, and why, in order. */
  readonly refusals: readonly { readonly path: string; readonly reason: string }[];
  /** The answer to a GET on a connection of its own; `lines` are field lines besides Host. */
  get(target: string, ...lines: readonly string[]): Promise<RawResponse>;
  head(target: string, ...lines: readonly string[]): Promise<RawResponse>;
  ask(method: string, target: string, ...lines: readonly string[]): Promise<RawResponse>;
  /** A connection, for the caller to close. */
  connect(): Promise<RawClient>;
}

/** Where the server's own pages lie. */
export const STATIC_DIRECTORY = new URL("../../static/", import.meta.url);

/** Builds `tree` and serves it. */
export function serveFolder(tree: FixtureTree, options: ServedFolderOptions = {}): ServedFolder {
  const { beside = {}, ...given } = options;
  const folder = makeFolder({ ...beside, root: tree });
  const root = `${folder.path}/root`;
  const refusals: { path: string; reason: string }[] = [];
  const server = startServer(files({
    root,
    staticDirectory: STATIC_DIRECTORY,
    onRefusal: (path, reason) => refusals.push({ path, reason }),
    ...given,
  }));
  const ask = async (method: string, target: string, ...lines: readonly string[]) => {
    using client = await connect(server.port);
    await client.send(toRequest(method, target, ...lines));
    return await client.readResponse({ head: method === "HEAD" });
  };
  return {
    root,
    outside: folder.path,
    server,
    refusals,
    ask,
    get: (target, ...lines) => ask("GET", target, ...lines),
    head: (target, ...lines) => ask("HEAD", target, ...lines),
    connect: () => connect(server.port),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** A request without content. */
export function toRequest(method: string, target: string, ...lines: readonly string[]): string {
  return [`${method} ${target} HTTP/1.1`, "Host: localhost", ...lines, "", ""].join("\r\n");
}

/** A field's value, which must be there. */
export function fieldOf(response: RawResponse, name: string): string {
  const value = response.field(name);
  if (value === null) throw new Error(`There is no ${name} in ${JSON.stringify(response.fields)}`);
  return value;
}

/** Fails where octets differ, and says where instead of showing millions of them. */
export function assertSameOctets(actual: Uint8Array, expected: Uint8Array, what = ""): void {
  const length = Math.min(actual.length, expected.length);
  let at = 0;
  while (at < length && actual[at] === expected[at]) at++;
  if (at < length || actual.length !== expected.length) {
    throw new Error(
      `${what}: ${actual.length} octets for ${expected.length}, which are the same up to ${at}`,
    );
  }
}
