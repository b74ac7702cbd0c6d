// lib/cli/log_formats.ts, log_time.ts and escape.ts: exact lines, and nothing of the peer's that acts.

import { escapeControls } from "../../lib/cli/escape.ts";
import { LineBuffer } from "../../lib/cli/line_buffer.ts";
import { type LogFormat, type TagOf, toLogLine } from "../../lib/cli/log_formats.ts";
import { LogTime } from "../../lib/cli/log_time.ts";
import type { Exchange } from "../../lib/server/observer.ts";
import { assertEquals, assertStringIncludes } from "../deps.ts";
import { makeExchange, makeRequest } from "./made_exchange.ts";

const NOW = Date.UTC(2026, 10, 21, 14, 46, 48, 123);
const TIME = "[21/Nov/2026:14:46:48 +0000]";

interface Circumstances {
  readonly colour?: boolean;
  readonly took?: number;
  readonly tagOf?: TagOf;
}

function lineOf(
  format: LogFormat,
  parts: Partial<Exchange>,
  { colour = false, took = 0.42, tagOf }: Circumstances = {},
): string {
  const clock = { date: () => NOW, steady: () => 5_000 + took };
  const line = new LineBuffer();
  const put = toLogLine(format, { colour, zone: 0, clock, tagOf: tagOf ?? null });
  put(makeExchange({ began: 5_000, ...parts }), line);
  return new TextDecoder().decode(line.take());
}

const COMBINED: [string, Partial<Exchange>, string][] = [
  ["a small request", {}, `127.0.0.1 - - ${TIME} "GET / HTTP/1.1" 200 700 "-" "-"\n`],
  [
    "referrer and user agent",
    {
      request: makeRequest(
        "HEAD /a?b=c HTTP/1.0",
        "Referer: http://a.example/",
        "User-Agent: curl/8.5.0",
      ),
      contentLength: 0,
    },
    `127.0.0.1 - - ${TIME} "HEAD /a?b=c HTTP/1.0" 200 - "http://a.example/" "curl/8.5.0"\n`,
  ],
  [
    "a refused request",
    { request: null, status: 400, contentLength: 71, refusal: "Bad (RFC 9112 3)" },
    `127.0.0.1 - - ${TIME} "-" 400 71 "-" "-"\n`,
  ],
  [
    "a cut answer, with what was sent of it",
    { isCut: true, contentLength: 12 },
    `127.0.0.1 - - ${TIME} "GET / HTTP/1.1" 200 12 "-" "-"\n`,
  ],
  [
    "an IPv6 peer",
    { remoteAddress: { transport: "tcp", hostname: "2001:db8::1", port: 1 } },
    `2001:db8::1 - - ${TIME} "GET / HTTP/1.1" 200 700 "-" "-"\n`,
  ],
  [
    "a peer on a Unix socket",
    { remoteAddress: { transport: "unix", path: "" } },
    `unix: - - ${TIME} "GET / HTTP/1.1" 200 700 "-" "-"\n`,
  ],
  [
    "all targets as they were sent",
    { request: makeRequest("GET http://localhost/%22a\\b HTTP/1.1") },
    `127.0.0.1 - - ${TIME} "GET http://localhost/%22a\\x5Cb HTTP/1.1" 200 700 "-" "-"\n`,
  ],
];

for (const [name, parts, expected] of COMBINED) {
  Deno.test(`combined shows ${name}`, () => assertEquals(lineOf("combined", parts), expected));
}

Deno.test("short shows time, status, request, length and duration", () => {
  assertEquals(lineOf("short", {}), "14:46:48 200 GET / 700 B 0.4 ms\n");
  assertEquals(
    lineOf("short", { contentLength: 12_345, isCut: true }, { took: 1234.5 }),
    "14:46:48 200 GET / 12.3 kB 1235 ms cut short\n",
  );
  assertEquals(
    lineOf("short", { request: null, status: 400, contentLength: 2_000_000 }, { took: 0 }),
    "14:46:48 400 - 2.0 MB 0.0 ms\n",
  );
});

