// deno task bench: how fast is it, beside others, in one run?
//
//   deno task bench [--rounds 9] [--seconds 2] [--connections 64] [--idle 8000]
//
// Compares in groups, each with rawserve in it: the floor, the request log, the rivals. Prints each
// one's median requests a second and processor time per request, the ratios within rounds, the price of
// idle connections, and whether what the project sets out to reach is reached; exits with 1 where it is
// not. RAWSERVE_BENCH_BINARY names a compiled rawserve to measure instead of main.ts. Needs Linux (/proc)
// and wrk.

import { parseArgs } from "node:util";
import { Contender, type ContenderOptions } from "./contender.ts";
import { answerOf, has, others, rawserve, startAll } from "./contenders.ts";
import { measureIdle } from "./idle_connections.ts";
import {
  joined,
  type Measurement,
  measureRounds,
  median,
  ratio,
  type Results,
  type RoundOptions,
} from "./rounds.ts";

const OURS = "rawserve";
const LOGGED = "rawserve, log to a file";
const FLOOR = "floor (bare read/write)";

/**
 * How often the rounds with the floor are run, each time by fresh processes. That goal is a tenth; a round is off
 * by nearly as much, and so is a process: what its engine compiles, and when, differs from start to start.
 */
const FLOOR_SITTINGS = 4;

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
  const options: RoundOptions = {
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    connections: Number(values.connections),
    onStep: (text) => Deno.stderr.isTerminal() && console.error(text),
  };
  await using ours = await Contender.start(rawserve(OURS, { args: ["--log", "none"] }));
  const [floor, ...rivals] = await others(await answerOf(ours.port));
  const logged = rawserve(LOGGED, { args: ["--log", "combined"], log });
  const idle = new Map([[OURS, 0]]);
  const groups: Results[] = [];
  console.log(row(["", "req/s", "µs CPU/req", "req/s ÷ ours", "CPU ÷ ours"]));
  const sittings: Results[] = [];
  while (sittings.length < FLOOR_SITTINGS - 1) sittings.push(await sitWithFloor(floor!, options));
  for (const group of [[floor!], [logged], rivals]) {
    const contenders = [ours, ...await startAll(group)];
    try {
      const results = await measureRounds(contenders, options);
      groups.push(group[0] === floor ? joined([...sittings, results]) : results);
      report(groups.at(-1)!);
      for (const contender of contenders) {
        if (contender.name === LOGGED || (contender === ours && idle.get(OURS)! > 0)) continue;
        idle.set(contender.name, await measureIdle(contender, Number(values.idle)));
      }
    } finally {
      for (const contender of contenders.slice(1)) await contender[Symbol.asyncDispose]();
    }
  }
  const lines = (await Deno.readTextFile(log)).split("\n").length - 1;
  await Deno.remove(log);
  console.log(`\nthe request log holds ${lines} lines\n`);
  for (const [name, octets] of idle) {
    const price = `${(octets / 1024).toFixed(1)} KiB for each of ${values.idle} idle connections`;
    console.log(row([name, price]));
  }
  return judge(groups, idle.get(OURS)!);
}

/** The rounds with the floor, by processes of their own. */
async function sitWithFloor(floor: ContenderOptions, options: RoundOptions): Promise<Results> {
  await using ours = await Contender.start(rawserve(OURS, { args: ["--log", "none"] }));
  await using other = await Contender.start(floor);
  return await measureRounds([ours, other], options);
}

function report(results: Results): void {
  for (const [name, measurements] of results) {
    const figures = (figure: keyof Measurement) => measurements.map((each) => each[figure]);
    console.log(row([
      name,
      median(figures("requestsPerSecond")).toFixed(0),
      median(figures("processorPerRequest")).toFixed(2),
      ratio(results, { of: name, to: OURS, figure: "requestsPerSecond" }).toFixed(2),
      ratio(results, { of: name, to: OURS, figure: "processorPerRequest" }).toFixed(2),
    ]));
  }
}

/** Says what was to be reached and whether it was. */
function judge(groups: readonly Results[], idle: number): number {
  const [floor, logged, rivals] = groups;
  const names = [...rivals!.keys()].filter((name) => name !== OURS);
  const cpu = (results: Results, to: string) =>
    ratio(results, { of: OURS, to, figure: "processorPerRequest" });
  const rate = (results: Results, to: string) =>
    ratio(results, { of: OURS, to, figure: "requestsPerSecond" });
  const logPrice = rate(logged!, LOGGED);
  const goals: [string, boolean][] = [
    [
      `CPU per request at most 1.10 x the floor's: ${cpu(floor!, FLOOR).toFixed(3)}`,
      cpu(floor!, FLOOR) <= 1.10,
    ],
    ...names.flatMap((name): [string, boolean][] => [
      [`more requests a second than ${name}`, rate(rivals!, name) > 1],
      [`less CPU per request than ${name}`, cpu(rivals!, name) < 1],
    ]),
    [
      `with the log at least 0.85 x the requests without: ${(1 / logPrice).toFixed(3)}`,
      1 / logPrice >= 0.85,
    ],
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
