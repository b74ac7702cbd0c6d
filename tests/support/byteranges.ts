// Reads multipart/byteranges (RFC 9110 14.6, RFC 2046 5.1) as strictly as the raw client reads
// messages, and shares no code with what writes it.

import { toBytes, toText } from "./raw_client.ts";

export interface BodyPart {
  readonly contentType: string;
  readonly contentRange: string;
  readonly content: Uint8Array<ArrayBuffer>;
}

/** The parts of `content`, whose Content-Type is `contentType`. Throws where anything is not as it must be. */
export function parseByteranges(contentType: string | null, content: Uint8Array): BodyPart[] {
  const boundary = /^multipart\/byteranges; boundary=([0-9A-Za-z_-]{1,70})$/
    .exec(contentType ?? "")?.[1];
  if (boundary === undefined) throw new Error(`Not multipart/byteranges: ${contentType}`);
  const pieces = `\r\n${toText(content)}`.split(`\r\n--${boundary}`);
  const [preamble, end] = [pieces.shift(), pieces.pop()];
  if (preamble !== "" || end !== "--\r\n") {
    throw new Error(`The parts are not delimited: ${JSON.stringify([preamble, end])}`);
  }
  return pieces.map((piece) => {
    const [, type, range, octets] =
      /^\r\nContent-Type: ([^\r\n]+)\r\nContent-Range: ([^\r\n]+)\r\n\r\n(.*)$/s.exec(piece) ?? [];
    if (type === undefined || range === undefined || octets === undefined) {
      throw new Error(`Not a part: ${JSON.stringify(piece)}`);
    }
    return { contentType: type, contentRange: range, content: Uint8Array.from(toBytes(octets)) };
  });
}
