import {
  chooseCoding,
  CODING_COUNT_LIMIT,
  type ContentCoding,
} from "../../lib/http1/content_codings.ts";
import { assertEquals } from "../deps.ts";
import { getWith } from "../support/request.ts";

const ALL: readonly ContentCoding[] = ["br", "zstd", "gzip"];
const GZIP: readonly ContentCoding[] = ["gzip"];

type Choice = ContentCoding | "identity" | null;

/** What is sent where br, zstd and gzip are there, where gzip alone is, and where nothing is. */
const table: [rule: string, value: string | null, all: Choice, gzip: Choice, none: Choice][] = [
  ["no field allows everything and asks for nothing", null, "identity", "identity", "identity"],
  ["an empty field means identity", "", "identity", "identity", "identity"],
  ["white space is empty too", " \t ", "identity", "identity", "identity"],
  ["empty members are none", ",, ,", "identity", "identity", "identity"],

  ["a browser gets our first", "gzip, deflate, br, zstd", "br", "gzip", "identity"],
  ["an older browser", "gzip, deflate, br", "br", "gzip", "identity"],
  ["over plain HTTP", "gzip, deflate", "gzip", "gzip", "identity"],
  ["white space is optional", "gzip,deflate,br,zstd", "br", "gzip", "identity"],
  ["white space around commas", "\tgzip\t ,  br ", "br", "gzip", "identity"],
  ["one coding", "zstd", "zstd", "identity", "identity"],
  ["empty members are passed over", ",gzip,,", "gzip", "gzip", "identity"],
  ["names have no case", "GZip", "gzip", "gzip", "identity"],
  ["x-gzip is gzip", "x-gzip", "gzip", "gzip", "identity"],
  ["X-GZIP is gzip", "X-GZIP;q=0.3", "gzip", "gzip", "identity"],
  ["x-br is nothing", "x-br", "identity", "identity", "identity"],
  ["codings that we do not have", "deflate, compress, dcb", "identity", "identity", "identity"],

  ["the highest weight wins", "br;q=0.5, gzip;q=0.8, zstd;q=0.6", "gzip", "gzip", "identity"],
  ["no weight is 1", "br;q=0.999, zstd", "zstd", "identity", "identity"],
  ["thousandths count", "br;q=0.122, gzip;q=0.123", "gzip", "gzip", "identity"],
  ["equal weights in other words", "gzip;q=0.5, br;q=0.500", "br", "gzip", "identity"],
  ["a low weight is better than none", "gzip;q=0.001", "gzip", "gzip", "identity"],
  ["1. is 1", "gzip;q=1., br;q=0.9", "gzip", "gzip", "identity"],
  ["1.000 is 1", "gzip;q=1.000, br;q=0.999", "gzip", "gzip", "identity"],
  ["0. is 0", "br;q=0., gzip", "gzip", "gzip", "identity"],
  ["Q is q", "br;Q=0.1, gzip;Q=0.2", "gzip", "gzip", "identity"],
  ["white space around the semicolon", "br ; q=0.1 , gzip\t;\tq=0.2\t", "gzip", "gzip", "identity"],
  ["a weight of 0 refuses", "br;q=0, gzip;q=0.5", "gzip", "gzip", "identity"],
  ["refusing all of ours", "br;q=0, zstd;q=0, gzip;q=0.000", "identity", "identity", "identity"],

  [
    "identity with a weight takes part",
    "identity;q=0.9, br;q=0.5",
    "identity",
    "identity",
    "identity",
  ],
  ["identity gives way to its equal", "identity, gzip", "gzip", "gzip", "identity"],
  ["identity below", "identity;q=0.1, gzip;q=0.2", "gzip", "gzip", "identity"],
  ["identity alone", "identity", "identity", "identity", "identity"],
  ["identity between two", "br;q=0.8, identity;q=0.5, gzip;q=0.2", "br", "identity", "identity"],
  ["identity refused", "identity;q=0", null, null, null],
  ["identity refused, gzip taken", "gzip, identity;q=0", "gzip", "gzip", null],
  ["identity refused, br taken", "br;q=0.1, identity;q=0.0", "br", null, null],
  ["IDENTITY has no case", "IDENTITY;q=0", null, null, null],

  ["* is everything", "*", "br", "gzip", "identity"],
  ["* is what is not named", "br;q=0.1, *;q=0.5", "zstd", "gzip", "identity"],
  ["* is identity as well", "gzip;q=0.1, *;q=0.5", "br", "identity", "identity"],
  ["* beside a higher one", "gzip, *;q=0.5", "gzip", "gzip", "identity"],
  ["* refuses everything", "*;q=0", null, null, null],
  ["* refuses what is not named", "gzip, *;q=0", "gzip", "gzip", null],
  ["* spares identity that is named", "*;q=0, identity", "identity", "identity", "identity"],
  [
    "* spares identity of low weight",
    "*;q=0, identity;q=0.001",
    "identity",
    "identity",
    "identity",
  ],
  ["* and identity refused", "*, identity;q=0", "br", "gzip", null],
  ["* does not take what is refused", "gzip;q=0, *", "br", "identity", "identity"],
  ["* first or last", "*;q=0, zstd;q=0.2", "zstd", null, null],

  ["repeated lines, combined", "gzip, br;q=0.4", "gzip", "gzip", "identity"],
  ["of two weights the lower", "gzip, gzip;q=0, br;q=0.1", "br", "identity", "identity"],
  [
    "of two weights the lower, turned round",
    "gzip;q=0, gzip, br;q=0.1",
    "br",
    "identity",
    "identity",
  ],
  ["two names of one coding", "x-gzip;q=0.2, gzip, br;q=0.5", "br", "gzip", "identity"],
  ["identity refused once is refused", "identity;q=0, identity", null, null, null],

  ["a weight above 1", "br;q=1.001, gzip;q=0.1", "gzip", "gzip", "identity"],
  ["a weight of 2", "br;q=2, gzip;q=0.1", "gzip", "gzip", "identity"],
  ["a weight below 0", "br;q=-1, gzip;q=0.1", "gzip", "gzip", "identity"],
  ["four decimals", "br;q=0.1234, gzip;q=0.1", "gzip", "gzip", "identity"],
  ["no digit before the point", "br;q=.5, gzip;q=0.1", "gzip", "gzip", "identity"],
  ["a comma for the point", "br;q=0,5", "identity", "identity", "identity"],
  ["no weight behind q=", "br;q=, gzip;q=0.1", "gzip", "gzip", "identity"],
  ["no q", "br;0.5, gzip;q=0.1", "gzip", "gzip", "identity"],
  ["nothing behind the semicolon", "br;, gzip;q=0.1", "gzip", "gzip", "identity"],
  ["white space around =", "br;q = 1, gzip;q=0.1", "gzip", "gzip", "identity"],
  ["an exponent", "br;q=1e0, gzip;q=0.1", "gzip", "gzip", "identity"],
  ["a word", "br;q=high, gzip;q=0.1", "gzip", "gzip", "identity"],
  ["a quoted weight", 'br;q="1", gzip;q=0.1', "gzip", "gzip", "identity"],
  ["another parameter", "br;level=5, gzip;q=0.1", "gzip", "gzip", "identity"],
  ["a parameter behind the weight", "br;q=1;x=y, gzip;q=0.1", "gzip", "gzip", "identity"],
  ["two weights in one member", "br;q=1;q=1, gzip;q=0.1", "gzip", "gzip", "identity"],
  ["a malformed weight is not made good by *", "br;q=no, *;q=0.1", "zstd", "gzip", "identity"],
  ["a malformed * is not there", "*;q=no", "identity", "identity", "identity"],
  ["a malformed *;q=0 refuses nothing", "*;q=0.0000", "identity", "identity", "identity"],
  ["a malformed identity is not there", "identity;q=no, gzip", "gzip", "gzip", "identity"],
  [
    "a malformed identity;q=0 refuses nothing",
    "identity;q=0.0000",
    "identity",
    "identity",
    "identity",
  ],
  ["two words in one member", "gzip br, zstd", "zstd", "identity", "identity"],
  ["a semicolon for the comma", "gzip;br", "identity", "identity", "identity"],
  ["a quoted name", '"gzip"', "identity", "identity", "identity"],
  ["no name", ";q=1, gzip", "gzip", "gzip", "identity"],
  ["a slash", "gzip/1, br", "br", "identity", "identity"],
  ["octets above ASCII", "gzip\xe9, br", "br", "identity", "identity"],
  ["a no-break space is no white space", "\xa0gzip, br", "br", "identity", "identity"],
  ["a name of objects' own", "__proto__, constructor, gzip", "gzip", "gzip", "identity"],
];

