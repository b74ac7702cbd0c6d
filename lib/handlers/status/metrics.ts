/**
 * WHAT ANSWERS: what is counted while the server runs, and how it is told.
 *
 * Counting is adding to a number that is there: no object is made for a request, and no text before somebody
 * asks for it. What a peer sends never becomes a label, and what it chooses becomes one of a few: the
 * methods that have a meaning here, or `other`; the code of our own answer; the section of the rule that
 * was broken. So no peer can make the page grow.
 *
 * Pure: clocks and what the system knows of the process come in as arguments.
 */

import type { Metric, Sample } from "./exposition.ts";

/** What is counted of an answer. */
export interface CountedAnswer {
  /** Null where what the peer sent was no valid request. */
  readonly request: { readonly method: string } | null;
  /** The status code, 200 to 999. */
  readonly status: number;
  /** Octets of content that were sent. */
  readonly contentLength: number;
  /** Whether it was cut short. */
  readonly isCut: boolean;
  /** The section of the rule that the peer broke; null where it broke none. */
  readonly section: string | null;
}

/** What is known of the process at the moment. */
export interface ProcessFacts {
  /** Of the program. */
  readonly version: string;
  /** Of Deno. */
  readonly runtime: string;
  /** Bytes. */
  readonly residentMemory: number;
  /** Seconds of both kinds, user's and system's, since the start. */
  readonly cpuTime: number;
  /** When it began, in seconds since 1970. */
  readonly startTime: number;
  /** Seconds since then, by a clock that does not jump. */
  readonly uptime: number;
  /** How many connections may be open. */
  readonly connectionLimit: number;
}

/** The upper ends of the histogram's buckets, in seconds: from a small file out of memory to a long download. */
export const DURATION_BOUNDS: readonly number[] = [
  0.0001,
  0.0005,
  0.001,
  0.005,
  0.025,
  0.1,
  0.5,
  2.5,
  10,
  60,
];
/** Of the sections of two RFCs far fewer can be broken; whatever comes beyond them shares one label. */
const MOST_SECTIONS = 100;
const OTHER = "other";

/** The first two stand for what was no valid request and for a method that has no meaning here. */
const METHODS = [
  "none",
  OTHER,
  "GET",
  "HEAD",
  "OPTIONS",
  "POST",
  "PUT",
  "DELETE",
  "PATCH",
  "TRACE",
  "CONNECT",
];
/** Status codes have three digits. */
const CODES = 1000;

/** The counters of one server, and their page. */
export class Metrics {
  #accepted = 0;
  #closed = 0;
  #broken = 0;
  #crowded = 0;
  #acceptErrors = 0;
  #handlerErrors = 0;
  #cut = 0;
  #received = 0;
  #sent = 0;
  /** Requests, by method and code. */
  readonly #requests = new Float64Array(METHODS.length * CODES);
  readonly #refusals = new Map<string, number>();
  /** Requests by bucket, each counted once; the last has no bound. */
  readonly #durations = new Float64Array(DURATION_BOUNDS.length + 1);
  #durationSum = 0;

  /** A connection was accepted. */
  countAccepted(): void {
    this.#accepted++;
  }

  /** A connection was closed, whoever ended it. */
  countClosed(): void {
    this.#closed++;
  }

  /** A connection broke. */
  countBroken(): void {
    this.#broken++;
  }

  /** A connection was refused, for there are as many from its address as there may be. */
  countCrowded(): void {
    this.#crowded++;
  }

  /** Accepting failed. */
  countAcceptError(): void {
    this.#acceptErrors++;
  }

  /** A handler failed. */
  countHandlerError(): void {
    this.#handlerErrors++;
  }

  /** `length` octets of content were received. */
  countReceived(length: number): void {
    this.#received += length;
  }

  /** A request was answered, or refused, which took `seconds` from the end of its head. */
  countAnswer(answer: CountedAnswer, seconds: number): void {
    const { request, status, section } = answer;
    this.#requests[toMethodIndex(request) * CODES + status]!++;
    this.#sent += answer.contentLength;
    if (answer.isCut) this.#cut++;
    if (section !== null) this.#countRefusal(section);
    // How long people stay in another protocol says nothing about how fast requests are answered.
    if (request !== null && status !== 101) this.#countDuration(seconds);
  }

  /** Everything that is told, the counters first. */
  toMetrics(process: ProcessFacts): Metric[] {
    return [
      ...this.#describeConnections(process),
      ...this.#describeRequests(),
      ...describe(process),
    ];
  }

