// deno task soak [--minutes N] [--seed S]
//
// Serves a folder in a process of its own and sends it, for N minutes (1 unless given, 0.1 is six seconds),
// honest traffic, of which every octet is checked, and hostile traffic beside it. RAWSERVE_SOAK_BINARY names
// the executable that is to be soaked; otherwise the sources are.
//
//   warm up --> let go, measure --> honest and hostile traffic --> let go, measure again --> SIGTERM
//
// The exit code is 0 where every honest question was answered and no answer was wrong, the server said
// nothing on standard error, descriptors and connections are as many as before, memory has not grown by
// more than MEMORY_TOLERANCE, and SIGTERM ended it with 0. The warm-up is the same traffic, for a fifth of
// the time and not above 20 seconds: what a server allocates once and keeps is no leak. Where there is less
// than half a minute, that is not over in time, and memory is told but not judged.
//
// The seed comes first. It brings back what each client does, not who comes before whom.

import { parseArgs } from "node:util";
import { fuzzSeeds } from "../fuzz/fuzz.ts";
import { makeFolder } from "../support/fixture_folder.ts";
import { descriptorLimit } from "../support/process_resources.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { HONEST_CLIENTS, HonestTally, keepVisiting } from "./honest_clients.ts";
import { HOSTILE_PEERS, keepAttacking } from "./hostile_peers.ts";
import { SoakFolder } from "./soak_folder.ts";
import { type Holdings, SoakServer } from "./soak_server.ts";
import { SoakTime } from "./soak_time.ts";

const MEBI = 1_048_576;
/** Octets. Two measurements of the same idle server differ by as much, whenever the last garbage was collected. */
const MEMORY_TOLERANCE = 48 * MEBI;
const LONGEST_WARM_UP_MS = 20_000;
/** How long connections may take to be forgotten, and memory to be given back. */
const SETTLING_MS = 45_000;
const SHORTEST_FOR_MEMORY_MS = 30_000;
const PROGRESS_REPORTS = 10;
const LARGEST_CROWD = 4_000;

interface Traffic {
  readonly server: SoakServer;
  readonly folder: SoakFolder;
  readonly random: SeededRandom;
  readonly milliseconds: number;
  readonly onProgress: (tally: HonestTally) => void;
}

interface TrafficReport {
  readonly tally: HonestTally;
  readonly attacks: ReadonlyMap<string, number>;
}

async function soak(args: string[]): Promise<number> {
  let minutes: number;
  let random: SeededRandom;
  try {
    const { values } = parseArgs({
      args,
      options: { minutes: { type: "string", default: "1" }, seed: { type: "string" } },
    });
    minutes = toNumber("minutes", values.minutes, /^\d{1,5}(\.\d+)?$/);
    const { seed } = values;
    random = new SeededRandom(
      seed === undefined ? undefined : toNumber("seed", seed, /^\d{1,10}$/),
    );
  } catch (error) {
    console.error(`${(error as Error).message}\nUsage: deno task soak [--minutes N] [--seed S]`);
    return 2;
  }
  const binary = Deno.env.get("RAWSERVE_SOAK_BINARY") || null;
  console.log(`Seed ${random.seed}, ${minutes} minutes, ${binary ?? "from source"}`);
  const faults = await soakServer({ random, binary, milliseconds: minutes * 60_000 });
  for (const fault of faults) console.error(`FAULT: ${fault}`);
  console.log(faults.length === 0 ? "Nothing found" : `Failed (--seed ${random.seed})`);
  return faults.length === 0 ? 0 : 1;
}

