/**
 * DRIVER: content that is not in memory and whose length is known: a slice of a file, a row of slices, and
 * what somebody else is still making.
 *
 * The handler opens the file, so that what it said about it (length, entity-tag) and what is sent are of
 * one and the same file, whatever happens to its name meanwhile. From the moment a response is
 * returned the driver owns the file and closes it, sent or not.
 */

/** An open file, as `Deno.open` returns one. */
export interface OpenFile {
  /** Moves the place where the next read begins. */
  seekSync(offset: number, whence: 0): number;
  /** Reads what is there, at once; null at the end. */
  readSync(buffer: Uint8Array): number | null;
  /** Reads what is there; null at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Gives the descriptor back. */
  close(): void;
}

/** `length` octets of `file` from `offset` on. Where the file turns out to be shorter, the answer is cut. */
export class FileSlice {
  /** Closed by whoever sends or discards the slice. */
  readonly file: OpenFile;
  /** Octets from the beginning of the file. */
  readonly offset: number;
  /** Octets. */
  readonly length: number;

  /** Takes the file over. */
  constructor(file: OpenFile, options: { offset: number; length: number }) {
    this.file = file;
    this.offset = options.offset;
    this.length = options.length;
  }
}

/** What a row of parts is made of. */
export type Part = Uint8Array | FileSlice;

/**
 * Parts that are sent one behind the other, and whose lengths are known before the first is made: a
 * multipart answer, an archive. `parts` is called once and asked for a part when the one before it
 * has been sent, so files are opened one at a time; it is not called where the content is not sent.
 */
export class ContentParts {
  /** Octets of all parts together. What the parts have less than that cuts the answer, more is not sent. */
  readonly length: number;
  /** Makes the parts. */
  readonly parts: () => Iterable<Part>;
  /** Called once, when the content has been sent or will not be. */
  readonly close: () => void;

  /** `length` is in octets; `close` frees what the parts share. */
  constructor(length: number, parts: () => Iterable<Part>, close: () => void = () => {}) {
    this.length = length;
    this.parts = parts;
    this.close = close;
  }
}

/**
 * A stream whose length was promised: an app's answer with a length of its own. What the stream has less than
 * that cuts the answer, more is not sent.
 */
export class SizedStream {
  /** Octets. */
  readonly length: number;
  /** Cancelled by whoever sends or discards it and has not read it to its end. */
  readonly stream: ReadableStream<Uint8Array>;

  /** `length` is in octets. */
  constructor(length: number, stream: ReadableStream<Uint8Array>) {
    this.length = length;
    this.stream = stream;
  }
}
