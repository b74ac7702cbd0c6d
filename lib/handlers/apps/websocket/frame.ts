/**
 * WHAT ANSWERS (RFC 6455 section 5.2): the frames that a server sends: whole messages, without a mask.
 */

/** `payload` as one frame, a buffer of its own. `isCompressed` sets the bit of RFC 7692. */
export function serializeFrame(
  payload: Uint8Array,
  { opcode, isCompressed = false }: { opcode: number; isCompressed?: boolean },
): Uint8Array<ArrayBuffer> {
  const { length } = payload;
  const headLength = length < 126 ? 2 : length < 2 ** 16 ? 4 : 10;
  const frame = new Uint8Array(headLength + length);
  frame[0] = 0x80 | (isCompressed ? 0x40 : 0) | opcode;
  if (headLength === 2) {
    frame[1] = length;
  } else {
    const view = new DataView(frame.buffer);
    frame[1] = headLength === 4 ? 126 : 127;
    if (headLength === 4) view.setUint16(2, length);
    else view.setBigUint64(2, BigInt(length));
  }
  frame.set(payload, headLength);
  return frame;
}
