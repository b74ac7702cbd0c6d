/**
 * PROTOCOL (RFC 9110 8.4.1, 12.4.2 and 12.5.3): which content coding an Accept-Encoding field asks for.
 *
 *   absent                   every coding is allowed; identity is sent, for nobody asked for another
 *   empty                    identity alone
 *   gzip, br;q=0.5           the highest weight wins; among equal weights, our order does
 *   *;q=0.3                  every coding that is not named, identity among them
 *   identity;q=0  or  *;q=0  identity is refused; where nothing else fits, nothing is acceptable
 *
 * Identity that is not spoken of is acceptable, and comes behind every coding that is. One that is
 * given a weight takes part like any other, and gives way to a coding of the same weight.
 *
 * The field only helps to choose, so a broken member spoils nothing but itself. What it names is not
 * sent on its account: a coding with a malformed weight counts as refused, a malformed `identity` or `*`
 * as not there. Of several weights for one coding the lowest counts, in whatever order they stand.
 *
 * Browsers send one and the same value with every request; what a short value means is remembered.
 */

/** A content coding that this server can send, by its name in fields (RFC 9110 8.4.1, RFC 7932, RFC 8878). */
export type ContentCoding = "br" | "gzip" | "zstd";

/** From the names of codings and `*`, in lower case, to their weights: 0 to 1. */
type Weights = ReadonlyMap<string, number>;

/** How many members of the list are looked at. There are a dozen registered codings. */
export const CODING_COUNT_LIMIT = 64;

// Browsers and programs that reach one server send a handful of values, none above 60 octets.
const REMEMBERED_COUNT = 64;
const REMEMBERED_LENGTH = 128;

const MEMBER = /^[\t ]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[\t ]*(?:;(.*))?$/;
const WEIGHT = /^[\t ]*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)[\t ]*$/i;

const remembered = new Map<string, Weights>();

/**
 * What to send to somebody whose Accept-Encoding is `value` (of repeated lines the combined value; null
 * where there is none), out of `available`, which is in our order of preference: one of them, "identity",
 * or null where identity is refused and nothing in `available` is acceptable: that is a 406.
 */
export function chooseCoding(
  value: string | null,
  available: readonly ContentCoding[],
): ContentCoding | "identity" | null {
  if (value === null) return "identity";
  const weights = remembered.get(value) ?? toWeights(value);
  const others = weights.get("*");
  const identity = weights.get("identity") ?? others;
  let best: ContentCoding | null = null;
  let highest = 0;
  for (const coding of available) {
    const weight = weights.get(coding) ?? others ?? 0;
    if (weight <= highest) continue;
    best = coding;
    highest = weight;
  }
  if (best === null) return identity === 0 ? null : "identity";
  return identity !== undefined && identity > highest ? "identity" : best;
}

function toWeights(value: string): Weights {
  const weights = parseWeights(value);
  if (value.length <= REMEMBERED_LENGTH) {
    // Whoever sends ever new values must not take the place of everybody else's for good.
    if (remembered.size >= REMEMBERED_COUNT) remembered.clear();
    remembered.set(value, weights);
  }
  return weights;
}

function parseWeights(value: string): Weights {
  const weights = new Map<string, number>();
  for (const member of value.split(",", CODING_COUNT_LIMIT)) {
    const found = MEMBER.exec(member);
    if (found === null) continue;
    const name = toCodingName(found[1]!);
    let weight = found[2] === undefined ? 1 : parseWeight(found[2]);
    if (weight === null) {
      if (name === "*" || name === "identity") continue;
      weight = 0;
    }
    weights.set(name, Math.min(weight, weights.get(name) ?? 1));
  }
  return weights;
}

/** The weight behind the semicolon, 0 to 1 (RFC 9110 12.4.2); null where it is malformed. */
function parseWeight(text: string): number | null {
  const found = WEIGHT.exec(text);
  return found === null ? null : Number(found[1]);
}

/** Names are case-insensitive, and `x-gzip` is an old name of gzip (RFC 9110 8.4.1, 8.4.1.3). */
function toCodingName(text: string): string {
  const name = text.toLowerCase();
  return name === "x-gzip" ? "gzip" : name;
}
