/**
 * COMMAND LINE: what the driver tells becomes lines.
 *
 * Answers go to the request log, on standard output. Everything else goes to standard error as notes:
 * the handler's failures always, for somebody has to mend them; why peers were refused and connections
 * broke with --verbose only, for that is the course of things. Both are sinks, so that a terminal that
 * was stopped, or a full pipe, holds up no connection.
 */

import { type Address, formatAddress } from "../net/transport.ts";
import type { HttpRequest } from "../server/handler.ts";
import type { Exchange, Observer } from "../server/observer.ts";
import { escapeControls } from "./escape.ts";
import { describeRequest, type LogLine } from "./log_formats.ts";
import type { LogSink } from "./log_sink.ts";

/** The request log. */
export interface RequestLog {
  readonly sink: LogSink;
  readonly toLine: LogLine;
  /** Whether the lines tell how long an answer took. */
  readonly isTimed: boolean;
}

/** Where the lines go. */
export interface LogObserverOptions {
  /** The request log; null for none. */
  readonly log: RequestLog | null;
  readonly notes: LogSink;
  readonly verbose: boolean;
}

/** How often a shortage is told of, in milliseconds. */
const SHORTAGE_PERIOD = 10_000;

/** The observer that writes log lines and notes. What nobody wants to read is not even observed. */
export function toLogObserver(options: LogObserverOptions): Observer {
  const { log, notes, verbose } = options;
  const note = (text: string) => notes.add(`${text}\n`);
  const observer: Observer = {
    isTimed: log?.isTimed ?? false,
    onHandlerError(error, request) {
      note(describeFailure(error, { request, verbose }));
    },
    onAcceptError: toShortageObserver(note),
    onCrowd: toCrowdObserver(note),
  };
  if (log !== null || verbose) observer.onExchange = toExchangeObserver(options, note);
  if (verbose) {
    observer.onBroken = (error, remoteAddress) =>
      note(`Connection with ${nameOf(remoteAddress)} broke: ${messageOf(error)}`);
  }
  return observer;
}

function toExchangeObserver(
  { log, verbose }: LogObserverOptions,
  note: (text: string) => void,
): (exchange: Exchange) => void {
  return (exchange) => {
    if (log !== null) putLine(log, exchange);
    if (verbose && exchange.refusal !== null) {
      const { remoteAddress, status, refusal } = exchange;
      note(`Refused ${nameOf(remoteAddress)} with ${status}: ${escapeControls(refusal)}`);
    }
  };
}

function putLine({ sink, toLine }: RequestLog, exchange: Exchange): void {
  const line = sink.begin();
  if (line === null) return;
  toLine(exchange, line);
  sink.end();
}

/** A shortage fails every accept until it is over; one line in a while is enough. */
function toShortageObserver(note: (text: string) => void): (error: unknown) => void {
  let toldAt = -Infinity;
  return (error) => {
    const now = performance.now();
    if (now - toldAt < SHORTAGE_PERIOD) return;
    toldAt = now;
    note(`Cannot accept connections for now: ${messageOf(error)}`);
  };
}

/** So is one about a crowd, which is one's own mistake or somebody else's attack. */
function toCrowdObserver(note: (text: string) => void): (remoteAddress: Address) => void {
  let toldAt = -Infinity;
  return (remoteAddress) => {
    const now = performance.now();
    if (now - toldAt < SHORTAGE_PERIOD || remoteAddress.transport !== "tcp") return;
    toldAt = now;
    note(
      `Refused a connection from ${remoteAddress.hostname}: it has all that --max-per-address allows`,
    );
  };
}

/** What is told of a handler that threw `error` at `request`: one line, and indented ones. */
export function describeFailure(
  error: unknown,
  { request, verbose }: { request: HttpRequest; verbose: boolean },
): string {
  return `Cannot answer ${describeRequest(request)}: ${describeError(error, verbose)}`;
}

/** With its stack, and with --verbose all that it holds. Lines are indented, so that none can pass for a note. */
function describeError(error: unknown, verbose: boolean): string {
  const text = !verbose && error instanceof Error && error.stack !== undefined
    ? error.stack
    : Deno.inspect(error);
  return text.split("\n").map((line) => escapeControls(line)).join("\n    ");
}

/** Of whom a proxy speaks the port may be unknown, and the path is what it likes. */
function nameOf(address: Address): string {
  const isPortless = address.transport === "tcp" && address.port === 0;
  return isPortless ? address.hostname : escapeControls(formatAddress(address));
}

function messageOf(error: unknown): string {
  return escapeControls(error instanceof Error ? error.message : String(error));
}
