// Our parser beside node:http's: over the corpus, over some thousand spoiled requests, always the same, and
// over the examples of what is known to differ. And the proof that a difference would be seen.

import { assert, assertEquals, fail } from "../deps.ts";
import { escapeOctets, readCorpus } from "../support/corpus.ts";
import { toBytes } from "../support/raw_client.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { type Difference, differenceFrom, findUnknown } from "./differential.ts";
import { isKnown, KNOWN_DIFFERENCES } from "./differences.ts";
import { fuzzSeeds } from "./fuzz.ts";
import { spoiled } from "./mutations.ts";
import { findNode, NodeParser, type Reading } from "./node_parser.ts";

const INPUTS = 4_000;
const BATCH = 500;
/** The one whose parser the examples were tried with; later ones have mended some of it. */
const KNOWN_NODE = 20;

const { version, why } = findNode();
const because = why === null ? "" : ` (ignored: ${why})`;

function besideNode(name: string, test: (node: NodeParser) => Promise<void>): void {
  Deno.test({
    name: `${name}${because}`,
    ignore: why !== null,
    async fn() {
      await using node = new NodeParser();
      await test(node);
    },
  });
}

async function compare(node: NodeParser, inputs: readonly Uint8Array[]): Promise<void> {
  const finding = await findUnknown(node, inputs);
  if (finding !== null) fail(`${finding.fault}\n${escapeOctets(finding.octets)}`);
}

besideNode("node:http reads the corpus as we do, but for what has a reason", async (node) => {
  await compare(node, readCorpus().map(({ request }) => request));
});

besideNode(
  `node:http reads ${INPUTS} spoiled requests as we do, but for what has a reason`,
  async (node) => {
    const random = new SeededRandom(9110);
    const seeds = fuzzSeeds();
    for (let i = 0; i < INPUTS; i += BATCH) {
      await compare(node, Array.from({ length: BATCH }, () => spoiled(seeds, random)));
    }
  },
);

besideNode("each difference that has a reason is there to be seen", async (node) => {
  const examples = KNOWN_DIFFERENCES.map(({ example }) => toBytes(example));
  const readings = await node.read(examples);
  for (const [i, known] of KNOWN_DIFFERENCES.entries()) {
    const difference = differenceFrom(readings[i]!, examples[i]!);
    if (difference === null && version > KNOWN_NODE) continue;
    assert(difference !== null, `no difference: ${known.reason}`);
    assertEquals(difference.kind, known.kind, known.reason);
    assert(known.keys.includes(difference.key), `${difference.key}: ${known.reason}`);
    assert(known.text?.test(difference.text) ?? true, known.reason);
  }
});

const GET = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
const SEEN = { line: "200 GET /a HTTP/1.1", fields: ["Host: a"] };
const nothing: Reading = { messages: [], refusal: null, isOver: false, stop: null };

const readings: [
  name: string,
  octets: string,
  reading: Reading,
  kind: Difference["kind"] | null,
][] = [
  ["the same", GET, { ...nothing, messages: [SEEN] }, null],
  ["another target", GET, {
    ...nothing,
    messages: [{ ...SEEN, line: "200 GET /b HTTP/1.1" }],
  }, "another message"],
  ["another field", GET, {
    ...nothing,
    messages: [{ ...SEEN, fields: ["Host: b"] }],
  }, "another message"],
  ["content", GET, {
    ...nothing,
    messages: [{ ...SEEN, line: `${SEEN.line} "x"` }],
  }, "another message"],
  ["one message more", GET, { ...nothing, messages: [SEEN, SEEN] }, "only Node goes on"],
  ["one message less", GET + GET, { ...nothing, messages: [SEEN] }, "only we go on"],
  ["a refusal", GET, { ...nothing, refusal: "HPE_WHATEVER" }, "only Node refuses"],
  ["a refusal that comes sooner", "GET / HTTP/1.1\r\nA ", {
    ...nothing,
    refusal: "HPE_WHATEVER",
  }, null],
  ["no refusal", "GET / HTTP/1.1\r\nHost: a\r\nA : b\r\n", nothing, "only we refuse"],
];

for (const [name, octets, reading, kind] of readings) {
  Deno.test(`beside our parser, one that sees ${name} is ${kind === null ? "no finding" : "found"}`, () => {
    const difference = differenceFrom(reading, toBytes(octets));
    assertEquals(difference?.kind ?? null, kind);
    if (difference !== null) assert(!isKnown(difference), "explained away");
  });
}
