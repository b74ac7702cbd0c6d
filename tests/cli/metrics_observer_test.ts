// lib/cli/metrics_observer.ts: a known mix of traffic over real sockets comes to exact numbers.

import { toMetricsObserver } from "../../lib/cli/metrics_observer.ts";
import { serializeMetrics } from "../../lib/handlers/status/exposition.ts";
import { Metrics } from "../../lib/handlers/status/metrics.ts";
import { listenTcp } from "../../lib/net/tcp.ts";
import type { Handler } from "../../lib/server/handler.ts";
import { serve, type ServeOptions } from "../../lib/server/serve.ts";
import { assertEquals, assertGreater } from "../deps.ts";
import { samplesOf } from "../handlers/status/exposition_parser.ts";
import { connect } from "../support/raw_client.ts";
import { answer, text } from "../support/server.ts";

const FACTS = {
  version: "0",
  runtime: "0",
  residentMemory: 0,
  cpuTime: 0,
  startTime: 0,
  uptime: 0,
  connectionLimit: 10,
};

/** Serves, lets `use` send, and returns what was counted when all connections are closed. */
async function count(
  handler: Handler,
  use: (port: number, peek: () => Record<string, number>) => Promise<void>,
  options: Partial<ServeOptions> = {},
): Promise<Record<string, number>> {
  const metrics = new Metrics();
  const peek = () => samplesOf(serializeMetrics(metrics.toMetrics(FACTS)));
  const server = serve(handler, {
    listener: listenTcp({ hostname: "127.0.0.1", port: 0 }),
    observer: toMetricsObserver(metrics),
    tick: 10,
    ...options,
  });
  try {
    await use((server.address as { port: number }).port, peek);
  } finally {
    await server.shutdown();
  }
  return peek();
}

/** The samples that are not 0, apart from the histogram, by what follows `rawserve_`. */
function countedIn(samples: Record<string, number>): Record<string, number> {
  const counted = Object.entries(samples).filter(([name, value]) =>
    value !== 0 && /^rawserve_(?!request_duration|build|uptime|connections_limit)/.test(name)
  );
  return Object.fromEntries(
    counted.map(([name, value]) => [name.slice("rawserve_".length), value]),
  );
}

/** Sends, reads as many answers as there are statuses, and checks those. */
async function exchange(port: number, octets: string, statuses: number[]): Promise<void> {
  using client = await connect(port);
  await client.send(octets);
  for (const status of statuses) {
    const isHead = octets.startsWith("HEAD");
    assertEquals((await client.readResponse({ head: isHead })).status, status);
  }
}

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const CHUNKED = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
  "3;extension=long\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
const handler: Handler = async (request) => {
  switch (request.target.raw) {
    case "/echo":
      return text(await new Response(request.content).text());
    case "/error":
      throw new Error("The handler's fault");
    case "/stream":
      return answer(ReadableStream.from([new Uint8Array(100), new Uint8Array(23)]));
    default:
      return text("hello");
  }
};

