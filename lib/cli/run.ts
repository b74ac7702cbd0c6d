/**
 * COMMAND LINE: the program, from its arguments to its exit status.
 *
 *   options --> certificate --> handler --> socket --> start line --> permissions dropped --> signal
 *                                                                                               |
 *   exit status <-- logs written <-- connections finished, or cut at the end of the grace <-----+
 *
 * Standard output belongs to the request log alone, so that `rawserve > access.log` still shows where to
 * point the browser; everything else is on standard error.
 *
 *   0   told to stop by SIGINT or SIGTERM, and stopped, even if the grace ran out for somebody
 *   1   it could not start, or a second signal cut off what was in flight
 *   2   the command line or the environment cannot be understood
 */

import { withAuthorization } from "../handlers/authorization.ts";
import { embeddedSite } from "../handlers/site/site.ts";
import { ListenError } from "../net/listen_error.ts";
import { listenTcp, listenTls } from "../net/tcp.ts";
import type { Listener } from "../net/transport.ts";
import { listenUnix } from "../net/unix.ts";
import type { Handler } from "../server/handler.ts";
import { serve, type Server } from "../server/serve.ts";
import { escapeControls } from "./escape.ts";
import { toAmendment, withExtraFields } from "./extra_fields.ts";
import { FAILED, Failure } from "./failure.ts";
import { toFailure } from "./given_value.ts";
import { readAndHash } from "./hash_password.ts";
import { toFullHelpText, toHelpText } from "./help.ts";
import { type LogFormat, toLogLine } from "./log_formats.ts";
import { toLogObserver } from "./log_observer.ts";
import { LogSink } from "./log_sink.ts";
import { openBrowser } from "./open_browser.ts";
import { openFolder } from "./open_folder.ts";
import { parseOptions, type Place, type ServeSettings, type Task } from "./options.ts";
import { dropPermissions } from "./permissions.ts";
import { RefusalNotes } from "./refusal_notes.ts";
import { isLocal, toStartLines, toUrl, VERSION } from "./start_line.ts";
import { StopSignals } from "./stop_signals.ts";

/** What the server itself shows; beside the sources, and in the executable at the same place. */
const STATIC = new URL("../../static/", import.meta.url);
const READABLE_PASSWORDS = "Names and passwords cross the network unencrypted: give --tls-cert " +
  "and --tls-key, or let no one in but a proxy that speaks https";
/** How long the last lines of a log may take to be written, in milliseconds. */
const LAST_LINES = 500;
/** How long the process may live on after its last act, in milliseconds. */
const AFTERLIFE = 200;
/** After this many milliseconds people are told what the end waits for. */
const UNNOTICED = 100;

/**
 * Runs the program and resolves to its exit status. Answers with `handler` instead of the embedded site
 * where one is given. A process that has served has fewer permissions afterwards, and soon ends.
 */
export async function run(
  args: readonly string[],
  options: { handler?: Handler } = {},
): Promise<number> {
  try {
    const task = parseOptions(args, (name) => Deno.env.get(name));
    if (task.kind === "serve") return await serveUntilStopped(task.settings, options.handler);
    console.log(await toText(task));
    return 0;
  } catch (thrown) {
    const error = toFailure(thrown);
    if (error instanceof Failure) {
      console.error(escapeControls(error.message));
      return error.exitStatus;
    }
    console.error(error);
    return FAILED;
  }
}

/** What is printed where nothing is served. */
function toText(task: Exclude<Task, { kind: "serve" }>): string | Promise<string> {
  if (task.kind === "version") return `rawserve ${VERSION}`;
  if (task.kind === "hash-password") return readAndHash();
  return task.isFull ? toFullHelpText() : toHelpText();
}

async function serveUntilStopped(settings: ServeSettings, handler?: Handler): Promise<number> {
  const { quiet, verbose, place, folder } = settings;
  const notes = new LogSink(Deno.stderr);
  const note = (text: string) => notes.add(`${text}\n`);
  const log = toRequestLog(settings, note);
  const answer = wrap(handler ?? openHandler(settings, note), settings);
  const listener = await listen(settings);
  using signals = new StopSignals();
  const amend = toAmendment(settings);
  const server = serve(answer, {
    listener,
    ...(amend === undefined ? {} : { amend }),
    limits: { connections: settings.maxConnections },
    deadlines: { idle: settings.idle },
    observer: toLogObserver({ log, notes, verbose }),
  });
  const secure = settings.tls !== null;
  if (!quiet) {
    const what = folder === null ? null : escapeControls(folder.what);
    const options = { what, secure, interfaces: Deno.networkInterfaces };
    console.error(toStartLines(server.address, options).join("\n"));
    if (settings.credentials.length > 0 && !secure && !isLocal(server.address)) {
      console.error(READABLE_PASSWORDS);
    }
  }
  if (settings.open) void open(toUrl(server.address, secure), notes);
  dropPermissions([
    ...place.transport === "unix" ? ["write"] as const : [],
    ...folder !== null ? ["read"] as const : [],
  ]);
  await Promise.race([signals.first, server.closed]);
  const status = await stop(server, { signals, settings, notes });
  await log?.sink.close(LAST_LINES);
  await notes.close(LAST_LINES);
  endSoon(status);
  return status;
}

