/**
 * COMMAND LINE: health and metrics, and where they are answered.
 *
 *   --health, --metrics    beside everything else. Health comes before a password is asked for, since load
 *                          balancers know none and it tells nothing; metrics come behind it
 *   with --status-listen   at an address of their own, by a small server of their own, and nowhere else. Who
 *                          gets to that address is let in; nothing is logged; it ends last, so that somebody can
 *                          see the 503 while the requests in flight are being answered
 *
 * Where neither is asked for, no handler is wrapped, nothing is counted, and no clock is looked at.
 */

import process from "node:process";
import { HEALTH_PATH, withHealth } from "../handlers/status/health.ts";
import { Metrics, type ProcessFacts } from "../handlers/status/metrics.ts";
import { METRICS_PATH, withMetricsPage } from "../handlers/status/metrics_page.ts";
import { ListenError } from "../net/listen_error.ts";
import { listenTcp } from "../net/tcp.ts";
import { type Address, formatAddress, type Listener } from "../net/transport.ts";
import { listenUnix } from "../net/unix.ts";
import type { Handler } from "../server/handler.ts";
import type { Observer } from "../server/observer.ts";
import { serve } from "../server/serve.ts";
import { textAnswer } from "../server/text_answer.ts";
import { combineObservers } from "./combine_observers.ts";
import { escapeControls } from "./escape.ts";
import { FAILED, Failure } from "./failure.ts";
import { toMetricsObserver } from "./metrics_observer.ts";
import type { Place, StatusSettings } from "./options.ts";
import { toUrl, VERSION } from "./start_line.ts";

/** The server of the status pages. Disposing of it is shutting it down without grace. */
export interface StatusServer extends AsyncDisposable {
  /** What to print at the start: a line for each page. */
  readonly lines: readonly string[];
  /** Ends it, and cuts what is not finished after `grace` seconds. */
  shutdown(options: { grace: number }): Promise<void>;
}

/** The pages, and what they tell. */
export class StatusPages {
  /** What health tells. */
  isServing = false;
  readonly #settings: StatusSettings;
  readonly #connectionLimit: number;
  readonly #metrics: Metrics | null;

  constructor(settings: StatusSettings, options: { connectionLimit: number }) {
    this.#settings = settings;
    this.#connectionLimit = options.connectionLimit;
    this.#metrics = settings.metrics ? new Metrics() : null;
  }

  /** `observer` of the server that the metrics are about, which count beside it. */
  observe(observer: Observer): Observer {
    if (this.#metrics === null) return observer;
    return combineObservers(observer, toMetricsObserver(this.#metrics));
  }

  /** `handler`, and the page for those who have been let in, unless it has an address of its own. */
  withInner(handler: Handler): Handler {
    return this.#settings.place === null ? this.#withMetrics(handler) : handler;
  }

  /** `handler`, and the page for everybody, unless it has an address of its own. */
  withOuter(handler: Handler): Handler {
    return this.#settings.place === null ? this.#withHealth(handler) : handler;
  }

  /**
   * Serves the pages at their own address; null where they have none. Throws `Failure` where it cannot
   * listen there.
   */
  async serve(observer: Observer): Promise<StatusServer | null> {
    const { place, health, metrics } = this.#settings;
    if (place === null) return null;
    const nothing = textAnswer(404, "Nothing is here but what the server tells of itself");
    const handler = this.#withHealth(this.#withMetrics(() => nothing));
    const server = serve(handler, { listener: await listenAt(place), observer });
    const { address } = server;
    return {
      lines: [
        ...health ? [`Health at ${toWhere(address, HEALTH_PATH)}`] : [],
        ...metrics ? [`Metrics at ${toWhere(address, METRICS_PATH)}`] : [],
      ],
      shutdown: (options) => server.shutdown(options),
      [Symbol.asyncDispose]: () => server.shutdown({ grace: 0 }),
    };
  }

  #withHealth(handler: Handler): Handler {
    return this.#settings.health ? withHealth(handler, () => this.isServing) : handler;
  }

  #withMetrics(handler: Handler): Handler {
    const metrics = this.#metrics;
    if (metrics === null) return handler;
    return withMetricsPage(
      handler,
      () => metrics.toMetrics(toProcessFacts({ connectionLimit: this.#connectionLimit })),
    );
  }
}

async function listenAt(place: Place): Promise<Listener> {
  try {
    return place.transport === "unix" ? await listenUnix(place.path) : listenTcp(place);
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    throw new Failure(`${error.message} (--status-listen)`, FAILED);
  }
}

function toProcessFacts(limits: Pick<ProcessFacts, "connectionLimit">): ProcessFacts {
  const { user, system } = process.cpuUsage();
  return {
    ...limits,
    version: VERSION,
    runtime: Deno.version.deno,
    residentMemory: Deno.memoryUsage().rss,
    cpuTime: (user + system) / 1_000_000,
    startTime: performance.timeOrigin / 1000,
    uptime: performance.now() / 1000,
  };
}

function toWhere(address: Address, path: string): string {
  const url = toUrl(address, false);
  return url === null
    ? `${escapeControls(formatAddress(address))}, http://localhost${path}`
    : new URL(path, url).href;
}
