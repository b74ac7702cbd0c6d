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
import { ListenError } from "../net/listen_error.ts";
import { withProxyProtocol } from "../net/proxied_transport.ts";
import { listenTcp } from "../net/tcp.ts";
import { listenTls, type TlsListener } from "../net/tls.ts";
import type { Address, Listener } from "../net/transport.ts";
import { listenUnix } from "../net/unix.ts";
import type { Handler } from "../server/handler.ts";
import { PROTOCOLS } from "../server/protocols.ts";
import { serve, type Server } from "../server/serve.ts";
import { reloadCertificate } from "./certificate_reload.ts";
import { DevChild, UNSTARTED } from "./dev_child.ts";
import { superviseDev } from "./dev_supervisor.ts";
import { escapeControls } from "./escape.ts";
import { toAmendment, withExtraFields } from "./extra_fields.ts";
import { FAILED, Failure } from "./failure.ts";
import { toFailure } from "./given_value.ts";
import { HangupSignals } from "./hangup_signals.ts";
import { readAndHash } from "./hash_password.ts";
import { toFullHelpText, toHelpText } from "./help.ts";
import { listInterfaces } from "./interfaces.ts";
import { type LogFormat, toLogLine } from "./log_formats.ts";
import { toLogObserver } from "./log_observer.ts";
import { LogSink } from "./log_sink.ts";
import { toTagOf } from "./mount_tags.ts";
import { openBrowser } from "./open_browser.ts";
import { type Opened, openServed, runsPrograms } from "./open_served.ts";
import { parseOptions, type Place, type ServeSettings, type Task } from "./options.ts";
import { dropPermissions } from "./permissions.ts";
import { RefusalNotes } from "./refusal_notes.ts";
import { type ServerIdentity, toServerIdentity } from "./server_identity.ts";
import { ShownFailures } from "./shown_failures.ts";
import { isLocal, toFingerprintLines, toStartLines, toUrl, VERSION } from "./start_line.ts";
import { StatusPages } from "./status_pages.ts";
import { StopSignals } from "./stop_signals.ts";
import { kindsOf, type What } from "./what.ts";

/** What the server itself shows; beside the sources, and in the executable at the same place. */
const STATIC = new URL("../../static/", import.meta.url);
const READABLE_PASSWORDS = "Names and passwords cross the network unencrypted: give --tls-cert " +
  "and --tls-key, or let no one in but a proxy that speaks https";
const ANYBODYS_WORD =
  "Whoever can connect can claim to be anybody: give --trust-proxy, or let no one " +
  "in but the proxy";
/** How long the last lines of a log may take to be written, in milliseconds. */
const LAST_LINES = 500;
/** How long an answer of the status server may take at its end, in seconds. */
const LAST_STATUS = 1;
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
  let dev: DevChild | null = null;
  try {
    const task = parseOptions(args, (name) => Deno.env.get(name));
    if (task.kind === "serve") {
      const { settings } = task;
      if (!settings.dev) return await serveUntilStopped(settings, options);
      dev = DevChild.enter({ staticDirectory: STATIC });
      if (dev === null) return await superviseDev(args, { settings, staticDirectory: STATIC });
      return await serveUntilStopped(dev.adapt(settings), { ...options, dev });
    }
    console.log(await toText(task));
    return 0;
  } catch (thrown) {
    const error = toFailure(thrown);
    const isForeseen = error instanceof Failure;
    console.error(isForeseen ? escapeControls(error.message) : error);
    const status = isForeseen ? error.exitStatus : FAILED;
    if (dev === null) return status;
    // It still listens to its supervisor.
    endSoon(status + UNSTARTED);
    return status + UNSTARTED;
  }
}

/** What is printed where nothing is served. */
function toText(task: Exclude<Task, { kind: "serve" }>): string | Promise<string> {
  if (task.kind === "version") return `rawserve ${VERSION}`;
  if (task.kind === "hash-password") return readAndHash();
  return task.isFull ? toFullHelpText() : toHelpText();
}

