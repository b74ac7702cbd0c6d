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
 * Where things are mounted side by side, each line says below which path it was answered: combined behind
 * everything else (`"/api"`, `"/"` where no mount was asked), short in brackets, json as `mount`.
 *
 * This runs for every request, so no strings are put together here: the parts go as octets to where the
 * sink takes them from.
 */

import type { Address } from "../net/transport.ts";
import type { HttpRequest } from "../server/handler.ts";
import type { Exchange } from "../server/observer.ts";
import { escapeControls, toAsciiJson } from "./escape.ts";
import { LineBuffer } from "./line_buffer.ts";
import { LogTime } from "./log_time.ts";

/** The formats of the request log. */
export type LogFormat = "combined" | "short" | "json";

/** Puts the line of an exchange that has just ended, with its line end. */
export type LogLine = (exchange: Exchange, line: LineBuffer) => void;

/** Below which path a request was answered: the prefix of a mount, or `/`. */
export type TagOf = (request: HttpRequest) => string;

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
    queueMicrotask(forgetPresentTime);
  }
  return present;
}

function forgetPresentTime(): void {
  present = 0;
}

const RESET = "\x1b[0m";
const DIM = "\x1b[2m";
const RED = "\x1b[31m";
/** By the status code's first digit. */
const COLOURS = ["", "", "\x1b[32m", "\x1b[36m", "\x1b[33m", RED];

/**
 * What puts lines of `format`. `colour` is for short; `zone` is that of `LogTime`; `tagOf` is given where
 * things are mounted.
 */
export function toLogLine(
  format: LogFormat,
  options: { colour?: boolean; zone?: number; clock?: Clock; tagOf?: TagOf | null } = {},
): LogLine {
  const { colour = false, clock = CLOCK, tagOf = null } = options;
  if (format === "json") {
    return (exchange, line) => line.plain(jsonLine(exchange, { clock, tagOf }));
  }
  const time = new LogTime(options.zone);
  if (format === "combined") {
    const stamp = new Stamp(time);
    return (exchange, line) => {
      time.set(clock.date());
      putCombined(exchange, line, { stamp, tagOf });
    };
  }
  return (exchange, line) => {
    time.set(clock.date());
    putShort(exchange, line, { time, clock, colour, tagOf });
  };
}

/** What stands between the client and the request in combined lines: the same octets for a second. */
class Stamp {
  readonly #time: LogTime;
  #full = "";
  #octets = new Uint8Array();

  constructor(time: LogTime) {
    this.#time = time;
  }

  get octets(): Uint8Array {
    const { full } = this.#time;
    if (full !== this.#full) {
      this.#full = full;
      this.#octets = new LineBuffer().plain(` - - [${full}] "`).take();
    }
    return this.#octets;
  }
}

function putCombined(
  exchange: Exchange,
  line: LineBuffer,
  { stamp, tagOf }: { stamp: Stamp; tagOf: TagOf | null },
): void {
  const { request, contentLength } = exchange;
  line.plain(toRemote(exchange.remoteAddress)).octets(stamp.octets);
  if (request === null) line.plain("-");
  else putRequestLine(request, line);
  line.plain('" ').number(exchange.status);
  if (contentLength === 0) line.plain(" -");
  else line.plain(" ").number(contentLength);
  putQuoted(line, request?.fields.get("referer") ?? null);
  putQuoted(line, request?.fields.get("user-agent") ?? null);
  if (tagOf !== null) putQuoted(line, request === null ? null : tagOf(request));
  line.plain("\n");
}

function putRequestLine(request: HttpRequest, line: LineBuffer): void {
  line.escaped(request.method).plain(" ").escaped(request.target.raw).plain(" HTTP/")
    .plain(request.version);
}

function putQuoted(line: LineBuffer, text: string | null): void {
  if (text === null) line.plain(' "-"');
  else line.plain(' "').escaped(text).plain('"');
}

function putShort(
  exchange: Exchange,
  line: LineBuffer,
  options: { time: LogTime; clock: Clock; colour: boolean; tagOf: TagOf | null },
): void {
  const { time, clock, colour, tagOf } = options;
  const paint = colour
    ? (colour: string, text: string) => line.plain(colour).plain(text).plain(RESET)
    : (_: string, text: string) => line.plain(text);
  const { request, status, contentLength, began, isCut } = exchange;
  paint(DIM, time.clock);
  line.plain(" ");
  paint(COLOURS[Math.floor(status / 100)] ?? "", String(status));
  line.plain(" ");
  if (request !== null) {
    if (tagOf !== null) line.plain("[").escaped(tagOf(request)).plain("] ");
    line.escaped(request.method).plain(" ").escaped(request.target.raw);
  } else line.plain("-");
  line.plain(" ");
  paint(DIM, `${formatLength(contentLength)} ${formatDuration(clock.steady() - began)}`);
  if (isCut) {
    line.plain(" ");
    paint(RED, "cut short");
  }
  line.plain("\n");
}

function jsonLine(
  exchange: Exchange,
  { clock, tagOf }: { clock: Clock; tagOf: TagOf | null },
): string {
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
    ...tagOf === null ? {} : { mount: request === null ? null : tagOf(request) },
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
