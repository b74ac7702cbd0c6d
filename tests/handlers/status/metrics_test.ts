// lib/handlers/status/metrics.ts: what is counted, and that nobody outside can make it grow.

import { serializeMetrics } from "../../../lib/handlers/status/exposition.ts";
import {
  type CountedAnswer,
  DURATION_BOUNDS,
  Metrics,
} from "../../../lib/handlers/status/metrics.ts";
import { assertEquals } from "../../deps.ts";
import { parseExposition, samplesOf } from "./exposition_parser.ts";

const FACTS = {
  version: '1.2.3-"quoted"',
  runtime: "2.7.11",
  residentMemory: 50_000_000,
  cpuTime: 0.25,
  startTime: 1_700_000_000.5,
  uptime: 12.5,
  connectionLimit: 99,
};

function textOf(metrics: Metrics): string {
  return serializeMetrics(metrics.toMetrics(FACTS));
}

/** The samples of one metric, without its name. */
function samplesNamed(metrics: Metrics, name: string): Record<string, number> {
  const { samples } = parseExposition(textOf(metrics)).get(name)!;
  return Object.fromEntries([...samples].map(([key, value]) => [key.slice(name.length), value]));
}

function answered(parts: Partial<CountedAnswer> = {}): CountedAnswer {
  return {
    request: { method: "GET" },
    status: 200,
    contentLength: 0,
    isCut: false,
    section: null,
    ...parts,
  };
}

Deno.test("metrics of a server that has done nothing are zeros, and facts about the process", () => {
  const samples = samplesOf(textOf(new Metrics()));
  const facts = Object.entries(samples).filter(([, value]) => value !== 0);
  assertEquals(Object.fromEntries(facts), {
    rawserve_connections_limit: 99,
    'rawserve_build_info{version="1.2.3-\\"quoted\\"",deno="2.7.11"}': 1,
    rawserve_uptime_seconds: 12.5,
    process_resident_memory_bytes: 50_000_000,
    process_cpu_seconds_total: 0.25,
    process_start_time_seconds: 1_700_000_000.5,
  });
  assertEquals(samples["rawserve_connections_accepted_total"], 0);
});

Deno.test("metrics count connections: accepted, open, broken, and failures to accept", () => {
  const metrics = new Metrics();
  for (let i = 0; i < 5; i++) metrics.countAccepted();
  for (let i = 0; i < 3; i++) metrics.countClosed();
  metrics.countBroken();
  for (let i = 0; i < 4; i++) metrics.countCrowded();
  metrics.countAcceptError();
  metrics.countAcceptError();
  const samples = samplesOf(textOf(metrics));
  assertEquals(samples["rawserve_connections_accepted_total"], 5);
  assertEquals(samples["rawserve_connections_open"], 2);
  assertEquals(samples["rawserve_connections_broken_total"], 1);
  assertEquals(samples["rawserve_connections_refused_total"], 4);
  assertEquals(samples["rawserve_accept_errors_total"], 2);
});

Deno.test("metrics count requests by method and code, and the octets of their content", () => {
  const metrics = new Metrics();
  metrics.countAnswer(answered({ contentLength: 5 }), 0);
  metrics.countAnswer(answered({ contentLength: 7 }), 0);
  metrics.countAnswer(answered({ status: 999 }), 0);
  metrics.countAnswer(answered({ request: { method: "CONNECT" }, status: 501 }), 0);
  metrics.countAnswer(answered({ isCut: true, contentLength: 2 ** 40 }), 0);
  metrics.countReceived(3);
  metrics.countReceived(4);
  metrics.countHandlerError();
  assertEquals(samplesNamed(metrics, "rawserve_requests_total"), {
    '{method="GET",code="200"}': 3,
    '{method="GET",code="999"}': 1,
    '{method="CONNECT",code="501"}': 1,
  });
  const samples = samplesOf(textOf(metrics));
  assertEquals(samples["rawserve_content_sent_bytes_total"], 12 + 2 ** 40);
  assertEquals(samples["rawserve_content_received_bytes_total"], 7);
  assertEquals(samples["rawserve_answers_cut_total"], 1);
  assertEquals(samples["rawserve_handler_errors_total"], 1);
});

Deno.test("methods that mean nothing here share a label, whatever they are called", () => {
  const metrics = new Metrics();
  for (const method of ["BREW", "get", "none", "other", "PROPFIND", "__proto__"]) {
    metrics.countAnswer(answered({ request: { method }, status: 501 }), 0);
  }
  for (let i = 0; i < 1_000; i++) {
    metrics.countAnswer(answered({ request: { method: `M${i}` }, status: 501 }), 0);
  }
  metrics.countAnswer(answered({ request: null, status: 400 }), 0);
  assertEquals(samplesNamed(metrics, "rawserve_requests_total"), {
    '{method="none",code="400"}': 1,
    '{method="other",code="501"}': 1_006,
  });
});

Deno.test("refusals are counted by section, of a limited number of sections", () => {
  const metrics = new Metrics();
  const refuse = (section: string) =>
    metrics.countAnswer(answered({ request: null, status: 400, section }), 0);
  for (let i = 0; i < 150; i++) refuse(`RFC 9112 ${i}`);
  refuse("RFC 9112 1");
  const samples = samplesNamed(metrics, "rawserve_refusals_total");
  assertEquals(Object.keys(samples).length, 101);
  assertEquals(samples['{section="RFC 9112 1"}'], 2);
  assertEquals(samples['{section="other"}'], 50);
});

Deno.test("durations are counted in the first bucket that holds them, and in all above it", () => {
  const metrics = new Metrics();
  const between = DURATION_BOUNDS.map((bound) => bound * 0.9);
  for (const seconds of [...DURATION_BOUNDS, ...between, 3_600]) {
    metrics.countAnswer(answered(), seconds);
  }
  // What was no request has no duration, and that of a 101 is another protocol's.
  metrics.countAnswer(answered({ request: null, status: 400 }), 0);
  metrics.countAnswer(answered({ status: 101 }), 3_600);
  const samples = samplesNamed(metrics, "rawserve_request_duration_seconds");
  for (const [index, bound] of DURATION_BOUNDS.entries()) {
    assertEquals(samples[`_bucket{le="${bound}"}`], 2 * (index + 1), `up to ${bound} s`);
  }
  const count = 2 * DURATION_BOUNDS.length + 1;
  assertEquals([samples['_bucket{le="+Inf"}'], samples["_count"]], [count, count]);
  const sum = [...DURATION_BOUNDS, ...between, 3_600].reduce((sum, seconds) => sum + seconds);
  assertEquals(samples["_sum"], sum);
});
