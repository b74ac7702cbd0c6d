// Content that comes in pieces.

const encoder = new TextEncoder();

/** A stream of these texts in UTF-8, a piece each. */
export function streamOf(...pieces: string[]): ReadableStream<Uint8Array> {
  return ReadableStream.from(pieces.map((piece) => encoder.encode(piece)));
}
