/**
 * WHAT ANSWERS: the order of a listing.
 *
 * Folders come first whatever is asked for; entries that are equal in a column are in the order of
 * their names.
 *
 * Sorting is a generator that gives way (yields) between pieces of work: 100,000 entries take some
 * hundred milliseconds, and other connections must not wait for that.
 */

import type { Entry } from "./listing_entry.ts";
import type { Order } from "./listing_request.ts";

/** How many entries are sorted or merged before others get their turn: about 3 ms. */
const SLICE = 4096;

/** How two entries compare in `order`; never 0, for no two entries of a folder have the same name. */
export function toComparator(order: Order): (a: Entry, b: Entry) => number {
  const sign = order.isDescending ? -1 : 1;
  const byColumn = BY_COLUMN[order.column];
  return (a, b) => {
    if (a.isFolder !== b.isFolder) return a.isFolder ? -1 : 1;
    return byColumn(a, b) * sign || byName(a, b);
  };
}

const BY_COLUMN = {
  name: byName,
  // What a folder's size says is how many names it has room for, which nobody asks.
  size: (a: Entry, b: Entry) => a.isFolder ? 0 : a.size - b.size,
  time: (a: Entry, b: Entry) => (a.modified ?? 0) - (b.modified ?? 0),
} as const;

function byName(a: Entry, b: Entry): number {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}

/** Sorts `entries` in slices, yielding null between them, and returns them sorted. */
export function* sortInSlices(
  entries: Entry[],
  compare: (a: Entry, b: Entry) => number,
): Generator<null, Entry[]> {
  let runs: Entry[][] = [];
  for (let i = 0; i < entries.length; i += SLICE) {
    if (i > 0) yield null;
    runs.push(entries.slice(i, i + SLICE).sort(compare));
  }
  while (runs.length > 1) {
    const longer: Entry[][] = [];
    for (let i = 0; i < runs.length; i += 2) {
      const [run = [], next] = [runs[i], runs[i + 1]];
      longer.push(next === undefined ? run : yield* merge(run, { next, compare }));
    }
    runs = longer;
  }
  return runs[0] ?? [];
}

function* merge(
  run: Entry[],
  { next, compare }: { next: Entry[]; compare: (a: Entry, b: Entry) => number },
): Generator<null, Entry[]> {
  const merged: Entry[] = [];
  let i = 0;
  let j = 0;
  while (i < run.length && j < next.length) {
    merged.push(compare(run[i]!, next[j]!) < 0 ? run[i++]! : next[j++]!);
    if (merged.length % SLICE === 0) yield null;
  }
  while (i < run.length) merged.push(run[i++]!);
  while (j < next.length) merged.push(next[j++]!);
  return merged;
}
