/**
 * COMMAND LINE: what the driver tells is counted.
 */

import type { Metrics } from "../handlers/status/metrics.ts";
import type { Observer } from "../server/observer.ts";

/** The observer that counts in `metrics`. It has the driver look at the clock for each request. */
export function toMetricsObserver(metrics: Metrics): Observer {
  return {
    isTimed: true,
    onAccept: () => metrics.countAccepted(),
    onClose: () => metrics.countClosed(),
    onContent: (length) => metrics.countReceived(length),
    onExchange: (exchange) =>
      metrics.countAnswer(exchange, (performance.now() - exchange.began) / 1000),
    onHandlerError: () => metrics.countHandlerError(),
    onBroken: () => metrics.countBroken(),
    onCrowd: () => metrics.countCrowded(),
    onAcceptError: () => metrics.countAcceptError(),
  };
}