Deno.test("short paints the status by its class, and only where colour is wanted", () => {
  assertEquals(
    lineOf("short", { status: 404 }, { colour: true }),
    "\x1b[2m14:46:48\x1b[0m \x1b[33m404\x1b[0m GET / \x1b[2m700 B 0.4 ms\x1b[0m\n",
  );
  for (const [status, colour] of [[204, 32], [304, 36], [400, 33], [500, 31]] as const) {
    assertStringIncludes(
      lineOf("short", { status }, { colour: true }),
      `\x1b[${colour}m${status}\x1b[0m`,
    );
  }
  assertEquals(lineOf("short", { status: 999 }, { colour: true }).includes("m999\x1b"), false);
});

Deno.test("each format says below which path a request was answered, where things are mounted", () => {
  const circumstances = { tagOf: () => '/a"pi' };
  assertEquals(
    lineOf("combined", {}, circumstances),
    `127.0.0.1 - - ${TIME} "GET / HTTP/1.1" 200 700 "-" "-" "/a\\x22pi"\n`,
  );
  assertEquals(
    lineOf("combined", { request: null, status: 400 }, circumstances),
    `127.0.0.1 - - ${TIME} "-" 400 700 "-" "-" "-"\n`,
  );
  assertEquals(
    lineOf("short", {}, circumstances),
    "14:46:48 200 [/a\\x22pi] GET / 700 B 0.4 ms\n",
  );
  assertEquals(JSON.parse(lineOf("json", {}, circumstances)).mount, '/a"pi');
  assertEquals(JSON.parse(lineOf("json", { request: null }, circumstances)).mount, null);
});

Deno.test("json has an object a line", () => {
  const request = makeRequest("GET /a HTTP/1.1", "User-Agent: x", "Referer: y");
  const line = lineOf("json", { request }, { took: 0.1234 });
  assertEquals(line.indexOf("\n"), line.length - 1);
  assertEquals(JSON.parse(line), {
    time: "2026-11-21T14:46:48.123Z",
    remote: "127.0.0.1",
    method: "GET",
    target: "/a",
    version: "1.1",
    status: 200,
    bytes: 700,
    ms: 0.123,
    referer: "y",
    agent: "x",
    refusal: null,
    cut: false,
  });
  const refused = JSON.parse(lineOf("json", { request: null, refusal: "Bad (RFC 9112 3)" }));
  assertEquals([refused.method, refused.target, refused.refusal], [null, null, "Bad (RFC 9112 3)"]);
});

/** Every octet, in each place that a peer can fill; the parser's own rules are not relied upon. */
Deno.test("no format lets a control character or a non-ASCII octet of the peer through", () => {
  const all = String.fromCharCode(...Array.from({ length: 256 }, (_, octet) => octet));
  const fields = { get: () => all };
  const real = makeRequest("GET / HTTP/1.1");
  const request = {
    ...real,
    method: all,
    target: { ...real.target, raw: all },
    fields,
  } as unknown as Exchange["request"];
  for (const format of ["combined", "short", "json"] as const) {
    const line = lineOf(format, { request });
    assertEquals(/^[\x20-\x7e]+\n$/.test(line), true, format);
  }
  const quotes = lineOf("combined", { request }).match(/"/g);
  assertEquals(quotes?.length, 6);
  assertEquals(JSON.parse(lineOf("json", { request })).agent, all);
});

Deno.test("escapeControls keeps languages and takes what acts", () => {
  assertEquals(escapeControls('Grüße "日本" \\'), 'Grüße "日本" \\');
  assertEquals(escapeControls("a\nb\x1b[2J\x9b\u202e\u2028"), "a\\x0Ab\\x1B[2J\\x9B\\u202e\\u2028");
});

Deno.test("LogTime writes local time and how far it is from UTC", () => {
  const cases: [number, string][] = [
    [0, "21/Nov/2026:14:46:48 +0000"],
    [330, "21/Nov/2026:20:16:48 +0530"],
    [-570, "21/Nov/2026:05:16:48 -0930"],
    [720, "22/Nov/2026:02:46:48 +1200"],
  ];
  for (const [zone, expected] of cases) {
    const time = new LogTime(zone);
    time.set(NOW);
    assertEquals(time.full, expected);
  }
});

Deno.test("LogTime follows the clock, backwards too", () => {
  const time = new LogTime(0);
  const clocks = [NOW, NOW + 876, NOW + 877, NOW - 1_000].map((now) => {
    time.set(now);
    return time.clock;
  });
  assertEquals(clocks, ["14:46:48", "14:46:48", "14:46:49", "14:46:47"]);
});
