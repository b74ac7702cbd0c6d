// A strict reader of Prometheus' text exposition format 0.0.4, which shares nothing with the writer.
//
// It takes less than Prometheus does: one space between tokens, no comments, no timestamps, HELP and TYPE once
// and before the samples, all lines of a metric together. And it holds what the naming rules ask for:
// counters end with _total, a histogram's buckets are in order and cumulative, the last is +Inf and is the count.

export interface ParsedMetric {
  readonly help: string;
  readonly type: string;
  /** By what stands before the number: the name, and the labels as they are written. */
  readonly samples: ReadonlyMap<string, number>;
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = String.raw`[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"`;
const NUMBER = String.raw`[+-]Inf|NaN|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?`;
const HELP_LINE = new RegExp(String.raw`^# HELP (${NAME}) ((?:[^\\\n]|\\[\\n])+)$`);
const TYPE_LINE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram)$`);
const SAMPLE_LINE = new RegExp(`^(${NAME})((?:\\{${LABEL}(?:,${LABEL})*\\})?) (${NUMBER})$`);

/** The metrics in `text`, by name. Throws `Error` for what does not keep to the format. */
export function parseExposition(text: string): Map<string, ParsedMetric> {
  if (!text.endsWith("\n")) throw new Error("The last line does not end");
  const lines = text.slice(0, -1).split("\n");
  const metrics = new Map<string, ParsedMetric>();
  while (lines.length > 0) {
    const [, name = "", help = ""] = match(lines.shift(), HELP_LINE);
    const [, typed, type = ""] = match(lines.shift(), TYPE_LINE);
    if (typed !== name) throw new Error(`TYPE of ${typed} behind HELP of ${name}`);
    if (metrics.has(name)) throw new Error(`${name} is there twice`);
    if ((type === "counter") !== name.endsWith("_total")) throw new Error(`${name} is a ${type}`);
    const samples = new Map<string, number>();
    while (lines.length > 0 && !lines[0]!.startsWith("#")) {
      const [, sample = "", labels = "", number = ""] = match(lines.shift(), SAMPLE_LINE);
      const suffix = sample.startsWith(name) ? sample.slice(name.length) : null;
      const allowed = type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
      if (suffix === null || !allowed.includes(suffix)) throw new Error(`${sample} below ${name}`);
      if (samples.has(sample + labels)) throw new Error(`${sample}${labels} is there twice`);
      samples.set(sample + labels, toNumber(number));
    }
    if (type === "histogram") checkHistogram(name, samples);
    metrics.set(name, { help, type, samples });
  }
  return metrics;
}

/** All samples of all metrics, by name and labels. */
export function samplesOf(text: string): Record<string, number> {
  const samples = [...parseExposition(text).values()].flatMap(({ samples }) => [...samples]);
  return Object.fromEntries(samples);
}

function match(line: string | undefined, pattern: RegExp): RegExpExecArray {
  const found = pattern.exec(line ?? "");
  if (found === null) throw new Error(`${JSON.stringify(line)} is not like ${pattern}`);
  return found;
}

function toNumber(text: string): number {
  return Number(text.replace("Inf", "Infinity"));
}

function checkHistogram(name: string, samples: ReadonlyMap<string, number>): void {
  let [bound, count] = [-Infinity, 0];
  for (const [sample, value] of samples) {
    const le = /_bucket\{le="([^"]+)"\}$/.exec(sample)?.[1];
    if (le === undefined) continue;
    if (toNumber(le) <= bound || value < count) throw new Error(`${sample} is out of order`);
    [bound, count] = [toNumber(le), value];
  }
  if (bound !== Infinity) throw new Error(`${name} has no last bucket`);
  if (samples.get(`${name}_count`) !== count) throw new Error(`${name}_count is not ${count}`);
  if (!samples.has(`${name}_sum`)) throw new Error(`${name} has no sum`);
}