  #countRefusal(section: string): void {
    const count = this.#refusals.get(section);
    const isRoom = count !== undefined || this.#refusals.size < MOST_SECTIONS;
    const label = isRoom ? section : OTHER;
    this.#refusals.set(label, (this.#refusals.get(label) ?? 0) + 1);
  }

  #countDuration(seconds: number): void {
    let bucket = 0;
    while (bucket < DURATION_BOUNDS.length && seconds > DURATION_BOUNDS[bucket]!) bucket++;
    this.#durations[bucket]!++;
    this.#durationSum += seconds;
  }

  #describeConnections({ connectionLimit }: ProcessFacts): Metric[] {
    return [
      gauge(
        "rawserve_connections_open",
        "Connections that are open",
        this.#accepted - this.#closed,
      ),
      gauge("rawserve_connections_limit", "Connections that may be open at once", connectionLimit),
      counter("rawserve_connections_accepted_total", "Connections accepted", this.#accepted),
      counter(
        "rawserve_connections_broken_total",
        "Connections that broke, or were broken off in the middle of an answer",
        this.#broken,
      ),
      counter(
        "rawserve_connections_refused_total",
        "Connections refused because of the others from their address",
        this.#crowded,
      ),
      counter(
        "rawserve_accept_errors_total",
        "Times that accepting failed, for want of descriptors or memory",
        this.#acceptErrors,
      ),
    ];
  }

  #describeRequests(): Metric[] {
    return [
      {
        name: "rawserve_requests_total",
        type: "counter",
        help: "Answers by the request's method and their status code; " +
          "method none is what was no valid request",
        samples: this.#requestSamples(),
      },
      {
        name: "rawserve_refusals_total",
        type: "counter",
        help: "Requests that broke a rule or a limit, by the section that states it",
        samples: Array.from(this.#refusals, ([section, value]) => ({
          labels: [["section", section]],
          value,
        })),
      },
      counter("rawserve_answers_cut_total", "Answers that were cut short", this.#cut),
      counter("rawserve_handler_errors_total", "Failures while answering", this.#handlerErrors),
      counter(
        "rawserve_content_received_bytes_total",
        "Content of requests, without framing",
        this.#received,
      ),
      counter(
        "rawserve_content_sent_bytes_total",
        "Content of answers, without framing",
        this.#sent,
      ),
      {
        name: "rawserve_request_duration_seconds",
        type: "histogram",
        help: "From a request's whole head to the last octet of its answer handed to the system, " +
          "or for small answers to the buffer that is sent next; without 101s",
        samples: this.#durationSamples(),
      },
    ];
  }

  #requestSamples(): Sample[] {
    const samples: Sample[] = [];
    for (const [index, value] of this.#requests.entries()) {
      if (value === 0) continue;
      const method = METHODS[Math.floor(index / CODES)]!;
      samples.push({ labels: [["method", method], ["code", String(index % CODES)]], value });
    }
    return samples;
  }

  /** Buckets hold all that is below their bound. */
  #durationSamples(): Sample[] {
    const samples: Sample[] = [];
    let count = 0;
    for (const [bucket, value] of this.#durations.entries()) {
      count += value;
      const bound = DURATION_BOUNDS[bucket];
      const le = bound === undefined ? "+Inf" : String(bound);
      samples.push({ suffix: "_bucket", labels: [["le", le]], value: count });
    }
    samples.push({ suffix: "_sum", value: this.#durationSum }, { suffix: "_count", value: count });
    return samples;
  }
}

/** The names that begin with `process_` are those that every Prometheus exporter gives to these. */
function describe(process: ProcessFacts): Metric[] {
  const { version, runtime, residentMemory, cpuTime, startTime, uptime } = process;
  return [
    {
      name: "rawserve_build_info",
      type: "gauge",
      help: "Always 1; the labels tell what runs",
      samples: [{ labels: [["version", version], ["deno", runtime]], value: 1 }],
    },
    gauge("rawserve_uptime_seconds", "Time since the start", uptime),
    gauge(
      "process_resident_memory_bytes",
      "Memory of the process that is resident",
      residentMemory,
    ),
    counter("process_cpu_seconds_total", "Time that processors worked for the process", cpuTime),
    gauge("process_start_time_seconds", "When the process began, since 1970", startTime),
  ];
}

function counter(name: string, help: string, value: number): Metric {
  return { name, type: "counter", help, samples: [{ value }] };
}

function gauge(name: string, help: string, value: number): Metric {
  return { name, type: "gauge", help, samples: [{ value }] };
}

/** A peer may call its method `none`: that is one of the others. */
function toMethodIndex(request: CountedAnswer["request"]): number {
  if (request === null) return 0;
  const index = METHODS.indexOf(request.method, 2);
  return index < 0 ? 1 : index;
}
