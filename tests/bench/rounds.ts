// Alternating rounds of wrk against each contender, in one run.
//
// The machine's speed drifts, and other work comes and goes, so absolute figures of two runs cannot be
// compared. Each round measures every contender once, in turn; a contender's ratio to another is taken
// within a round, and the median of these ratios is what counts.

import type { Contender } from "./contender.ts";

export interface Measurement {
  readonly requestsPerSecond: number;
  /** Octets of the answers, heads included. */
  readonly octetsPerSecond: number;
  /** Microseconds of the server's processor time, user and kernel. */
  readonly processorPerRequest: number;
}

/** What was measured, by contender, a measurement for each round. */
export type Results = ReadonlyMap<string, readonly Measurement[]>;

export interface Load {
  /** `/` unless given. */
  readonly path?: string;
  /** Field lines of each request, by contender, such as `If-None-Match: "a"`. */
  readonly fields?: (contender: Contender) => string[];
}

export interface RoundOptions extends Load {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  /** Called before each measurement. */
  readonly onStep?: (text: string) => void;
}

/** Each contender's measurements, one a round; without those whose process ended under the load. */
export async function measureRounds(
  contenders: readonly Contender[],
  options: RoundOptions,
): Promise<Map<string, Measurement[]>> {
  const results = new Map(contenders.map(({ name }): [string, Measurement[]] => [name, []]));
  for (let round = 1; round <= options.rounds; round++) {
    // There and back, so that nobody always comes after the same one, who may still be tidying up.
    const order = round % 2 === 1 ? contenders : contenders.toReversed();
    for (const contender of order) {
      if (!results.has(contender.name)) continue;
      options.onStep?.(`round ${round} of ${options.rounds}: ${contender.name}`);
      try {
        await runWrk(contender, { ...options, seconds: WARMING });
        results.get(contender.name)!.push(await measureLoad(contender, options));
      } catch (error) {
        if (!contender.hasEnded) throw error;
        results.delete(contender.name);
      }
    }
  }
  return results;
}

/** The rounds of several sittings, one after the other. */
export function joined(sittings: readonly Results[]): Results {
  const names = [...sittings[0]!.keys()];
  return new Map(names.map((name) => [name, sittings.flatMap((each) => each.get(name) ?? [])]));
}

/**
 * Seconds of load that is not counted, before each measurement. While a server waits for its turn, its
 * engine throws compiled code away, and making it anew is not what a request costs.
 */
const WARMING = 1;

/** One run of wrk against one contender. */
export async function measureLoad(
  contender: Contender,
  options: Load & { connections: number; seconds: number },
): Promise<Measurement> {
  const before = contender.processorSeconds();
  const { stdout, stderr, success } = await runWrk(contender, options);
  const used = contender.processorSeconds() - before;
  const said = new TextDecoder().decode(stdout);
  const requests = Number(/(\d+) requests in/.exec(said)?.[1]);
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(said)?.[1]);
  const [, amount, unit = ""] = /Transfer\/sec:\s+([\d.]+)([KMG]?)B/.exec(said) ?? [];
  // wrk counts as errors what it asks for and does not wait for at the end of a run; 304 is what was asked for.
  if (!success || !(requests > 0) || /Non-2xx|connect [1-9]|read [1-9]/.test(said)) {
    throw new Error(`wrk failed on ${contender.name}: ${said}${new TextDecoder().decode(stderr)}`);
  }
  return {
    requestsPerSecond: rate,
    octetsPerSecond: Number(amount) * 1024 ** ["", "K", "M", "G"].indexOf(unit),
    processorPerRequest: used * 1e6 / requests,
  };
}

function runWrk(
  contender: Contender,
  options: Load & { connections: number; seconds: number },
): Promise<Deno.CommandOutput> {
  const { path = "/", fields = () => [], connections, seconds } = options;
  return new Deno.Command("wrk", {
    args: [
      "-t1",
      `-c${connections}`,
      `-d${seconds}s`,
      ...fields(contender).flatMap((field) => ["-H", field]),
      `http://127.0.0.1:${contender.port}${path}`,
    ],
  }).output();
}

/** The middle of `values`. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The median over the rounds of `of`'s figure divided by `to`'s. */
export function ratio(
  results: ReadonlyMap<string, readonly Measurement[]>,
  options: { of: string; to: string; figure: keyof Measurement },
): number {
  const { of, to, figure } = options;
  const base = results.get(to)!;
  return median(results.get(of)!.map((each, round) => each[figure] / base[round]![figure]));
}