for (const [rule, value, all, gzip, none] of table) {
  Deno.test(`chooseCoding: ${rule} (RFC 9110 12.5.3)`, () => {
    // Twice, for the second time it is remembered.
    for (const _ of [1, 2]) {
      assertEquals(chooseCoding(value, ALL), all);
      assertEquals(chooseCoding(value, GZIP), gzip);
      assertEquals(chooseCoding(value, []), none);
    }
  });
}

Deno.test("chooseCoding goes by the order of what is available among equals", () => {
  assertEquals(chooseCoding("gzip, br, zstd", ["zstd", "gzip", "br"]), "zstd");
  assertEquals(chooseCoding("gzip, br, zstd", ["gzip", "br", "zstd"]), "gzip");
  assertEquals(chooseCoding("gzip;q=0.1, br, zstd", ["gzip", "zstd", "br"]), "zstd");
  assertEquals(chooseCoding("*", ["gzip", "zstd", "br", "gzip"]), "gzip");
});

Deno.test("chooseCoding reads repeated lines as one list (RFC 9110 5.3)", () => {
  const { fields } = getWith(
    "Accept-Encoding: gzip;q=0.5",
    "accept-encoding: br;q=0.4, zstd;q=0.6",
  );
  assertEquals(chooseCoding(fields.get("accept-encoding"), ALL), "zstd");
  const refusing = getWith(
    "Accept-Encoding: gzip;q=0",
    "Accept-Encoding:",
    "Accept-Encoding: *;q=0",
  );
  assertEquals(chooseCoding(refusing.fields.get("accept-encoding"), ALL), null);
});

Deno.test("chooseCoding looks at a bounded number of members", () => {
  const others = Array.from({ length: CODING_COUNT_LIMIT - 1 }, (_, i) => `x${i}`).join();
  assertEquals(chooseCoding(`${others},gzip`, ALL), "gzip");
  assertEquals(chooseCoding(`${others},x,gzip`, ALL), "identity");
});

Deno.test("chooseCoding answers the same however many values it has seen", () => {
  for (let i = 0; i < 1_000; i++) {
    assertEquals(
      chooseCoding(`x${i}, gzip;q=0.5, br;q=0.${i % 10}`, ALL),
      i % 10 >= 5 ? "br" : "gzip",
    );
    assertEquals(chooseCoding("gzip, deflate, br, zstd", ALL), "br");
  }
});

Deno.test("chooseCoding reads odd values in the time of their length", () => {
  const began = performance.now();
  for (const piece of [",", " ", "\t;", "a ", "q=", ";q=0.", " ; "]) {
    chooseCoding(piece.repeat(200_000), ALL);
    chooseCoding(`gzip${piece.repeat(200_000)}!`, ALL);
  }
  // A hundredth of a second when measured; in the square of the length it would be minutes.
  assertEquals(performance.now() - began < 5_000, true);
});
