import { parseHttpDate, toHttpDate } from "../../lib/http1/http_date.ts";
import { assertEquals } from "../deps.ts";
import { SeededRandom } from "../support/seeded_random.ts";

const NOW = Date.UTC(2026, 0, 15);
const EXAMPLE = Date.UTC(1994, 10, 6, 8, 49, 37);

const forms = [
  ["IMF-fixdate", "Sun, 06 Nov 1994 08:49:37 GMT"],
  ["rfc850", "Sunday, 06-Nov-94 08:49:37 GMT"],
  ["asctime", "Sun Nov  6 08:49:37 1994"],
] as const;
for (const [form, text] of forms) {
  Deno.test(`parseHttpDate reads ${form} (RFC 9110 5.6.7)`, () => {
    assertEquals(parseHttpDate(text, NOW), EXAMPLE);
  });
}

Deno.test("parseHttpDate reads two digits of day in asctime (RFC 9110 5.6.7)", () => {
  assertEquals(parseHttpDate("Wed Nov 16 08:49:37 1994", NOW), EXAMPLE + 10 * 86_400_000);
});

const centuries: [now: number, digits: string, year: number][] = [
  [2026, "94", 1994],
  [2026, "26", 2026],
  [2026, "27", 2027],
  [2026, "75", 2075],
  [2026, "77", 1977],
  [2026, "00", 2000],
  [2026, "99", 1999],
  [1999, "01", 2001],
  [1999, "48", 2048],
  [1999, "50", 1950],
  [1999, "99", 1999],
  [2080, "10", 2110],
  [2080, "31", 2031],
];
for (const [now, digits, year] of centuries) {
  Deno.test(`parseHttpDate takes -${digits} for ${year} in ${now} (RFC 9110 5.6.7)`, () => {
    const text = `Sunday, 06-Nov-${digits} 08:49:37 GMT`;
    assertEquals(
      parseHttpDate(text, Date.UTC(now, 10, 6, 8, 49, 37)),
      Date.UTC(year, 10, 6, 8, 49, 37),
    );
  });
}

Deno.test("parseHttpDate counts a leap second into the next minute (RFC 9110 5.6.7)", () => {
  assertEquals(parseHttpDate("Sat, 31 Dec 2016 23:59:60 GMT", NOW), Date.UTC(2017, 0, 1));
});

Deno.test("parseHttpDate knows leap days (RFC 9110 5.6.7)", () => {
  assertEquals(parseHttpDate("Thu, 29 Feb 2024 00:00:00 GMT", NOW), Date.UTC(2024, 1, 29));
  assertEquals(parseHttpDate("Tue, 29 Feb 2000 00:00:00 GMT", NOW), Date.UTC(2000, 1, 29));
});

Deno.test("parseHttpDate does not hold the day's name against a date", () => {
  assertEquals(parseHttpDate("Mon, 06 Nov 1994 08:49:37 GMT", NOW), EXAMPLE);
});

Deno.test("parseHttpDate reads dates before 1970 and far in the future", () => {
  assertEquals(parseHttpDate("Wed, 31 Dec 1969 23:59:59 GMT", NOW), -1000);
  assertEquals(
    parseHttpDate("Fri, 31 Dec 9999 23:59:59 GMT", NOW),
    Date.UTC(9999, 11, 31, 23, 59, 59),
  );
});

