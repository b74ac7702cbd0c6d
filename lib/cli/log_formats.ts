/**
 * COMMAND LINE: one answered request as one line.
 *
 *   combined   127.0.0.1 - - [21/Nov/2026:14:46:48 +0000] "GET / HTTP/1.1" 200 700 "-" "curl/8.5.0"
 *   short      14:46:48 200 GET / 700 B 0.4 ms
 *   json       {"time":"2026-11-21T14:46:48.123Z","remote":"127.0.0.1","method":"GET", ...}
 *
 * Combined is what Apache and nginx write and every log reader knows; the two dashes would be names of
 * users, whom we do not know. `-` stands for what was not there: a referrer, content, and the whole request
 * where the peer sent none that could be understood. The time is that of the answer's end.
 *
 * This runs for every request, so the strings are only put together here; they become octets once for
 * a whole batch, in the sink.
 */

import type { Address } from "../net/transport.ts";
import type { HttpRequest } from "../server/handler.ts";
import type { Exchange } from "../server/observer.ts";
import { escapeControls, escapeOctets, toAsciiJson } from "./escape.ts";
import { LogTime } from "./log_time.ts";

/** The formats of the request log. */
export type LogFormat = "combined" | "short" | "json";

/** Makes the line of an exchange that has just ended, with its line end. */
export type LogLine = (exchange: Exchange) => string;

/** The two clocks: for the time of day, and for durations. Both in milliseconds. */
export interface Clock {
  /** Since 1970. */
  date(): number;
  /** Since whenever; what `Exchange.began` is read off. */
  steady(): number;
}

const CLOCK: Clock = { date: presentTime, steady: () => performance.now() };

let present = 0;

/** The time, asked for once for all answers that are given together: asking costs 50 ns and more. */
function presentTime(): number {
  if (present === 0) {
    present = Date.now();
    // It runs behind everything that can run by now.
    queueMicrotask(() => present = 0);
  }
  return present;
}

const RESET = "\x1b[0m";
const DIM = "\x1b[2m";
const RED = "\x1b[31m";
/** By the status code's first digit. */
const COLOURS = ["", "", "\x1b[32m", "\x1b[36m", "\x1b[33m", RED];

/** What makes lines of `format`. `colour` is for short; `zone` is that of `LogTime`. */
export function toLogLine(
  format: LogFormat,
  options: { colour?: boolean; zone?: number; clock?: Clock } = {},
): LogLine {
  const { colour = false, clock = CLOCK } = options;
  if (format === "json") return (exchange) => jsonLine(exchange, clock);
  const time = new LogTime(options.zone);
  const tell = format === "combined"
    ? combinedLine
    : (exchange: Exchange, time: LogTime) => shortLine(exchange, time, { clock, colour });
  return (exchange) => {
    time.set(clock.date());
    return tell(exchange, time);
  };
}

function combinedLine(exchange: Exchange, time: LogTime): string {
  const { request, status, contentLength } = exchange;
  const remote = toRemote(exchange.remoteAddress);
  const length = contentLength === 0 ? "-" : contentLength;
  if (request === null) return `${remote} - - [${time.full}] "-" ${status} ${length} "-" "-"\n`;
  const { fields } = request;
  const referrer = fields.get("referer");
  const agent = fields.get("user-agent");
  return `${remote} - - [${time.full}] "${toRequestLine(request)}" ${status} ${length} "${
    referrer === null ? "-" : escapeOctets(referrer)
  }" "${agent === null ? "-" : escapeOctets(agent)}"\n`;
}

function toRequestLine(request: HttpRequest): string {
  const target = escapeOctets(request.target.raw);
  return `${escapeOctets(request.method)} ${target} HTTP/${request.version}`;
}

function shortLine(
  exchange: Exchange,
  time: LogTime,
  options: { clock: Clock; colour: boolean },
): string {
  const paint = options.colour
    ? (colour: string, text: string) => colour + text + RESET
    : (_: string, text: string) => text;
  const { request, status, contentLength, began, isCut } = exchange;
  const what = request === null
    ? "-"
    : `${escapeOctets(request.method)} ${escapeOctets(request.target.raw)}`;
  const cost = `${formatLength(contentLength)} ${formatDuration(options.clock.steady() - began)}`;
  const code = paint(COLOURS[Math.floor(status / 100)] ?? "", String(status));
  const cut = isCut ? ` ${paint(RED, "cut short")}` : "";
  return `${paint(DIM, time.clock)} ${code} ${what} ${paint(DIM, cost)}${cut}\n`;
}

function jsonLine(exchange: Exchange, clock: Clock): string {
  const { request, status, contentLength, began, refusal, isCut } = exchange;
  const line = {
    time: new Date(clock.date()).toISOString(),
    remote: toRemote(exchange.remoteAddress),
    method: request?.method ?? null,
    target: request?.target.raw ?? null,
    version: request?.version ?? null,
    status,
    bytes: contentLength,
    ms: Math.round((clock.steady() - began) * 1000) / 1000,
    referer: request?.fields.get("referer") ?? null,
    agent: request?.fields.get("user-agent") ?? null,
    refusal,
    cut: isCut,
  };
  return toAsciiJson(line) + "\n";
}

/** Without the port, as log readers expect; a Unix socket's peer has no name. */
function toRemote(address: Address): string {
  return address.transport === "unix" ? "unix:" : address.hostname;
}

function formatLength(octets: number): string {
  if (octets < 1_000) return `${octets} B`;
  if (octets < 1_000_000) return `${(octets / 1_000).toFixed(1)} kB`;
  return `${(octets / 1_000_000).toFixed(1)} MB`;
}

function formatDuration(milliseconds: number): string {
  return `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
}

/** The request, for a message to people. */
export function describeRequest(request: HttpRequest): string {
  return escapeControls(`${request.method} ${request.target.raw}`);
}
