/**
 * WHAT ANSWERS: the octets of short texts, without a buffer for each.
 *
 * To allocate a small buffer costs ten times what writing a short text into one does. So short texts are
 * written one behind the other into a larger buffer; when it is full there is a new one, and the old one
 * lives as long as somebody holds a piece of it.
 */

const SLAB = 65_536;
/** Longer texts, in UTF-16 units, get a buffer of their own. */
const SHORT = 4_096;

const encoder = new TextEncoder();
let slab = new Uint8Array(SLAB);
let used = 0;

/** The octets of `text` in UTF-8; nobody else will write to them. */
export function encodeText(text: string): Uint8Array {
  if (text.length > SHORT) return encoder.encode(text);
  // A unit becomes three octets at the most.
  if (SLAB - used < 3 * text.length) {
    slab = new Uint8Array(SLAB);
    used = 0;
  }
  const { written } = encoder.encodeInto(text, used === 0 ? slab : slab.subarray(used));
  const octets = slab.subarray(used, used + written);
  used += written;
  return octets;
}
