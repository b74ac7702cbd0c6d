// deno task fuzz [--seconds N] [--seed S]
//
// Spoils the requests of the corpus at random and looks for octets for which the protocol's properties
// do not hold (fuzzer.ts), or which node:http's parser reads in another way than ours without a reason
// that is known (differential.ts), where there is a Node. The seed comes first, for a run is worth nothing
// that cannot be repeated; what is found is printed in the corpus's notation, ready to become a case, and
// the exit code is 1.

import { parseArgs } from "node:util";
import { escapeOctets, readCorpus } from "../support/corpus.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { findUnknown } from "./differential.ts";
import { type Finding, fuzzOnce } from "./fuzzer.ts";
import { spoiled } from "./mutations.ts";
import { findNode, NodeParser } from "./node_parser.ts";

/** Long requests are slow octet by octet, and nothing new comes of their length. */
const LONGEST_SEED = 2_000;

/** As many inputs for Node at a time as take it as long as one takes us, which is read at many cuts. */
const BATCH = 32;

/** The requests of the corpus that are short enough. */
export function fuzzSeeds(): Uint8Array[] {
  return readCorpus().map(({ request }) => request)
    .filter(({ length }) => length > 0 && length <= LONGEST_SEED);
}

async function fuzz(args: string[]): Promise<number> {
  let seconds: number;
  let random: SeededRandom;
  try {
    const { values } = parseArgs({
      args,
      options: { seconds: { type: "string", default: "10" }, seed: { type: "string" } },
    });
    seconds = toNumber("seconds", values.seconds);
    random = values.seed === undefined
      ? new SeededRandom()
      : new SeededRandom(toNumber("seed", values.seed));
  } catch (error) {
    console.error(`${(error as Error).message}\nUsage: deno task fuzz [--seconds N] [--seed S]`);
    return 2;
  }
  console.log(`Seed ${random.seed}, ${seconds} seconds`);
  const { version, why } = findNode();
  await using node = why === null ? new NodeParser() : null;
  const seeds = fuzzSeeds();
  const end = performance.now() + seconds * 1000;
  let inputs = 0;
  let compared = 0;
  do {
    let finding: Finding | null = fuzzOnce({ seeds, random });
    inputs++;
    if (finding === null && node !== null) {
      const batch = Array.from({ length: BATCH }, () => spoiled(seeds, random));
      finding = await findUnknown(node, batch);
      compared += BATCH;
    }
    if (finding !== null) {
      console.error(`Input ${inputs} (--seed ${random.seed}): ${finding.fault}`);
      console.error(`\n\`\`\`http\n${escapeOctets(finding.octets)}{end}\n\`\`\``);
      return 1;
    }
  } while (performance.now() < end);
  const beside = why === null ? `${compared} beside Node ${version}` : `none beside Node: ${why}`;
  console.log(`${inputs} inputs, ${beside}, nothing found`);
  return 0;
}

function toNumber(name: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) {
    throw new RangeError(`Cannot use --${name} ${JSON.stringify(text)}: it is no whole number`);
  }
  return Number(text);
}

if (import.meta.main) Deno.exit(await fuzz(Deno.args));
