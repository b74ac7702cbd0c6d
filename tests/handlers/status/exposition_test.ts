// lib/handlers/status/exposition.ts: numbers as Prometheus reads them.

import { serializeMetrics } from "../../../lib/handlers/status/exposition.ts";
import { assertEquals, assertThrows } from "../../deps.ts";
import { parseExposition, samplesOf } from "./exposition_parser.ts";

Deno.test("serializeMetrics writes HELP, TYPE and the samples of each metric, each on a line that ends", () => {
  const text = serializeMetrics([
    { name: "a_total", type: "counter", help: "What a is", samples: [{ value: 3 }] },
    {
      name: "b",
      type: "gauge",
      help: "What b is",
      samples: [
        { labels: [["x", "1"]], value: 0.5 },
        { labels: [["x", "2"], ["y", "z"]], value: -1 },
      ],
    },
  ]);
  assertEquals(
    text,
    "# HELP a_total What a is\n# TYPE a_total counter\na_total 3\n" +
      '# HELP b What b is\n# TYPE b gauge\nb{x="1"} 0.5\nb{x="2",y="z"} -1\n',
  );
});

Deno.test("serializeMetrics escapes backslash, line feed and, in labels, the quote", () => {
  const text = serializeMetrics([{
    name: "a",
    type: "gauge",
    help: 'back\\slash, line\nfeed, "quote"',
    samples: [{ labels: [["x", 'back\\slash, line\nfeed, "quote"']], value: 1 }],
  }]);
  assertEquals(
    text,
    '# HELP a back\\\\slash, line\\nfeed, "quote"\n# TYPE a gauge\n' +
      'a{x="back\\\\slash, line\\nfeed, \\"quote\\""} 1\n',
  );
  parseExposition(text);
});

Deno.test("serializeMetrics writes numbers as Go reads them", () => {
  const values = [0, 1e21, 1e-7, 2 ** 53, Infinity, -Infinity, NaN];
  const samples = values.map((value, index) => ({ labels: [["i", `${index}`]] as const, value }));
  const text = serializeMetrics([{ name: "a", type: "gauge", help: "b", samples }]);
  const numbers = Array.from(text.matchAll(/\} (\S+)\n/g), ([, number]) => number);
  assertEquals(numbers, ["0", "1e+21", "1e-7", "9007199254740992", "+Inf", "-Inf", "NaN"]);
  assertEquals(Object.values(samplesOf(text)), values);
});

Deno.test("serializeMetrics writes a metric without samples, and nothing for nothing", () => {
  const text = serializeMetrics([{ name: "a", type: "gauge", help: "b", samples: [] }]);
  assertEquals(text, "# HELP a b\n# TYPE a gauge\n");
  assertEquals(serializeMetrics([]), "");
});

// The reader that the other tests rely on sees what is wrong.
const HEAD = "# HELP a b\n# TYPE a gauge\n";
const HISTOGRAM = "# HELP a b\n# TYPE a histogram\n";
const WRONG: [string, string][] = [
  ["no line end", `${HEAD}a 1`],
  ["an empty line", `${HEAD}\na 1\n`],
  ["no HELP", "# TYPE a gauge\na 1\n"],
  ["no TYPE", "# HELP a b\na 1\n"],
  ["another's TYPE", "# HELP a b\n# TYPE c gauge\nc 1\n"],
  ["another's sample", `${HEAD}c 1\n`],
  ["a metric twice", `${HEAD}a 1\n${HEAD}a 1\n`],
  ["a sample twice", `${HEAD}a 1\na 2\n`],
  ["a counter without _total", "# HELP a b\n# TYPE a counter\na 1\n"],
  ["a gauge with _total", "# HELP a_total b\n# TYPE a_total gauge\na_total 1\n"],
  ["a bare quote in a label", `${HEAD}a{x="""} 1\n`],
  ["a backslash that escapes nothing", `${HEAD}a{x="\\t"} 1\n`],
  ["a number that is none", `${HEAD}a undefined\n`],
  ["Infinity", `${HEAD}a Infinity\n`],
  ["no last bucket", `${HISTOGRAM}a_bucket{le="1"} 1\na_sum 1\na_count 1\n`],
  [
    "buckets that are not cumulative",
    `${HISTOGRAM}a_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n`,
  ],
  ["another count", `${HISTOGRAM}a_bucket{le="+Inf"} 1\na_sum 1\na_count 2\n`],
];

for (const [what, text] of WRONG) {
  Deno.test(`the tests' own reader of the format refuses ${what}`, () => {
    assertThrows(() => parseExposition(text), Error);
  });
}
