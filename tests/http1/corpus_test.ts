// The corpus against the protocol alone: no socket, no clock. Every case whole, octet by octet, and at
// random cuts, with the buffer at another place each time.

import { fail } from "../deps.ts";
import { differenceFrom, readCorpus, sectionOf } from "../support/corpus.ts";
import { atRandom, perOctet, WHOLE } from "../support/cuts.ts";
import { readCut } from "../support/message_reader.ts";
import { SeededRandom } from "../support/seeded_random.ts";

const RANDOM_CUTTINGS = 10;

for (const each of readCorpus()) {
  Deno.test(`http1, ${sectionOf(each.file)}: ${each.name} (${each.section})`, () => {
    const random = new SeededRandom();
    const { length } = each.request;
    const cuttings = [WHOLE, perOctet(length)];
    for (let i = 0; i < RANDOM_CUTTINGS; i++) cuttings.push(atRandom(length, random));
    for (const { name, cuts } of cuttings) {
      const difference = differenceFrom(each, readCut(each, cuts));
      if (difference !== null) fail(`${name}: ${difference}`);
    }
  });
}
