import {
  evaluatePreconditions,
  hasPreconditions,
  isEntityTag,
  isRangeApplicable,
  isStrongMatch,
  isWeakMatch,
} from "../../lib/http1/preconditions.ts";
import type { PreconditionOutcome } from "../../lib/http1/preconditions.ts";
import { assert, assertEquals, assertLess } from "../deps.ts";
import { getWith } from "../support/request.ts";

const NOW = Date.UTC(2026, 0, 15, 12, 0, 0);
const MODIFIED = Date.UTC(1994, 10, 6, 8, 49, 37);
const SAME = "Sun, 06 Nov 1994 08:49:37 GMT";
const EARLIER = "Sun, 06 Nov 1994 08:49:36 GMT";
const LATER = "Sun, 06 Nov 1994 08:49:38 GMT";
const FUTURE = "Fri, 01 Jan 2027 00:00:00 GMT";

interface Situation {
  readonly method?: string;
  readonly etag?: string | null;
  readonly lastModified?: number | null;
}

function outcome(lines: readonly string[], situation: Situation = {}): PreconditionOutcome {
  const { method = "GET", etag = '"a"', lastModified = MODIFIED } = situation;
  const options = { method, etag, lastModified, now: NOW };
  return evaluatePreconditions(getWith(...lines).fields, options);
}

function applies(line: string, situation: Situation & { isDateStrong?: boolean } = {}): boolean {
  const { etag = '"a"', lastModified = MODIFIED, isDateStrong = true } = situation;
  return isRangeApplicable(getWith(...(line === "" ? [] : [line]), "Range: bytes=0-").fields, {
    etag,
    lastModified,
    isDateStrong,
    now: NOW,
  });
}

for (const tag of ['""', '"a"', 'W/"a"', '"!#~\x80\xff"', '"a,b"', '"it\'s"', '"\\"', 'W/""']) {
  Deno.test(`isEntityTag takes ${JSON.stringify(tag)} (RFC 9110 8.8.3)`, () => {
    assert(isEntityTag(tag));
  });
}

const noTags = [
  ["", "nothing"],
  ["a", "no quotes"],
  ['"a', "no closing quote"],
  ['a"', "no opening quote"],
  ['"', "one quote"],
  ['"a"b', "something behind"],
  [' "a"', "white space before"],
  ['"a b"', "a space"],
  ['"a\tb"', "a tab"],
  ['"a"b"', "a quote inside"],
  ['"a\\"b"', "an escaped quote, for there are no escapes"],
  ['"\x7f"', "DEL"],
  ['"\x1f"', "a control character"],
  ['"\u0100"', "a character that is no octet"],
  ['w/"a"', "a small w"],
  ['W"a"', "no slash"],
  ['W/ "a"', "a space behind the slash"],
  ["W/a", "a weak tag without quotes"],
  ['W/W/"a"', "twice weak"],
  ["'a'", "single quotes"],
  ["*", "an asterisk"],
  ['"a"\n', "a line feed behind"],
] as const;
for (const [tag, what] of noTags) {
  Deno.test(`isEntityTag refuses ${what} (RFC 9110 8.8.3)`, () => assert(!isEntityTag(tag)));
}

// The table of RFC 9110 8.8.3.2, row by row, and the case of letters.
const comparisons: [one: string, other: string, strong: boolean, weak: boolean][] = [
  ['W/"1"', 'W/"1"', false, true],
  ['W/"1"', 'W/"2"', false, false],
  ['W/"1"', '"1"', false, true],
  ['"1"', '"1"', true, true],
  ['"a"', '"A"', false, false],
];
for (const [one, other, strong, weak] of comparisons) {
  Deno.test(`isStrongMatch and isWeakMatch compare ${one} and ${other} (RFC 9110 8.8.3.2)`, () => {
    assertEquals([isStrongMatch(one, other), isWeakMatch(one, other)], [strong, weak]);
    assertEquals([isStrongMatch(other, one), isWeakMatch(other, one)], [strong, weak]);
  });
}

for (const name of ["If-Match", "if-none-match", "If-Modified-Since", "IF-UNMODIFIED-SINCE"]) {
  Deno.test(`hasPreconditions sees ${name} (RFC 9110 13.1)`, () => {
    assert(hasPreconditions(getWith(`${name}: x`).fields));
  });
}

