/**
 * PROTOCOL (RFC 9110 5.6.7): HTTP dates. One form is written, three are read:
 *
 *   IMF-fixdate   Sun, 06 Nov 1994 08:49:37 GMT      the form of today, and the only one written
 *   rfc850        Sunday, 06-Nov-94 08:49:37 GMT     two digits of year: at most 50 years ahead
 *   asctime       Sun Nov  6 08:49:37 1994
 *
 * Nothing here knows what time it is: whoever needs the two-digit year passes the present in.
 */

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const LONG_DAYS = "Sunday|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday";
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const day = `(?:${DAYS.join("|")})`;
const month = `(?<month>${MONTHS.join("|")})`;
const time = "(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)";
const FORMS = [
  new RegExp(`^${day}, (?<day>\\d\\d) ${month} (?<year>\\d{4}) ${time} GMT$`),
  new RegExp(`^(?:${LONG_DAYS}), (?<day>\\d\\d)-${month}-(?<year>\\d\\d) ${time} GMT$`),
  new RegExp(`^${day} ${month} (?<day>\\d\\d| \\d) ${time} (?<year>\\d{4})$`),
];

/** `milliseconds` since 1970 as an IMF-fixdate, 29 characters; fractions of a second are cut off. */
export function toHttpDate(milliseconds: number): string {
  const date = new Date(milliseconds);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${DAYS[date.getUTCDay()]}, ${two(date.getUTCDate())} ${MONTHS[date.getUTCMonth()]} ` +
    `${String(date.getUTCFullYear()).padStart(4, "0")} ${two(date.getUTCHours())}:` +
    `${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} GMT`;
}

/**
 * The milliseconds since 1970 that `text` means, or null where it is not an HTTP date, which a
 * recipient ignores together with its field. `now` (milliseconds since 1970) tells the century of an
 * rfc850 date. The name of the day is not held against the date.
 */
export function parseHttpDate(text: string, now: number): number | null {
  for (const form of FORMS) {
    const groups = form.exec(text)?.groups;
    if (groups === undefined) continue;
    const part = (name: string) => Number(groups[name]);
    const [dayOfMonth, hour, minute, second] = [
      part("day"),
      part("hour"),
      part("minute"),
      part("second"),
    ];
    // 60 is a leap second, which the grammar allows and Date counts into the next minute.
    if (hour > 23 || minute > 59 || second > 60) return null;
    const toTime = (year: number) => {
      const date = new Date(0);
      date.setUTCFullYear(year, MONTHS.indexOf(groups["month"]!), dayOfMonth);
      // The 31st of February has moved into March by now.
      return date.getUTCDate() === dayOfMonth ? date.setUTCHours(hour, minute, second) : null;
    };
    return groups["year"]!.length === 4
      ? toTime(part("year"))
      : toTime(toFullYear(part("year"), { toTime, now }));
  }
  return null;
}

/**
 * The latest year with these two last digits in which the date is not more than 50 years after `now`,
 * to the second (RFC 9110 5.6.7).
 */
function toFullYear(
  lastTwo: number,
  { toTime, now }: { toTime: (year: number) => number | null; now: number },
): number {
  const limit = new Date(now);
  limit.setUTCFullYear(limit.getUTCFullYear() + 50);
  const latest = limit.getUTCFullYear() - (limit.getUTCFullYear() % 100) + lastTwo;
  const isTooLate = (year: number) => (toTime(year) ?? 0) > limit.getTime();
  return latest > limit.getUTCFullYear() || isTooLate(latest) ? latest - 100 : latest;
}