const invalid = [
  ["", "nothing"],
  ["0", "a number"],
  ["784111777", "seconds since 1970"],
  ["1994-11-06T08:49:37Z", "ISO 8601"],
  ["Sun, 06 Nov 1994 08:49:37", "no zone"],
  ["Sun, 06 Nov 1994 08:49:37 UTC", "another zone"],
  ["Sun, 06 Nov 1994 08:49:37 +0000", "an offset"],
  ["Sun, 06 Nov 1994 08:49:37 gmt", "a zone in small letters"],
  ["sun, 06 nov 1994 08:49:37 GMT", "names in small letters"],
  ["Sun, 6 Nov 1994 08:49:37 GMT", "one digit of day"],
  ["Sun, 06 Nov 94 08:49:37 GMT", "two digits of year in IMF-fixdate"],
  ["Sunday, 06-Nov-1994 08:49:37 GMT", "four digits of year in rfc850"],
  ["Sun, 06-Nov-94 08:49:37 GMT", "a short day in rfc850"],
  ["Sunday, 06 Nov 1994 08:49:37 GMT", "a long day in IMF-fixdate"],
  ["Sun Nov 6 08:49:37 1994", "one digit of day without padding in asctime"],
  ["Sun Nov  6 08:49:37 94", "two digits of year in asctime"],
  ["Sun Nov  6 08:49:37 1994 GMT", "a zone in asctime"],
  ["Sun, 06 Nov 1994 8:49:37 GMT", "one digit of hour"],
  ["Sun, 06 Nov 1994 08:49 GMT", "no seconds"],
  ["Sun, 06 Nov 1994 08:49:37.5 GMT", "a fraction"],
  ["Sun, 06 Nov 1994 24:00:00 GMT", "hour 24"],
  ["Sun, 06 Nov 1994 08:60:00 GMT", "minute 60"],
  ["Sun, 06 Nov 1994 08:49:61 GMT", "second 61"],
  ["Sun, 00 Nov 1994 08:49:37 GMT", "day 0"],
  ["Sun, 31 Nov 1994 08:49:37 GMT", "a 31st of November"],
  ["Tue, 29 Feb 1994 08:49:37 GMT", "a leap day in a common year"],
  ["Tue, 29 Feb 1900 08:49:37 GMT", "a leap day in 1900"],
  ["Sun, 32 Jan 1994 08:49:37 GMT", "day 32"],
  ["Sun, 06 Nvo 1994 08:49:37 GMT", "no month"],
  ["Sun,  06 Nov 1994 08:49:37 GMT", "two spaces"],
  ["Sun, 06\tNov 1994 08:49:37 GMT", "a tab"],
  [" Sun, 06 Nov 1994 08:49:37 GMT", "a space before"],
  ["Sun, 06 Nov 1994 08:49:37 GMT ", "a space behind"],
  ["Sun, 06 Nov 1994 08:49:37 GMT\n", "a line feed behind"],
  ["Sun, 06 Nov 1994 08:49:37 GMT; length=3", "a parameter"],
  ["Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT", "two dates"],
  ["Sun, 06 Nov -994 08:49:37 GMT", "a sign"],
  ["Sun, 06 Nov 10000 08:49:37 GMT", "five digits of year"],
  ["Sun, \u0660\u0666 Nov 1994 08:49:37 GMT", "digits that are not ASCII"],
] as const;
for (const [text, what] of invalid) {
  Deno.test(`parseHttpDate ignores what is no date: ${what} (RFC 9110 5.6.7)`, () => {
    assertEquals(parseHttpDate(text, NOW), null);
  });
}

Deno.test("toHttpDate writes IMF-fixdate (RFC 9110 5.6.7)", () => {
  assertEquals(toHttpDate(EXAMPLE), "Sun, 06 Nov 1994 08:49:37 GMT");
  assertEquals(toHttpDate(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  assertEquals(toHttpDate(Date.UTC(2024, 1, 29, 23, 59, 59)), "Thu, 29 Feb 2024 23:59:59 GMT");
});

Deno.test("toHttpDate cuts fractions of a second off", () => {
  assertEquals(toHttpDate(EXAMPLE + 999), "Sun, 06 Nov 1994 08:49:37 GMT");
});

Deno.test("toHttpDate writes what parseHttpDate reads", () => {
  const random = new SeededRandom();
  for (let round = 0; round < 500; round++) {
    const time = random.int(8_000_000_000) * 1000;
    const text = toHttpDate(time);
    const seed = `${text} (seed ${random.seed})`;
    assertEquals(text, new Date(time).toUTCString(), seed);
    assertEquals(parseHttpDate(text, NOW), time, seed);
  }
});