Deno.test("hasPreconditions leaves If-Range to isRangeApplicable (RFC 9110 13.1.5)", () => {
  assert(!hasPreconditions(getWith('If-Range: "a"', "Range: bytes=0-", "If: x").fields));
});

const PASS = "proceed";
const SPARE = "not-modified";
const FAIL = "precondition-failed";

const cases: [what: string, outcome: PreconditionOutcome, lines: string[], Situation?][] = [
  ["no condition", PASS, []],

  ["If-Match with the tag (13.1.1)", PASS, ['If-Match: "a"']],
  ["If-Match with the tag in a list (13.1.1)", PASS, ['If-Match: "x", "a"']],
  ["If-Match in two lines (5.3)", PASS, ['If-Match: "x"', 'If-Match: "a"']],
  ["If-Match: * (13.1.1)", PASS, ["If-Match: *"]],
  ["If-Match: * without a tag to compare (13.1.1)", PASS, ["If-Match: *"], { etag: null }],
  ["If-Match with another tag (13.1.1)", FAIL, ['If-Match: "b"']],
  ["If-Match with the weak tag: comparison is strong (13.1.1)", FAIL, ['If-Match: W/"a"']],
  ["If-Match where the tag is weak (13.1.1)", FAIL, ['If-Match: W/"a"'], { etag: 'W/"a"' }],
  ["If-Match where there is no tag (13.1.1)", FAIL, ['If-Match: "a"'], { etag: null }],
  ["If-Match without quotes", FAIL, ["If-Match: a"]],
  ["If-Match with a malformed member beside the tag", FAIL, ['If-Match: "a", b']],
  ["If-Match without a comma", FAIL, ['If-Match: "x" "a"']],
  ["If-Match with an asterisk in a list", FAIL, ['If-Match: *, "a"']],
  ["If-Match with two asterisks", FAIL, ["If-Match: *", "If-Match: *"]],
  ["If-Match: empty", FAIL, ["If-Match:"]],
  ["If-Match for HEAD (13.1.1)", FAIL, ['If-Match: "b"'], { method: "HEAD" }],
  ["If-Match for PUT (13.1.1)", FAIL, ['If-Match: "b"'], { method: "PUT" }],

  ["If-Unmodified-Since, the same date (13.1.4)", PASS, [`If-Unmodified-Since: ${SAME}`]],
  ["If-Unmodified-Since, a later date (13.1.4)", PASS, [`If-Unmodified-Since: ${LATER}`]],
  ["If-Unmodified-Since, an earlier date (13.1.4)", FAIL, [`If-Unmodified-Since: ${EARLIER}`]],
  ["If-Unmodified-Since, rfc850 (5.6.7)", FAIL, [
    "If-Unmodified-Since: Sunday, 06-Nov-94 08:49:36 GMT",
  ]],
  ["If-Unmodified-Since, asctime (5.6.7)", FAIL, [
    "If-Unmodified-Since: Sun Nov  6 08:49:36 1994",
  ]],
  ["If-Unmodified-Since, the same second (5.6.7)", PASS, [`If-Unmodified-Since: ${SAME}`], {
    lastModified: MODIFIED + 999,
  }],
  ["If-Unmodified-Since, no date (13.1.4)", PASS, ["If-Unmodified-Since: yesterday"]],
  ["If-Unmodified-Since, twice (13.1.4)", PASS, [
    `If-Unmodified-Since: ${EARLIER}`,
    `If-Unmodified-Since: ${EARLIER}`,
  ]],
  ["If-Unmodified-Since where no date is known (13.1.4)", PASS, [
    `If-Unmodified-Since: ${EARLIER}`,
  ], { lastModified: null }],
  ["If-Unmodified-Since beside If-Match (13.1.4)", PASS, [
    `If-Unmodified-Since: ${EARLIER}`,
    'If-Match: "a"',
  ]],
  ["If-Unmodified-Since for DELETE (13.1.4)", FAIL, [`If-Unmodified-Since: ${EARLIER}`], {
    method: "DELETE",
  }],

  ["If-None-Match with the tag (13.1.2)", SPARE, ['If-None-Match: "a"']],
  ["If-None-Match with the weak tag: comparison is weak (13.1.2)", SPARE, [
    'If-None-Match: W/"a"',
  ]],
  ["If-None-Match where the tag is weak (13.1.2)", SPARE, ['If-None-Match: "a"'], {
    etag: 'W/"a"',
  }],
  ["If-None-Match with the tag in a list (13.1.2)", SPARE, ['If-None-Match: "x",W/"y", "a"']],
  ["If-None-Match with empty members (5.6.1.2)", SPARE, ['If-None-Match: , "x",, "a",']],
  ["If-None-Match with a comma in a tag (8.8.3)", SPARE, ['If-None-Match: "a,b"'], {
    etag: '"a,b"',
  }],
  ["If-None-Match in two lines (5.3)", SPARE, ['If-None-Match: "x"', 'If-None-Match: "a"']],
  ["If-None-Match: * (13.1.2)", SPARE, ["If-None-Match: *"]],
  ["If-None-Match: * without a tag to compare (13.1.2)", SPARE, ["If-None-Match: *"], {
    etag: null,
  }],
  ["If-None-Match for HEAD (13.1.2)", SPARE, ['If-None-Match: "a"'], { method: "HEAD" }],
  ["If-None-Match for PUT (13.1.2)", FAIL, ['If-None-Match: "a"'], { method: "PUT" }],
  ["If-None-Match: * for PUT (13.1.2)", FAIL, ["If-None-Match: *"], { method: "PUT" }],
  ["If-None-Match with another tag (13.1.2)", PASS, ['If-None-Match: "b"']],
  ["If-None-Match in other letters (8.8.3.2)", PASS, ['If-None-Match: "A"']],
  ["If-None-Match where there is no tag (13.1.2)", PASS, ['If-None-Match: "a"'], { etag: null }],
  ["If-None-Match without quotes", PASS, ["If-None-Match: a"]],
  ["If-None-Match in single quotes", PASS, ["If-None-Match: 'a'"]],
  ["If-None-Match with a small w", PASS, ['If-None-Match: w/"a"']],
  ["If-None-Match with a malformed member beside the tag", PASS, ['If-None-Match: "a", b']],
  ["If-None-Match without a comma", PASS, ['If-None-Match: "a" "b"']],
  ["If-None-Match with quotes that do not pair up", PASS, ['If-None-Match: "x,"a","']],
  ["If-None-Match with semicolons", PASS, ['If-None-Match: "x"; "a"']],
  ["If-None-Match with an asterisk in a list", PASS, ['If-None-Match: "a", *']],
  ["If-None-Match: two asterisks", PASS, ["If-None-Match: **"]],
  ["If-None-Match: a quoted asterisk", PASS, ['If-None-Match: "*"']],
  ["If-None-Match: empty", PASS, ["If-None-Match:"]],

  ["If-Modified-Since, the same date (13.1.3)", SPARE, [`If-Modified-Since: ${SAME}`]],
  ["If-Modified-Since, a later date (13.1.3)", SPARE, [`If-Modified-Since: ${LATER}`]],
  ["If-Modified-Since, in the future (13.1.3)", SPARE, [`If-Modified-Since: ${FUTURE}`]],
  ["If-Modified-Since, the same second (5.6.7)", SPARE, [`If-Modified-Since: ${SAME}`], {
    lastModified: MODIFIED + 999,
  }],
  ["If-Modified-Since, rfc850 (5.6.7)", SPARE, [
    "If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT",
  ]],
  ["If-Modified-Since, asctime (5.6.7)", SPARE, ["If-Modified-Since: Sun Nov  6 08:49:37 1994"]],
  ["If-Modified-Since for HEAD (13.1.3)", SPARE, [`If-Modified-Since: ${SAME}`], {
    method: "HEAD",
  }],
  ["If-Modified-Since, an earlier date (13.1.3)", PASS, [`If-Modified-Since: ${EARLIER}`]],
  ["If-Modified-Since where no date is known (13.1.3)", PASS, [`If-Modified-Since: ${SAME}`], {
    lastModified: null,
  }],
  ["If-Modified-Since for POST (13.1.3)", PASS, [`If-Modified-Since: ${SAME}`], {
    method: "POST",
  }],
  ["If-Modified-Since, no date (13.1.3)", PASS, ["If-Modified-Since: tomorrow"]],
  ["If-Modified-Since: 0 (13.1.3)", PASS, ["If-Modified-Since: 0"]],
  ["If-Modified-Since in another zone (5.6.7)", PASS, [
    "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 UTC",
  ]],
  ["If-Modified-Since with IE's length (13.1.3)", PASS, [
    `If-Modified-Since: ${SAME}; length=3`,
  ]],
  ["If-Modified-Since: empty (13.1.3)", PASS, ["If-Modified-Since:"]],
  ["If-Modified-Since, twice (13.1.3)", PASS, [
    `If-Modified-Since: ${SAME}`,
    `If-Modified-Since: ${SAME}`,
  ]],
  ["If-Modified-Since beside If-None-Match that passes (13.1.3)", PASS, [
    `If-Modified-Since: ${SAME}`,
    'If-None-Match: "b"',
  ]],
  ["If-Modified-Since beside malformed If-None-Match (13.1.3)", PASS, [
    `If-Modified-Since: ${SAME}`,
    "If-None-Match: b",
  ]],
  ["If-Modified-Since, earlier, beside If-None-Match that matches (13.1.3)", SPARE, [
    `If-Modified-Since: ${EARLIER}`,
    'If-None-Match: "a"',
  ]],

  ["If-Match before If-None-Match (13.2.2)", FAIL, ['If-None-Match: "a"', 'If-Match: "b"']],
  ["If-None-Match after If-Match (13.2.2)", SPARE, ['If-None-Match: "a"', 'If-Match: "a"']],
  ["If-Unmodified-Since before If-None-Match (13.2.2)", FAIL, [
    'If-None-Match: "a"',
    `If-Unmodified-Since: ${EARLIER}`,
  ]],
  ["If-Modified-Since after If-Match (13.2.2)", SPARE, [
    `If-Modified-Since: ${SAME}`,
    'If-Match: "a"',
  ]],
  ["If-Range alone (13.1.5)", PASS, ['If-Range: "b"', "Range: bytes=0-"]],
];
for (const method of ["OPTIONS", "TRACE", "CONNECT"]) {
  cases.push([`If-Match for ${method} (13.2.1)`, PASS, ['If-Match: "b"'], { method }]);
  cases.push([`If-None-Match for ${method} (13.2.1)`, PASS, ['If-None-Match: "a"'], { method }]);
}
for (const [what, expected, lines, situation] of cases) {
  Deno.test(`evaluatePreconditions says ${expected}: ${what} (RFC 9110)`, () => {
    assertEquals(outcome(lines, situation), expected);
  });
}

