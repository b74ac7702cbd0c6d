/**
 * COMMAND LINE: the name that somebody may have meant.
 *
 * Names are compared by how many slips of the finger lie between them: a letter left out, added,
 * exchanged, or two neighbours swapped (the optimal string alignment distance). A third of the
 * letters may be wrong. A name that goes on where the other stops counts as one slip: people shorten.
 */

/** Fewer letters than this are the beginning of anything. */
const SHORTEST_PREFIX = 3;

/** The one of `names` that is nearest to `name`; null where none is near. */
export function nearestName(name: string, names: readonly string[]): string | null {
  let nearest: string | null = null;
  let best = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of names) {
    const slips = isShortened(name, candidate) ? 1 : countSlips(name, candidate);
    if (slips >= best) continue;
    best = slips;
    nearest = candidate;
  }
  return nearest;
}

function isShortened(a: string, b: string): boolean {
  return Math.min(a.length, b.length) >= SHORTEST_PREFIX && (a.startsWith(b) || b.startsWith(a));
}

function countSlips(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      let slips = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        slips = Math.min(slips, beforeLast[j - 2]! + 1);
      }
      row.push(slips);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