/**
 * Ends the process if it does not end by itself, which a handler that never answers or a write into a
 * full pipe would prevent. Whoever may leave by draining the event loop should: under `deno run --watch`
 * of Deno 2.7.7 to 2.9.1, `Deno.exit` ends the watcher too.
 */
function endSoon(status: number): void {
  Deno.unrefTimer(setTimeout(() => Deno.exit(status), AFTERLIFE));
}

function openHandler({ folder, quiet }: ServeSettings, note: (text: string) => void): Handler {
  if (folder === null) return embeddedSite(STATIC);
  const refusals = new RefusalNotes(quiet ? () => {} : note);
  return openFolder(folder, {
    staticDirectory: STATIC,
    onRefusal: (path, reason) => refusals.add(path, reason),
  });
}

/**
 * `handler` behind what is asked for, and behind nothing where nothing is. Fields are outermost: a refusal
 * gets them too, and a preflight, which browsers send without a password, is answered before one is asked for.
 */
function wrap(handler: Handler, settings: ServeSettings): Handler {
  const { credentials } = settings;
  const guarded = credentials.length === 0 ? handler : withAuthorization(handler, credentials);
  return withExtraFields(guarded, settings);
}

function toRequestLog(settings: ServeSettings, onTrouble: (message: string) => void) {
  if (settings.log === "none") return null;
  const isTerminal = Deno.stdout.isTerminal();
  const format: LogFormat = settings.log !== "auto"
    ? settings.log
    : isTerminal
    ? "short"
    : "combined";
  const colour = isTerminal && !Deno.env.get("NO_COLOR");
  return {
    sink: new LogSink(Deno.stdout, { onTrouble }),
    toLine: toLogLine(format, { colour }),
    isTimed: format !== "combined",
  };
}

async function listen({ place, tls }: ServeSettings): Promise<Listener> {
  try {
    if (place.transport === "unix") return await listenUnix(place.path);
    const options = { hostname: place.hostname, port: place.port };
    if (tls === null) return listenTcp(options);
    const certificate = readPem("--tls-cert", tls.certificate);
    const key = readPem("--tls-key", tls.key);
    return listenTls({ ...options, identity: { certificate, key } });
  } catch (error) {
    if (error instanceof ListenError) {
      throw new Failure(error.message + advise(error, place), FAILED);
    }
    throw error;
  }
}

function advise({ fault }: ListenError, place: Place): string {
  if (place.transport === "unix") return "";
  if (fault === "taken" && place.port < 65535) return ` (try --port ${place.port + 1})`;
  if (fault === "denied" && place.port < 1024) return " (try --port 8000)";
  return "";
}

function readPem(option: string, path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound
      ? "there is no such file"
      : error instanceof Deno.errors.PermissionDenied
      ? "permission is denied"
      : (error as Error).message;
    throw new Failure(`Cannot read ${option} ${path}: ${reason}`, FAILED);
  }
}

async function open(url: string | null, notes: LogSink): Promise<void> {
  const trouble = url === null ? null : await openBrowser(url);
  if (trouble !== null) notes.add(`${trouble}\n`);
}

/** Ends the server, gracefully unless there is a second signal; resolves to the exit status. */
async function stop(
  server: Server,
  { signals, settings, notes }: {
    signals: StopSignals;
    settings: ServeSettings;
    notes: LogSink;
  },
): Promise<number> {
  const { grace, quiet } = settings;
  const notice = setTimeout(() => {
    const { connections } = server;
    if (quiet || connections === 0) return;
    notes.add(
      `Finishing ${connections} ${connections === 1 ? "connection" : "connections"} ` +
        `within ${grace} seconds; a second signal stops at once\n`,
    );
  }, UNNOTICED);
  const isForced = await Promise.race([
    server.shutdown({ grace }).then(() => false),
    signals.second.then(() => true),
  ]);
  clearTimeout(notice);
  if (!isForced) return 0;
  await server.shutdown({ grace: 0 });
  return FAILED;
}
