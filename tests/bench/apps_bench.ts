// deno task bench:apps: apps, beside what else runs them, in one run.
//
//   deno task bench:apps [--rounds 4] [--seconds 2] [--connections 64] [--workers 2] [--at-a-time 8]
//
// Rows: a fetch app beside the same file under `deno serve`; a Flask app beside gunicorn with as many sync
// workers, all processes' time counted; a CGI script in sh and one in Python beside a loop that only starts
// the same script. Ends with what is to be reached, and exits with 1 where it is not. What the app or the
// scripts cost themselves is the same on both sides. Needs Linux and wrk; what else is not installed is left
// out, and said so.

import { parseArgs } from "node:util";
import type { Contender, ContenderOptions } from "./contender.ts";
import { has, rawserve, startAll } from "./contenders.ts";
import {
  joined,
  measureLoad,
  type Measurement,
  measureRounds,
  median,
  ratio,
  type Results,
} from "./rounds.ts";

const OURS = "rawserve";
const APPS = new URL("../apps/", import.meta.url).pathname;
const SPAWN_LOOP = new URL("./spawn_loop.ts", import.meta.url).pathname;

/** The share of the rate at which its process can be started that a script has to reach. */
const SCRIPT_SHARE = 0.75;
/** How much longer the rounds with scripts are: of some there are no more than twenty a second. */
const SCRIPT_PATIENCE = 3;
/** How often apps' servers are started anew: what the engine makes of the same code differs from start to start. */
const SITTINGS = 4;

interface Settings {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  readonly workers: number;
  readonly atATime: number;
}

/** What was to be reached, and whether it was. */
type Goal = readonly [text: string, isReached: boolean];

Deno.exit(await bench());

async function bench(): Promise<number> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      rounds: { type: "string", default: "4" },
      seconds: { type: "string", default: "2" },
      connections: { type: "string", default: "64" },
      workers: { type: "string", default: "2" },
      "at-a-time": { type: "string", default: "8" },
    },
  });
  if (Deno.build.os !== "linux" || !(await has("wrk"))) {
    console.error("Cannot measure: this needs Linux and wrk (on Debian: apt-get install wrk)");
    return 1;
  }
  const settings: Settings = {
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    connections: Number(values.connections),
    workers: Number(values.workers),
    atATime: Number(values["at-a-time"]),
  };
  console.log(cells(["", "", "req/s", "µs CPU/req", "req/s ÷ ours", "CPU ÷ ours"]));
  const goals = [
    ...await measureFetch(settings),
    ...await measureFlask(settings),
    ...await measureScripts(settings),
  ];
  console.log("");
  for (const [goal, isReached] of goals) console.log(`${isReached ? "yes" : "NO "}  ${goal}`);
  return goals.every(([, isReached]) => isReached) ? 0 : 1;
}

/** The fetch app of the README, in its own words, under either server. */
async function measureFetch(settings: Settings): Promise<Goal[]> {
  const app = `${APPS}hello.ts`;
  const rival = "deno serve";
  const results = await measure("fetch app", [
    rawserve(OURS, { args: ["--log", "none", app] }),
    {
      name: rival,
      command: Deno.execPath(),
      args: ["serve", "-A", "--host", "127.0.0.1", "--port", "0", app],
    },
  ], { ...settings, path: "/" });
  const rate = ratio(results, { of: OURS, to: rival, figure: "requestsPerSecond" });
  return [
    [
      `fetch app: at least as many requests a second as deno serve: ${rate.toFixed(2)} x`,
      rate >= 1,
    ],
  ];
}

/** The Flask app of the tests; gunicorn's sync workers have no keep-alive, which is a part of what they are. */
async function measureFlask(settings: Settings): Promise<Goal[]> {
  const python = await pythonWith("flask, gunicorn");
  if (python === null) {
    console.log("Flask or gunicorn is not installed: the Flask app is left out");
    return [];
  }
  const rival = "gunicorn";
  const workers = String(settings.workers);
  const app = "flaskapp:app";
  const results = await measure("Flask app", [
    {
      ...rawserve(OURS, {
        args: ["--log", "none", "--workers", workers, "--python", python, "--chdir", APPS, app],
      }),
      hasChildren: true,
    },
    {
      name: rival,
      command: python,
      args: ["-m", "gunicorn", "-w", workers, "-b", "127.0.0.1:0", "--chdir", APPS, app],
      hasChildren: true,
    },
  ], { ...settings, connections: 4 * settings.workers, path: "/hello" });
  const rate = ratio(results, { of: OURS, to: rival, figure: "requestsPerSecond" });
  return [
    [`Flask app: at least gunicorn's requests a second: ${rate.toFixed(2)} x`, rate >= 1],
  ];
}

