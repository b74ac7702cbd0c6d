/**
 * WHAT ANSWERS: numbers as Prometheus reads them, its text exposition format 0.0.4.
 *
 *   # HELP rawserve_requests_total Requests that were answered
 *   # TYPE rawserve_requests_total counter
 *   rawserve_requests_total{method="GET",code="200"} 42
 *
 * All lines of a metric stand together, the two about it first; every line ends with a line feed, the last one
 * too. Pure: numbers in, text out. What the metrics are is the business of `metrics.ts`; left out are
 * timestamps and summaries, which nobody here needs.
 */

/** The media type of the text. */
export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** One number of a metric. */
export interface Sample {
  /** Which of a histogram's three kinds of numbers it is; nothing for other metrics. */
  readonly suffix?: "_bucket" | "_sum" | "_count";
  /** What tells it from the metric's other numbers. Names are constants of ours; values are escaped. */
  readonly labels?: readonly (readonly [name: string, value: string])[];
  /** In the metric's unit; not finite where there is no such number. */
  readonly value: number;
}

/** One metric with all its numbers. */
export interface Metric {
  /** In base units, seconds and bytes; a counter's ends with `_total`. */
  readonly name: string;
  /** A counter only grows, a gauge goes up and down, a histogram's buckets are cumulative. */
  readonly type: "counter" | "gauge" | "histogram";
  /** What it is, in one line. */
  readonly help: string;
  /** Its numbers, a histogram's buckets in order. */
  readonly samples: readonly Sample[];
}

/** The text of `metrics`, in their order. */
export function serializeMetrics(metrics: readonly Metric[]): string {
  return metrics.map(serializeMetric).join("");
}

function serializeMetric({ name, type, help, samples }: Metric): string {
  const lines = samples.map(({ suffix = "", labels = [], value }) =>
    `${name}${suffix}${serializeLabels(labels)} ${serializeNumber(value)}\n`
  );
  return `# HELP ${name} ${escape(help)}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function serializeLabels(labels: NonNullable<Sample["labels"]>): string {
  if (labels.length === 0) return "";
  const pairs = labels.map(([name, value]) => `${name}="${escape(value).replaceAll('"', '\\"')}"`);
  return `{${pairs.join(",")}}`;
}

/** As Go writes and reads numbers, which is how the format defines them. */
function serializeNumber(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}

function escape(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