async function serveUntilStopped(
  settings: ServeSettings,
  { handler, dev = null }: { handler?: Handler; dev?: DevChild | null },
): Promise<number> {
  const { quiet, verbose, place } = settings;
  const notes = new LogSink(Deno.stderr);
  const note = (text: string) => notes.add(`${text}\n`);
  const log = toRequestLog(settings, note);
  const pages = new StatusPages(settings.status, { connectionLimit: settings.limits.connections });
  const openIt = () => openAll(settings, note);
  await using opened = await (dev === null ? openIt() : dev.open(openIt));
  const answer = wrap(handler ?? opened.handler, { settings, pages });
  await using statusServer = await pages.serve(toLogObserver({ log: null, notes, verbose }));
  const identity = settings.tls === null ? null : await toServerIdentity(settings.tls, place);
  const listener = await listen(place, identity);
  using signals = new StopSignals({ isDeaf: dev !== null });
  dev?.attach(signals);
  using _hangups = new HangupSignals({
    onReload: toReload(listener, { settings, note }),
    // A supervisor hears of it as well, and its word would be the second.
    onHangup: () => dev === null && signals.stop(),
  });
  const amend = toAmendment(settings);
  const { trustedProxies } = settings;
  const server = serve(answer, {
    listener: settings.proxyProtocol ? toProxied(listener, trustedProxies) : listener,
    trustedProxies,
    ...(amend === undefined ? {} : { amend }),
    limits: settings.limits,
    deadlines: settings.deadlines,
    observer: pages.observe(toLogObserver({ log, notes, verbose })),
  });
  // Nobody is answered with more permissions than are needed, whatever goes wrong from here on.
  try {
    pages.isServing = true;
    const { address } = server;
    if (!quiet) {
      announce(settings, address, [
        ...toFingerprintLines(identity?.fingerprint),
        ...statusServer?.lines ?? [],
      ]);
    }
    if (settings.open) void open(toUrl(address, settings.tls !== null), notes);
    dropPermissions([
      ...isUnix(place) || isUnix(settings.status.place) ? ["write"] as const : [],
      ...isReloadable(settings) ? ["read"] as const : [],
      ...opened.keep,
      // They are an app's; without one nobody has them.
      ...kindsOf(settings.served).includes("fetch") ? settings.grants : [],
    ]);
  } catch (error) {
    await server.shutdown({ grace: 0 });
    throw error;
  }
  await Promise.race([signals.first, server.closed]);
  pages.isServing = false;
  const ending = dev?.toEnding(settings) ?? settings;
  const status = await stop(server, { signals, settings: ending, notes });
  await opened.close(status === 0 ? ending.grace : 0);
  await statusServer?.shutdown({ grace: status === 0 ? LAST_STATUS : 0 });
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

function openAll(settings: ServeSettings, note: (text: string) => void): Promise<Opened> {
  const { served, grants, place, status, open, quiet } = settings;
  const refusals = new RefusalNotes(quiet ? () => {} : note);
  return openServed(served, {
    staticDirectory: STATIC,
    note,
    onRefusal: (path, reason) => refusals.add(path, reason),
    failures: settings.dev ? new ShownFailures({ staticDirectory: STATIC, note }) : null,
    // What is still to be done before the server runs has to be possible until then.
    onForeignCode: () =>
      dropPermissions([
        ...grants,
        "read",
        "sys",
        ...isUnix(place) || isUnix(status.place) ? ["write"] as const : [],
        ...open || runsPrograms(served) ? ["run", "env"] as const : [],
      ]),
  });
}

/** Says where the server is, `more` about it, and what is dangerous about where it is. */
function announce(settings: ServeSettings, address: Address, more: readonly string[]): void {
  const { served, credentials, proxyProtocol, trustedProxies } = settings;
  const secure = settings.tls !== null;
  const options = { what: nameOf(served.what), secure, interfaces: listInterfaces };
  console.error([...toStartLines(address, options), ...more].join("\n"));
  if (isLocal(address)) return;
  if (credentials.length > 0 && !secure) console.error(READABLE_PASSWORDS);
  if (proxyProtocol && trustedProxies.length === 0) console.error(ANYBODYS_WORD);
}

/** What the start line says; null for the embedded site. */
function nameOf(what: What): string | null {
  switch (what.kind) {
    case "site":
      return null;
    case "folder":
      return escapeControls(what.folder.what);
    case "fetch":
      return escapeControls(what.path);
    case "wsgi":
      return what.app;
  }
}

/**
 * `handler` behind what is asked for, and behind nothing where nothing is. Fields are outermost: a refusal
 * gets them too, and a preflight, which browsers send without a password, is answered before one is asked for.
 * So is a load balancer that asks for the server's health; metrics are for those who are let in.
 */
function wrap(
  handler: Handler,
  { settings, pages }: { settings: ServeSettings; pages: StatusPages },
): Handler {
  const { credentials } = settings;
  const inner = pages.withInner(handler);
  const guarded = credentials.length === 0 ? inner : withAuthorization(inner, credentials);
  return withExtraFields(pages.withOuter(guarded), settings);
}

/** Of proxies that are named, nobody else may say whose connection it is; otherwise all may. */
function toProxied(listener: Listener, trusted: readonly string[]): Listener {
  return withProxyProtocol(listener, trusted.length === 0 ? {} : { trusted });
}

function isUnix(place: Place | null): boolean {
  return place?.transport === "unix";
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
    toLine: toLogLine(format, { colour, tagOf: toTagOf(settings.served) }),
    isTimed: format !== "combined",
  };
}

async function listen(
  place: Place,
  identity: ServerIdentity | null,
): Promise<Listener | TlsListener> {
  try {
    if (place.transport === "unix") return await listenUnix(place.path);
    const options = { hostname: place.hostname, port: place.port };
    if (identity === null) return listenTcp(options);
    return listenTls({ ...options, identity, protocols: PROTOCOLS });
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

/** What reads the certificate's files again, and does nothing where there are none. */
function toReload(
  listener: Listener | TlsListener,
  { settings, note }: { settings: ServeSettings; note: (text: string) => void },
): () => void {
  const { tls, quiet } = settings;
  if (tls === null || tls === "self-signed" || !("replaceIdentity" in listener)) return () => {};
  const options = { files: tls, onTaken: quiet ? () => {} : note, onTrouble: note };
  return () => reloadCertificate(listener, options);
}

/** Whether files are read again while the server runs. */
function isReloadable({ tls }: ServeSettings): boolean {
  return tls !== null && tls !== "self-signed" && Deno.build.os !== "windows";
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