async function measureScripts(settings: Settings): Promise<Goal[]> {
  const folder = await Deno.makeTempDir({ prefix: "rawserve-bench-" });
  const goals: Goal[] = [];
  try {
    const scripts = [["sh", "#!/bin/sh\n", `echo Content-Type: text/plain; echo; echo hello\n`]];
    const python = await pythonWith("sys");
    if (python === null) console.log("python3 is not installed: its script is left out");
    else {
      scripts.push(["python", `#!${python}\n`, `print("Content-Type: text/plain\\n\\nhello")\n`]);
    }
    await Deno.mkdir(`${folder}/cgi-bin`);
    for (const [name, ...source] of scripts) {
      await Deno.writeTextFile(`${folder}/cgi-bin/${name}`, source.join(""), { mode: 0o755 });
    }
    const contenders = await startAll([
      { ...rawserve(OURS, { args: ["--log", "none", "--cgi", folder] }), hasChildren: true },
    ]);
    try {
      for (const [name] of scripts) {
        goals.push(await measureScript(name!, { folder, ours: contenders[0]!, settings }));
      }
    } finally {
      for (const contender of contenders) await contender[Symbol.asyncDispose]();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return goals;
}

async function measureScript(
  name: string,
  { folder, ours, settings }: { folder: string; ours: Contender; settings: Settings },
): Promise<Goal> {
  const load = { path: `/cgi-bin/${name}`, connections: settings.atATime };
  const seconds = SCRIPT_PATIENCE * settings.seconds;
  const script = `${folder}${load.path}`;
  const measured: Measurement[] = [];
  const started: number[] = [];
  for (let round = 1; round <= settings.rounds; round++) {
    step(`CGI in ${name}: round ${round} of ${settings.rounds}`);
    await measureLoad(ours, { ...load, seconds: 1 });
    measured.push(await measureLoad(ours, { ...load, seconds }));
    started.push(await spawnAlone([script], { ...settings, seconds }));
  }
  const rates = measured.map((each) => each.requestsPerSecond);
  const cost = median(measured.map((each) => each.processorPerRequest));
  console.log(
    cells([`CGI in ${name}`, OURS, median(rates).toFixed(0), cost.toFixed(0), "1.00", "1.00"]),
  );
  const share = median(rates.map((rate, round) => rate / started[round]!));
  console.log(
    cells(["", "process alone", median(started).toFixed(0), "", (1 / share).toFixed(2)]),
  );
  return [
    `CGI in ${name}: at least ${SCRIPT_SHARE} x as often as its process can be started: ` +
    `${share.toFixed(2)} x`,
    share >= SCRIPT_SHARE,
  ];
}

/** How often a second the command can be started and its output be read. */
async function spawnAlone(command: string[], { seconds, atATime }: Settings): Promise<number> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", SPAWN_LOOP, String(seconds), String(atATime), ...command],
  }).output();
  const rate = Number(new TextDecoder().decode(stdout));
  if (success && rate > 0) return rate;
  throw new Error(`Cannot start ${command.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

async function measure(
  row: string,
  list: readonly ContenderOptions[],
  options: Settings & { path: string },
): Promise<Results> {
  const sittings: Results[] = [];
  while (sittings.length < SITTINGS) {
    const contenders = await startAll(list);
    try {
      const onStep = (text: string) =>
        step(`${row}: sitting ${sittings.length + 1} of ${SITTINGS}, ${text}`);
      sittings.push(await measureRounds(contenders, { ...options, onStep }));
    } finally {
      for (const contender of contenders) await contender[Symbol.asyncDispose]();
    }
  }
  const results = joined(sittings);
  for (const [name, measurements] of results) {
    const figures = (figure: keyof Measurement) => measurements.map((each) => each[figure]);
    console.log(cells([
      name === OURS ? row : "",
      name,
      median(figures("requestsPerSecond")).toFixed(0),
      median(figures("processorPerRequest")).toFixed(1),
      ratio(results, { of: name, to: OURS, figure: "requestsPerSecond" }).toFixed(2),
      ratio(results, { of: name, to: OURS, figure: "processorPerRequest" }).toFixed(2),
    ]));
  }
  return results;
}

/** A Python that can import `modules`; null where there is none. */
async function pythonWith(modules: string): Promise<string | null> {
  for (const python of ["python3", "/usr/bin/python3"]) {
    if (!await has(python)) continue;
    const { success, stdout } = await new Deno.Command(python, {
      args: ["-c", `import ${modules}; import sys; print(sys.executable)`],
      stderr: "null",
    }).output();
    if (success) return new TextDecoder().decode(stdout).trim();
  }
  return null;
}

function step(text: string): void {
  if (Deno.stderr.isTerminal()) console.error(text);
}

function cells([row, name, ...figures]: readonly string[]): string {
  return row!.padEnd(15) + name!.padEnd(15) + figures.map((text) => text.padStart(13)).join("");
}
