/**
 * COMMAND LINE: amounts of octets as people write them: `500`, `32K`, `64M`, `2G`.
 *
 * K is 1,024, as in nginx and Apache. No fractions and no `KB`, which some read as 1,000.
 */

const UNITS = ["", "K", "M", "G"];
const STEP = 1_024;

/** The number that `text` means; null where it means none. Lower-case units are understood, too. */
export function parseOctetCount(text: string): number | null {
  const [, digits = "", unit = ""] = /^(\d{1,15})([KMG]?)$/i.exec(text) ?? [];
  if (digits === "") return null;
  return Number(digits) * STEP ** UNITS.indexOf(unit.toUpperCase());
}

/** `count` with the largest unit that leaves it whole. */
export function formatOctetCount(count: number): string {
  let rank = 0;
  for (; rank < UNITS.length - 1 && count !== 0 && count % STEP === 0; rank++) count /= STEP;
  return `${count}${UNITS[rank]}`;
}
