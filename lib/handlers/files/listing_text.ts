/**
 * WHAT ANSWERS: how names, sizes and times are written into a listing's page.
 *
 * A file's name may hold everything but `/` and NUL. In a link it is one percent-encoded segment. In
 * the text it is escaped, and characters that nobody would see, or that would make others look
 * different from what they are, are shown by their numbers: a line feed as [U+000A], the mark that
 * reverses the reading direction as [U+202E]. What joins emoji and the letters of one word (U+200C,
 * U+200D) stays. Names beyond ASCII stand in `<bdi>`, so that one from right to left does not pull along
 * what follows it.
 *
 * All of this is asked for each of 100,000 entries, so the usual name is told by one look and is written
 * as it is, and the parts of a time are made once a day of the calendar.
 */

import { escapeHtml } from "../html.ts";

/** ASCII that means nothing to HTML. */
const PLAIN = /^[ !#-%(-;=?-~]*$/;
const SEGMENT = /^[\w.-]*$/;
const BEYOND_ASCII = /\P{ASCII}/u;
const SPECIAL =
  /[&<>"'\p{Cc}\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu;
const UNITS = ["kB", "MB", "GB", "TB", "PB"] as const;
const DAY_MS = 86_400_000;
const MOST_DAYS = 4096;

/** `text` for an HTML document, in an attribute or between elements. */
export function toHtml(text: string): string {
  return PLAIN.test(text) ? text : text.replace(SPECIAL, toEscape);
}

/** The same between elements, kept apart from the reading direction of what is around it. */
export function toIsolatedHtml(text: string): string {
  if (PLAIN.test(text)) return text;
  const html = text.replace(SPECIAL, toEscape);
  return BEYOND_ASCII.test(text) ? `<bdi>${html}</bdi>` : html;
}

function toEscape(character: string): string {
  const escaped = escapeHtml(character);
  if (escaped !== character) return escaped;
  const code = character.charCodeAt(0);
  return `[U+${code.toString(16).toUpperCase().padStart(4, "0")}]`;
}

/** `name` as one segment of a relative reference (RFC 3986 4.2); safe in an attribute in double quotes. */
export function toSegment(name: string): string {
  return SEGMENT.test(name) ? name : encodeURIComponent(name);
}

/** A number of octets to read at a glance, in units of a thousand: `999 B`, `1.2 kB`, `34 MB`. */
export function toSize(octets: number): string {
  if (octets < 1000) return `${octets} B`;
  let value = octets / 1000;
  let unit = 0;
  // What would be rounded to 1000 is 1.0 of the next.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}

/** Days and minutes that were written before; files of one folder have few different days. */
const days = new Map<number, string>();
const minutes: string[] = [];

/** A `<time>` in UTC, exact to the second for machines and to the minute for people. */
export function toTime(milliseconds: number): string {
  const day = Math.floor(milliseconds / DAY_MS);
  const second = Math.floor((milliseconds - day * DAY_MS) / 1000);
  const date = days.get(day) ?? makeDay(day);
  const minute = Math.floor(second / 60);
  const time = minutes[minute] ??= `${toTwo(Math.floor(minute / 60))}:${toTwo(minute % 60)}`;
  return `<time datetime="${date}T${time}:${toTwo(second % 60)}Z">${date} ${time}</time>`;
}

function makeDay(day: number): string {
  const date = new Date(day * DAY_MS).toISOString().slice(0, 10);
  if (days.size >= MOST_DAYS) days.clear();
  days.set(day, date);
  return date;
}

function toTwo(number: number): string {
  return number < 10 ? `0${number}` : `${number}`;
}