/** What was found to be wrong, in words. */
async function soakServer(
  { random, binary, milliseconds }: {
    random: SeededRandom;
    binary: string | null;
    milliseconds: number;
  },
): Promise<string[]> {
  const folder = new SoakFolder(random);
  await using onDisk = makeFolder({});
  folder.writeTo(onDisk.path);
  await using server = await SoakServer.start(onDisk.path, binary);

  const traffic = { server, folder, random };
  const warmUp = Math.min(milliseconds / 5, LONGEST_WARM_UP_MS);
  const begun = server.holdings();
  const first = await send({ ...traffic, milliseconds: warmUp, onProgress: () => {} });
  // What the memory is now is what it is measured by.
  const before = begun && await settle(server, { ...begun, residentOctets: Infinity });
  if (before === null) return [...first.tally.wrong, `The server ended: ${server.complaints}`];
  console.log(`Warm: ${describe(before)}`);

  const { tally, attacks } = await send({
    ...traffic,
    milliseconds,
    onProgress({ answered }) {
      const holdings = server.holdings();
      if (holdings !== null) console.log(`${answered} answers; ${describe(holdings)}`);
    },
  });
  const isMemoryJudged = milliseconds >= SHORTEST_FOR_MEMORY_MS;
  const wanted = isMemoryJudged ? before : { ...before, residentOctets: Infinity };
  const after = await settle(server, wanted);

  const faults = [...first.tally.wrong, ...faultsOf(tally)];
  for (const [kind, count] of tally.asked) console.log(`  honest   ${kind}: ${count}`);
  for (const [kind, count] of attacks) console.log(`  hostile  ${kind}: ${count} peers`);
  const { total, answered, wrong } = tally;
  console.log(`${total} questions, ${answered} answered rightly, ${wrong.length} faults`);
  if (after === null) return [...faults, `The server ended: ${server.complaints}`];
  console.log(`Before: ${describe(before)}\nAfter:  ${describe(after)}`);
  faults.push(...differences(wanted, after));
  faults.push(...server.complaints.map((line) => `It said: ${line}`));
  const code = await server.stop();
  return code === 0 ? faults : [...faults, `SIGTERM ended it with ${code}`];
}

/** All clients and peers at the same time, until the time is over and the honest have their answers. */
async function send(traffic: Traffic): Promise<TrafficReport> {
  const { server, folder, random, milliseconds } = traffic;
  const time = new SoakTime(milliseconds);
  const tally = new HonestTally();
  const attacks = new Map<string, number>();
  const seeds = fuzzSeeds();
  // A quarter of what this process may open, and of what the server may.
  const crowd = Math.min(LARGEST_CROWD, Math.floor(descriptorLimit() / 4));
  const { port } = server;
  const seeded = () => new SeededRandom(random.int(2 ** 32));
  const honest = HONEST_CLIENTS.flatMap(([count, visit]) =>
    Array.from(
      { length: count },
      () => keepVisiting(visit, { port, folder, tally, time, random: seeded() }),
    )
  );
  const hostile = HOSTILE_PEERS.flatMap(([name, count, attack]) =>
    Array.from({ length: count }, async () => {
      const times = await keepAttacking(attack, { port, time, seeds, crowd, random: seeded() });
      attacks.set(name, (attacks.get(name) ?? 0) + times);
    })
  );
  const reporting = (async () => {
    for (let i = 1; i < PROGRESS_REPORTS; i++) {
      await time.pause(milliseconds / PROGRESS_REPORTS);
      if (!time.isOver) traffic.onProgress(tally);
    }
  })();
  await Promise.all([...honest, ...hostile, reporting]);
  return { tally, attacks };
}

/** What the server holds when it holds no more than `wanted`, or when it has had the time to let go; null where it has ended. */
async function settle(server: SoakServer, wanted: Holdings): Promise<Holdings | null> {
  const end = performance.now() + SETTLING_MS;
  for (;;) {
    const holdings = server.holdings();
    if (holdings === null || performance.now() > end) return holdings;
    if (differences(wanted, holdings).length === 0) return holdings;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function faultsOf({ total, answered, wrong }: HonestTally): string[] {
  if (wrong.length > 0) return wrong;
  return total === answered ? [] : [`${total - answered} questions were never answered`];
}

function differences(before: Holdings, after: Holdings): string[] {
  const found: string[] = [];
  if (after.descriptors !== before.descriptors) {
    found.push(`${before.descriptors} descriptors became ${after.descriptors}`);
  }
  if (after.connections !== 0) found.push(`${after.connections} connections are left`);
  if (after.residentOctets > before.residentOctets + MEMORY_TOLERANCE) {
    found.push(
      `${toMebi(before.residentOctets)} of memory became ${toMebi(after.residentOctets)}`,
    );
  }
  return found;
}

function describe({ residentOctets, descriptors, connections }: Holdings): string {
  return `${toMebi(residentOctets)}, ${descriptors} descriptors, ${connections} connections`;
}

function toMebi(octets: number): string {
  return `${(octets / MEBI).toFixed(0)} MiB`;
}

function toNumber(name: string, text: string, form: RegExp): number {
  if (!form.test(text)) {
    throw new RangeError(`Cannot use --${name} ${JSON.stringify(text)}: it is no such number`);
  }
  return Number(text);
}

if (import.meta.main) Deno.exit(await soak(Deno.args));
