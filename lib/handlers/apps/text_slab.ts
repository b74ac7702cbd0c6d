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

/** To call the encoder costs as much as writing so many units one by one. */
const TINY = 64;

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
  const start = used;
  if (text.length > TINY || !putAscii(text)) {
    used = start + encoder.encodeInto(text, slab.subarray(start)).written;
  }
  return slab.subarray(start, used);
}

/** Puts `text` into the slab if it is ASCII. */
function putAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return false;
    slab[used + i] = unit;
  }
  used += text.length;
  return true;
}
