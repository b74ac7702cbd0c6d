// A short run of the fuzzer as a test, and the proof that it would find something: parsers with a mistake
// planted in them, each of a kind that parsers have had.

import { toContentDecoder } from "../../lib/http1/content_decoder.ts";
import { ProtocolError } from "../../lib/http1/protocol_error.ts";
import { RequestHeadScanner } from "../../lib/http1/request_head.ts";
import type { RequestHead } from "../../lib/http1/request_rules.ts";
import { DEFAULT_LIMITS } from "../../lib/server/limits.ts";
import { assert, assertEquals, assertStringIncludes, fail } from "../deps.ts";
import { escapeOctets } from "../support/corpus.ts";
import type { ReaderOptions } from "../support/message_reader.ts";
import { toText } from "../support/raw_client.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { fuzzSeeds } from "./fuzz.ts";
import { type Finding, fuzzOnce } from "./fuzzer.ts";

const INPUTS = 300;

function find(random: SeededRandom, parsers?: () => ReaderOptions): Finding | null {
  const seeds = fuzzSeeds();
  for (let i = 0; i < INPUTS; i++) {
    const finding = fuzzOnce({ seeds, random, ...(parsers === undefined ? {} : { parsers }) });
    if (finding !== null) return finding;
  }
  return null;
}

Deno.test(`http1 keeps its promises for ${INPUTS} inputs at random`, () => {
  const random = new SeededRandom();
  const finding = find(random);
  if (finding === null) return;
  fail(`RAWSERVE_SEED=${random.seed}: ${finding.fault}\n${escapeOctets(finding.octets)}`);
});

/** A scanner that is right but for what a test plants in it. */
class Planted extends RequestHeadScanner {
  readonly #plant: (bytes: Uint8Array, start: number, end: number) => void;

  constructor(plant: (bytes: Uint8Array, start: number, end: number) => void) {
    super(DEFAULT_LIMITS);
    this.#plant = plant;
  }

  override parse(bytes: Uint8Array, start: number, end: number): RequestHead | null {
    this.#plant(bytes, start, end);
    return super.parse(bytes, start, end);
  }
}

/** A scanner that quotes the longest line that it was given. */
class Talkative extends RequestHeadScanner {
  override parse(bytes: Uint8Array, start: number, end: number): RequestHead | null {
    try {
      return super.parse(bytes, start, end);
    } catch (error) {
      const lines = toText(bytes.subarray(start, end)).split(/[^\x20-\x7e]/);
      const longest = lines.sort((one, two) => two.length - one.length)[0]!;
      const { status, section } = error as ProtocolError;
      throw new ProtocolError(`Cannot read "${longest.slice(0, 60)}"`, { status, section });
    }
  }
}

const planted: [name: string, says: string, parsers: () => ReaderOptions][] = [
  ["throws what is no ProtocolError", "threw TypeError", () => ({
    scanner: new Planted((bytes, start, end) => {
      if (bytes.subarray(start, end).includes(0x25)) throw new TypeError("Oops");
    }),
  })],
  ["sees what only a whole message shows", "but whole", () => ({
    scanner: new Planted((bytes, start, end) => {
      if (/\r\n\r\n.*\r\n\r\n/s.test(toText(bytes.subarray(start, end)))) {
        throw new ProtocolError("Two at once", { status: 400, section: "RFC 9112 3" });
      }
    }),
  })],
  ["repeats what the peer sent", "repeats", () => ({ scanner: new Talkative(DEFAULT_LIMITS) })],
  ["refuses with 200", "refused with 200", () => ({
    scanner: new Planted(() => {
      throw new ProtocolError("Never mind", { status: 200, section: "RFC 9112 3" });
    }),
  })],
  ["names no section", 'refused for "', () => ({
    scanner: new Planted(() => {
      throw new ProtocolError("Never mind", { status: 400, section: "somewhere" });
    }),
  })],
  ["loses a piece of content that is cut", "but whole", () => ({
    toDecoder: (framing, limits) => {
      const decoder = toContentDecoder(framing, limits);
      if (decoder === null) return null;
      return {
        get isDone() {
          return decoder.isDone;
        },
        get pieceStart() {
          return decoder.isDone ? decoder.pieceStart : decoder.pieceEnd;
        },
        get pieceEnd() {
          return decoder.pieceEnd;
        },
        get remaining() {
          return decoder.remaining;
        },
        decode: (bytes, start, end) => decoder.decode(bytes, start, end),
      };
    },
  })],
];

for (const [name, says, parsers] of planted) {
  Deno.test(`the fuzzer finds a parser that ${name}`, () => {
    // Always the same inputs: with others, so few would miss one bug or another now and then.
    const random = new SeededRandom(7);
    const finding = find(random, parsers);
    assert(finding !== null, `RAWSERVE_SEED=${random.seed}`);
    assertStringIncludes(finding.fault, says);
  });
}

Deno.test("what the fuzzer finds is as small as it gets", () => {
  const finding = find(new SeededRandom(1), planted[0]![2]);
  assertEquals(toText(finding!.octets), "%");
});

Deno.test("the fuzzer finds the same for the same seed", () => {
  const [one, two] = [1, 2].map(() => find(new SeededRandom(5), planted[1]![2]));
  assertEquals(one, two);
});

const usage: [args: string[], code: number, says: RegExp][] = [
  [
    ["--seconds", "0", "--seed", "7"],
    0,
    /^Seed 7, 0 seconds\n1 inputs, (\d+|none) beside Node.*, nothing found\n$/,
  ],
  [["--seconds", "soon"], 2, /Cannot use --seconds "soon"/],
  [["--what"], 2, /Usage: deno task fuzz/],
];

for (const [args, code, says] of usage) {
  Deno.test(`deno task fuzz ${args.join(" ")} ends with exit code ${code}`, async () => {
    const { code: actual, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", new URL("fuzz.ts", import.meta.url).pathname, ...args],
      env: { NO_COLOR: "1" },
    }).output();
    const printed = toText(stdout) + toText(stderr);
    assertEquals(actual, code, printed);
    assert(says.test(printed), printed);
  });
}
