// The corpus over TCP, in the order of its pages, which is that of RFC 9112 and then RFC 9110: every case
// whole, octet by octet and at random cuts. README.md here has the list of the rules.
// The cases of a page run side by side, each on a connection of its own.

import { fail } from "../deps.ts";
import { type CorpusCase, readCorpus, sectionOf } from "../support/corpus.ts";
import { atRandom, type Cutting, perOctet, WHOLE } from "../support/cuts.ts";
import { serveEcho } from "../support/echo_server.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { runCase } from "../support/wire_case.ts";

const random = new SeededRandom();
const cuttings: [name: string, cut: (length: number) => Cutting][] = [
  ["whole", () => WHOLE],
  ["octet by octet", perOctet],
  ["at random cuts", (length) => atRandom(length, random)],
  ["at other random cuts", (length) => atRandom(length, random)],
];

for (const [file, cases] of Map.groupBy(readCorpus(), ({ file }) => file)) {
  for (const [name, cut] of cuttings) {
    Deno.test(`wire, ${sectionOf(file)} ${toTitle(file)}: ${cases.length} cases, ${name}`, async () => {
      await using server = serveEcho();
      const failures = await Promise.all(cases.map((each) => failureOf(each, cut)));
      const found = failures.filter((failure) => failure !== null);
      if (found.length > 0) fail(`\n${found.join("\n")}`);

      async function failureOf(
        each: CorpusCase,
        cut: (length: number) => Cutting,
      ): Promise<string | null> {
        const cutting = cut(each.request.length);
        try {
          const difference = await runCase(server, { each, cuts: cutting.cuts });
          return difference && `${each.name}, ${cutting.name}: ${difference}`;
        } catch (error) {
          return `${each.name}, ${cutting.name}: ${(error as Error).message}`;
        }
      }
    });
  }
}

/** `2-rfc9110-07.4-misdirected_requests.md` is about misdirected requests. */
function toTitle(file: string): string {
  return file.slice(file.lastIndexOf("-") + 1, -".md".length).replaceAll("_", " ");
}
