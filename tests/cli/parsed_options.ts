// Command lines, parsed.

import { parseOptions, type ServeSettings } from "../../lib/cli/options.ts";
import { Failure } from "../../lib/cli/failure.ts";
import { DEFAULT_DEADLINES, DEFAULT_LIMITS } from "../../lib/server/limits.ts";
import { assert, assertEquals, assertThrows } from "../deps.ts";

/** Environment variables. */
export type Variables = Record<string, string>;

/** What arguments and variables that are for a server come to. */
export function settingsOf(args: string[], variables: Variables = {}): ServeSettings {
  const task = parseOptions(args, (name) => variables[name]);
  assert(task.kind === "serve");
  return task.settings;
}

/** What is said about arguments that cannot be understood. */
export function refusalOf(args: string[], variables: Variables = {}): string {
  const error = assertThrows(() => parseOptions(args, (name) => variables[name]), Failure);
  assertEquals((error as Failure).exitStatus, 2);
  return error.message;
}

/** Somebody who gets answers. */
export const CREDENTIALS = `ann:scrypt.2.1.1.${"A".repeat(22)}.${"A".repeat(43)}`;

/** What no argument and no variable comes to. */
export const DEFAULTS: ServeSettings = {
  served: {
    what: { kind: "site" },
    mounts: [],
    cgi: [],
    fallback: null,
    python: { python: "python3", directory: ".", workers: 1 },
  },
  grants: [],
  place: { transport: "tcp", hostname: "127.0.0.1", port: 8000 },
  tls: null,
  trustedProxies: [],
  proxyProtocol: false,
  fields: [],
  cors: false,
  credentials: [],
  log: "auto",
  status: { health: false, metrics: false, place: null },
  grace: 10,
  limits: DEFAULT_LIMITS,
  deadlines: DEFAULT_DEADLINES,
  open: false,
  dev: false,
  quiet: false,
  verbose: false,
};