Deno.test("evaluatePreconditions takes time in proportion to the field", () => {
  const began = performance.now();
  const fillers = ['"a",', '"', " ", ",", 'W/"'];
  for (const filler of fillers) outcome([`If-None-Match: "${filler.repeat(6_000)}x`]);
  assertLess(performance.now() - began, 1_000);
});

Deno.test("isRangeApplicable lets Range count without If-Range (RFC 9110 14.2)", () => {
  assert(applies(""));
});

Deno.test("isRangeApplicable takes the strong entity-tag (RFC 9110 13.1.5)", () => {
  assert(applies('If-Range: "a"'));
});

for (const date of [SAME, "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]) {
  Deno.test(`isRangeApplicable takes the exact date ${date} (RFC 9110 13.1.5)`, () => {
    assert(applies(`If-Range: ${date}`));
    assert(applies(`If-Range: ${date}`, { lastModified: MODIFIED + 999 }));
  });
}

const inapplicable: [what: string, line: string, Parameters<typeof applies>[1]?][] = [
  ["another tag", 'If-Range: "b"'],
  ["the weak tag", 'If-Range: W/"a"'],
  ["the weak tag where the tag is weak", 'If-Range: W/"a"', { etag: 'W/"a"' }],
  ["the tag where there is none", 'If-Range: "a"', { etag: null }],
  ["a list of tags", 'If-Range: "a", "b"'],
  ["an asterisk", "If-Range: *"],
  ["a tag without quotes", "If-Range: a"],
  ["an earlier date", `If-Range: ${EARLIER}`],
  ["a later date: it must be exact", `If-Range: ${LATER}`],
  ["a date that is weak (8.8.2.2)", `If-Range: ${SAME}`, { isDateStrong: false }],
  ["a date where none is known", `If-Range: ${SAME}`, { lastModified: null }],
  ["neither a tag nor a date", "If-Range: soon"],
  ["nothing", "If-Range:"],
];
for (const [what, line, situation] of inapplicable) {
  Deno.test(`isRangeApplicable refuses ${what} (RFC 9110 13.1.5)`, () => {
    assert(!applies(line, situation));
  });
}