Deno.test("requests are counted by method and code, with the content of both directions", async () => {
  const samples = await count(handler, async (port) => {
    await exchange(port, GET.repeat(40), Array(40).fill(200));
    await exchange(port, GET.replace("GET", "HEAD"), [200]);
    await exchange(port, GET.replace("GET", "BREW"), [200]);
    await exchange(port, CHUNKED, [200]);
    // Content that the handler leaves is received, too.
    await exchange(port, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\n1234567", [200]);
    await exchange(port, GET.replace("/", "/stream"), [200]);
  });
  assertEquals(countedIn(samples), {
    connections_accepted_total: 6,
    'requests_total{method="GET",code="200"}': 41,
    'requests_total{method="HEAD",code="200"}': 1,
    'requests_total{method="other",code="200"}': 1,
    'requests_total{method="POST",code="200"}': 1,
    'requests_total{method="PUT",code="200"}': 1,
    content_received_bytes_total: 5 + 7,
    content_sent_bytes_total: 42 * 5 + 5 + 123,
  });
  assertEquals(samples["rawserve_request_duration_seconds_count"], 45);
  assertGreater(samples["rawserve_request_duration_seconds_sum"]!, 0);
});

Deno.test("answers that the handler made at once are counted on the short way, too", async () => {
  const samples = await count(() => text("hello"), (port) => exchange(port, GET + GET, [200, 200]));
  assertEquals(countedIn(samples), {
    connections_accepted_total: 1,
    'requests_total{method="GET",code="200"}': 2,
    content_sent_bytes_total: 10,
  });
});

Deno.test("refusals are counted by section; those before a whole head are no method's and last no time", async () => {
  const samples = await count(handler, async (port) => {
    await exchange(port, GET + "GET / HTTP/1.1\r\nHost : \x1b\r\n\r\n", [200, 400]);
    await exchange(port, "GET / HTTP/1.1\r\nHost : a\r\n\r\n", [400]);
    await exchange(port, "GET / HTTP/2.0\r\nHost: a\r\n\r\n", [505]);
    await exchange(port, CHUNKED.replace("\r\n2\r\n", "\r\n-2\r\n"), [400]);
  });
  const sections = Object.entries(countedIn(samples)).filter(([name]) => /^refusals/.test(name));
  assertEquals(Object.fromEntries(sections), {
    'refusals_total{section="RFC 9112 5.1"}': 2,
    'refusals_total{section="RFC 9110 15.6.6"}': 1,
    'refusals_total{section="RFC 9112 7.1"}': 1,
  });
  const requests = Object.entries(countedIn(samples)).filter(([name]) => /^requests/.test(name));
  assertEquals(Object.fromEntries(requests), {
    'requests_total{method="none",code="400"}': 2,
    'requests_total{method="none",code="505"}': 1,
    'requests_total{method="GET",code="200"}': 1,
    'requests_total{method="POST",code="400"}': 1,
  });
  assertEquals(samples["rawserve_request_duration_seconds_count"], 2);
});

Deno.test("a handler's failures are counted: as 500, and as an answer that is cut", async () => {
  const failing: Handler = (request) =>
    request.target.raw === "/" ? answer(toFailingStream()) : handler(request);
  const samples = await count(failing, async (port) => {
    await exchange(port, GET.replace("/", "/error").repeat(2), [500, 500]);
    using client = await connect(port);
    await client.send(GET);
    await client.readAll();
  });
  const counted = countedIn(samples);
  assertEquals(counted["handler_errors_total"], 3);
  assertEquals(counted["answers_cut_total"], 1);
  assertEquals(counted["connections_broken_total"], 1);
  assertEquals(counted['requests_total{method="GET",code="500"}'], 2);
  assertEquals(counted['requests_total{method="GET",code="200"}'], 1);
});

Deno.test("open connections are a gauge, and accepted ones are counted before they say anything", async () => {
  const samples = await count(() => text("x"), async (port, peek) => {
    const clients = await Promise.all(Array.from({ length: 4 }, () => connect(port)));
    for (const client of clients) {
      await client.send(GET);
      await client.readResponse();
    }
    assertEquals(peek()["rawserve_connections_open"], 4);
    for (const client of clients.splice(0, 3)) client.close();
    for (let turn = 0; turn < 2_000 && peek()["rawserve_connections_open"] !== 1; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assertEquals(peek()["rawserve_connections_open"], 1);
    assertEquals(peek()["rawserve_connections_accepted_total"], 4);
    clients[0]?.close();
  });
  assertEquals(samples["rawserve_connections_open"], 0);
  assertEquals(samples["rawserve_connections_accepted_total"], 4);
});

Deno.test("connections that are too many from their address are counted as refused", async () => {
  const samples = await count(() => text("x"), async (port) => {
    using first = await connect(port);
    await first.send(GET);
    await first.readResponse();
    // The second is told; the third is closed without a word.
    using second = await connect(port);
    assertEquals((await second.readResponse()).status, 503);
    using third = await connect(port);
    assertEquals(await third.readAllText(), "");
  }, { limits: { connectionsPerAddress: 1 } });
  const { connections_refused_total, connections_accepted_total } = countedIn(samples);
  assertEquals([connections_refused_total, connections_accepted_total], [2, 2]);
  assertEquals(samples['rawserve_refusals_total{section="RFC 9110 15.6.4"}'], 1);
});

Deno.test("a request that comes too slowly is counted as 408", async () => {
  const samples = await count(handler, async (port) => {
    await exchange(port, "GET / HTTP/1.1\r\n", [408]);
  }, { deadlines: { head: 0.02 } });
  assertEquals(countedIn(samples), {
    connections_accepted_total: 1,
    'requests_total{method="none",code="408"}': 1,
    'refusals_total{section="RFC 9110 15.5.9"}': 1,
    content_sent_bytes_total: "408 Request Timeout\n".length +
      "The request did not arrive in time (RFC 9110 15.5.9)\n".length,
  });
});

function toFailingStream(): ReadableStream<Uint8Array> {
  let pieces = 0;
  return new ReadableStream({
    pull(controller) {
      if (pieces++ === 0) controller.enqueue(new Uint8Array(10));
      else throw new Error("The stream's fault");
    },
  }, { highWaterMark: 0 });
}
