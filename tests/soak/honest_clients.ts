// Clients that do what the protocol asks of them, and may expect as much of the server: each question
// gets its answer, whole and right, in order, whatever others are doing at the time. What does not come so
// is written down with the seed of the client that saw it.

import type { SeededRandom } from "../support/seeded_random.ts";
import { connect, RawClient } from "../support/raw_client.ts";
import type { Question, SoakFolder } from "./soak_folder.ts";
import type { SoakTime } from "./soak_time.ts";

/** What all honest clients have seen. */
export class HonestTally {
  readonly asked = new Map<string, number>();
  answered = 0;
  /** What went wrong, in words. */
  readonly wrong: string[] = [];

  get total(): number {
    return this.asked.values().reduce((sum, count) => sum + count, 0);
  }

  ask({ kind }: Question): void {
    this.asked.set(kind, (this.asked.get(kind) ?? 0) + 1);
  }
}

/** What a client works with. */
export interface HonestOptions {
  readonly port: number;
  readonly folder: SoakFolder;
  readonly random: SeededRandom;
  readonly tally: HonestTally;
  /** When it is over, what was asked by then is still waited for. */
  readonly time: SoakTime;
}

/** A visit: one connection, from its beginning to its end. */
type Visit = (options: HonestOptions) => Promise<void>;

/** Longer than anybody has to wait on a machine that is busy with all this. */
const PATIENCE_MS = 60_000;

/** The kinds of visits, and how many clients make them at the same time. */
export const HONEST_CLIENTS: readonly (readonly [count: number, visit: Visit])[] = [
  [10, askOneByOne],
  [5, askPipelined],
  [2, askForBigFiles],
  [4, askSlowly],
  [3, askAndEnd],
];

/** Visits again and again until the time is over. */
export async function keepVisiting(visit: Visit, options: HonestOptions): Promise<void> {
  const { tally, random } = options;
  while (!options.time.isOver) {
    try {
      await visit(options);
    } catch (error) {
      tally.wrong.push(`${visit.name}, seed ${random.seed}: ${(error as Error).message}`);
      // Where all goes wrong at once there is nothing to learn from the second thousand.
      if (tally.wrong.length >= 100) return;
    }
  }
}

function greet({ port }: HonestOptions): Promise<RawClient> {
  return connect(port, { patienceMs: PATIENCE_MS });
}

async function askOneByOne(options: HonestOptions): Promise<void> {
  using client = await greet(options);
  const { folder, random, time } = options;
  for (let left = 1 + random.int(100); left > 0 && !time.isOver; left--) {
    await askAll(client, [folder.question(random)], options);
  }
}

async function askPipelined(options: HonestOptions): Promise<void> {
  using client = await greet(options);
  const { folder, random, time } = options;
  for (let left = 1 + random.int(10); left > 0 && !time.isOver; left--) {
    const questions = Array.from({ length: 2 + random.int(30) }, () => folder.question(random));
    await askAll(client, questions, options);
  }
}

async function askForBigFiles(options: HonestOptions): Promise<void> {
  using client = await greet(options);
  const { folder, random } = options;
  await askAll(client, [folder.bigQuestion(random), folder.question(random)], options);
}

/** Downloads what does not fit into the system's buffers, and takes its time. */
async function askSlowly(options: HonestOptions): Promise<void> {
  const { port, folder, random, tally, time } = options;
  const pause = 20 + random.int(60);
  const connection = slowed(
    await Deno.connect({ hostname: "127.0.0.1", port }),
    () => time.pause(pause),
  );
  using client = new RawClient(connection, PATIENCE_MS);
  const question = folder.longQuestion();
  tally.ask(question);
  await client.send(question.octets);
  await takeAnswer(client, question, tally);
}

/** `connection`, each of whose reads waits for `pause` first. */
function slowed(connection: Deno.Conn, pause: () => Promise<void>): Deno.Conn {
  return new Proxy(connection, {
    get(target, name) {
      if (name === "read") return (buffer: Uint8Array) => pause().then(() => target.read(buffer));
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

async function askAndEnd(options: HonestOptions): Promise<void> {
  using client = await greet(options);
  const { folder, random, tally } = options;
  const questions = Array.from({ length: 1 + random.int(5) }, () => folder.question(random));
  for (const question of questions) tally.ask(question);
  await client.send(questions.map(({ octets }) => octets).join(""));
  await client.closeWrite();
  for (const question of questions) await takeAnswer(client, question, tally);
  const rest = await client.readAllText();
  if (rest !== "") throw new Error(`Behind the last answer: ${JSON.stringify(rest.slice(0, 200))}`);
}

/** Sends questions, cut anywhere, and takes their answers as they come. */
async function askAll(
  client: RawClient,
  questions: readonly Question[],
  { random, tally }: HonestOptions,
): Promise<void> {
  for (const question of questions) tally.ask(question);
  const octets = questions.map((question) => question.octets).join("");
  const cuts = random.int(4) === 0 ? random.cuts(octets.length, random.int(5)) : [];
  const sending = client.sendInPieces(octets, cuts).then((sent) => {
    if (sent < octets.length) throw new Error(`The server took ${sent} of ${octets.length} octets`);
  });
  const taking = (async () => {
    for (const question of questions) await takeAnswer(client, question, tally);
  })();
  await Promise.all([sending, taking]);
}

async function takeAnswer(
  client: RawClient,
  question: Question,
  tally: HonestTally,
): Promise<void> {
  const response = await client.readResponse({ head: question.isHead });
  try {
    await question.check(response);
  } catch (error) {
    const [line] = question.octets.split("\r\n", 1);
    throw new Error(`${line}: ${(error as Error).message}`);
  }
  tally.answered++;
}
