/**
 * WHAT ANSWERS: the page of metrics, made anew each time that somebody looks.
 */

import { FieldBlock } from "../../http1/field_block.ts";
import type { Handler } from "../../server/handler.ts";
import { atPath } from "./at_path.ts";
import { EXPOSITION_TYPE, serializeMetrics } from "./exposition.ts";
import type { Metric } from "./exposition.ts";

/** Where the page is. */
export const METRICS_PATH = "/.rawserve/metrics";

const FIELDS = new FieldBlock([
  ["Content-Type", EXPOSITION_TYPE],
  ["X-Content-Type-Options", "nosniff"],
  ["Cache-Control", "no-store"],
]);
const encoder = new TextEncoder();

/** `handler`, and what `toMetrics` returns at the path for it. */
export function withMetricsPage(handler: Handler, toMetrics: () => readonly Metric[]): Handler {
  return atPath(METRICS_PATH, {
    answer: () => ({
      status: 200,
      fields: FIELDS,
      content: encoder.encode(serializeMetrics(toMetrics())),
    }),
    otherwise: handler,
  });
}
