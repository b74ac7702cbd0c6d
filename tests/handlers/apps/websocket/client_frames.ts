// What a client sends, good and bad, and what a server sends: frames as octets. Made apart from the code
// under test, octet by octet, so that a mistake there is not made here as well.

/** How a frame differs from a whole, masked one with the shortest length. */
export interface FrameOptions {
  readonly isFinal?: boolean;
  /** RSV1, RSV2 and RSV3 as one number of three bits. */
  readonly rsv?: number;
  /** Null: no mask. */
  readonly key?: readonly number[] | null;
  /** In how many octets the length is written. */
  readonly lengthOctets?: 1 | 2 | 8;
  /** What the frame says its length is. */
  readonly claims?: bigint;
}

/** A frame of a server. */
export interface ServerFrame {
  readonly first: number;
  readonly payload: Uint8Array<ArrayBuffer>;
}

export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

const KEY = [0x37, 0xfa, 0x21, 0x3d];
const encoder = new TextEncoder();

/** A client's frame. */
export function clientFrame(
  opcode: number,
  payload: Uint8Array | string = "",
  options: FrameOptions = {},
): Uint8Array<ArrayBuffer> {
  const octets = typeof payload === "string" ? encoder.encode(payload) : payload;
  const { isFinal = true, rsv = 0, key = KEY, claims = BigInt(octets.length) } = options;
  const size = options.lengthOctets ?? (claims < 126n ? 1 : claims < 65_536n ? 2 : 8);
  const long = Array.from(
    { length: size === 1 ? 0 : size },
    (_, i) => Number(claims >> BigInt(8 * (size - 1 - i)) & 255n),
  );
  const head = Uint8Array.of(
    (isFinal ? 0x80 : 0) | rsv << 4 | opcode,
    (key === null ? 0 : 0x80) | (size === 1 ? Number(claims) : size === 2 ? 126 : 127),
    ...long,
    ...(key ?? []),
  );
  return joined(head, octets.map((octet, i) => octet ^ (key?.[i % 4] ?? 0)));
}

/** The payload of a Close frame. */
export function closing(code: number, reason: string | Uint8Array = ""): Uint8Array<ArrayBuffer> {
  return joined(
    Uint8Array.of(code >> 8, code & 255),
    typeof reason === "string" ? encoder.encode(reason) : reason,
  );
}

/** The frames in `octets`, which must be whole ones of a server; throws where they are not. */
export function serverFrames(octets: Uint8Array): ServerFrame[] {
  const frames: ServerFrame[] = [];
  for (let at = 0; at < octets.length;) {
    const view = new DataView(octets.buffer, octets.byteOffset + at);
    const short = view.getUint8(1);
    if (short > 127) throw new Error("A server's frame is masked");
    const head = short === 127 ? 10 : short === 126 ? 4 : 2;
    const length = head === 2
      ? short
      : head === 4
      ? view.getUint16(2)
      : Number(view.getBigUint64(2));
    const end = at + head + length;
    if (end > octets.length) throw new Error("A frame breaks off");
    frames.push({ first: view.getUint8(0), payload: octets.slice(at + head, end) });
    at = end;
  }
  return frames;
}

/** All of them, one behind the other. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  parts.reduce((end, part) => (whole.set(part, end), end + part.length), 0);
  return whole;
}
