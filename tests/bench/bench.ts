// deno task bench: how fast is it, beside others, in one run?
//
//   deno task bench [--rounds 9] [--seconds 2] [--connections 64] [--idle 8000]
//
// Prints each contender's median requests a second and processor time per request, the ratios within
// rounds, the price of the request log and of idle connections, and whether what the project sets
// out to reach is reached; exits with 1 where it is not. RAWSERVE_BENCH_BINARY names a compiled rawserve
// to measure instead of main.ts. Needs Linux (/proc) and wrk.

import { parseArgs } from "node:util";
import { Contender } from "./contender.ts";
import { answerOf, has, others, rawserve, startAll } from "./contenders.ts";
import { measureIdle } from "./idle_connections.ts";
import { type Measurement, measureRounds, median, ratio } from "./rounds.ts";

const OURS = "rawserve";
const LOGGED = "rawserve, log to a file";
const FLOOR = "floor (bare read/write)";

Deno.exit(await bench());

async function bench(): Promise<number> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      rounds: { type: "string", default: "9" },
      seconds: { type: "string", default: "2" },
      connections: { type: "string", default: "64" },
      idle: { type: "string", default: "8000" },
    },
  });
  if (Deno.build.os !== "linux") {
    console.error("Cannot measure here: processor time and memory are read from Linux's /proc");
    return 1;
  }
  if (!await has("wrk")) {
    console.error("Cannot measure without wrk (on Debian: apt-get install wrk)");
    return 1;
  }
  const log = await Deno.makeTempFile({ prefix: "rawserve-bench-", suffix: ".log" });
  const contenders: Contender[] = [];
  try {
    const ours = await Contender.start(rawserve(OURS, { args: ["--log", "none"] }));
    contenders.push(ours);
    const [floor, ...rivals] = await others(await answerOf(ours.port));
    const logged = rawserve(LOGGED, { args: ["--log", "combined"], log });
    // Those that are compared most closely are measured one behind the other.
    contenders.push(...await startAll([floor!, logged, ...rivals]));
    const results = await measureRounds(contenders, {
      rounds: Number(values.rounds),
      seconds: Number(values.seconds),
      connections: Number(values.connections),
      onStep: (text) => Deno.stderr.isTerminal() && console.error(text),
    });
    const lines = (await Deno.readTextFile(log)).split("\n").length - 1;
    report(results);
    console.log(`\nthe request log holds ${lines} lines`);
    const idle = await reportIdle(contenders, Number(values.idle));
    return judge(results, idle);
  } finally {
    for (const contender of contenders) await contender[Symbol.asyncDispose]();
    await Deno.remove(log);
  }
}

function report(results: ReadonlyMap<string, readonly Measurement[]>): void {
  console.log(row(["", "req/s", "µs CPU/req", "req/s ÷ ours", "CPU ÷ floor"]));
  for (const [name, measurements] of results) {
    const figures = (figure: keyof Measurement) => measurements.map((each) => each[figure]);
    console.log(row([
      name,
      median(figures("requestsPerSecond")).toFixed(0),
      median(figures("processorPerRequest")).toFixed(2),
      ratio(results, { of: name, to: OURS, figure: "requestsPerSecond" }).toFixed(2),
      ratio(results, { of: name, to: FLOOR, figure: "processorPerRequest" }).toFixed(2),
    ]));
  }
}

async function reportIdle(contenders: readonly Contender[], count: number): Promise<number> {
  let ours = 0;
  console.log("");
  for (const contender of contenders) {
    if (contender.name === LOGGED) continue;
    const octets = await measureIdle(contender, count);
    if (contender.name === OURS) ours = octets;
    console.log(
      row([
        contender.name,
        `${(octets / 1024).toFixed(1)} KiB for each of ${count} idle connections`,
      ]),
    );
  }
  return ours;
}

/** Says what was to be reached and whether it was. */
function judge(results: ReadonlyMap<string, readonly Measurement[]>, idle: number): number {
  const cpu = (of: string, to: string) => ratio(results, { of, to, figure: "processorPerRequest" });
  const rate = (of: string, to: string) => ratio(results, { of, to, figure: "requestsPerSecond" });
  const rivals = [...results.keys()].filter((name) => ![OURS, LOGGED, FLOOR].includes(name));
  const goals: [string, boolean][] = [
    ["CPU per request at most 1.10 x the floor's", cpu(OURS, FLOOR) <= 1.10],
    ...rivals.flatMap((rival): [string, boolean][] => [
      [`more requests a second than ${rival}`, rate(OURS, rival) > 1],
      [`less CPU per request than ${rival}`, cpu(OURS, rival) < 1],
    ]),
    ["with the log at least 0.85 x the requests without", rate(LOGGED, OURS) >= 0.85],
    ["an idle connection at most 12 KiB", idle <= 12 * 1024],
  ];
  console.log("");
  for (const [goal, isReached] of goals) console.log(`${isReached ? "yes" : "NO "}  ${goal}`);
  return goals.every(([, isReached]) => isReached) ? 0 : 1;
}

function row(cells: readonly string[]): string {
  const [name, ...figures] = cells;
  return name!.padEnd(26) + figures.map((figure) => figure.padStart(14)).join("");
}
