/**
 * WHAT ANSWERS: what all files of a folder share to be sent in codings: the variants that are kept, the
 * streams that run, and the knowledge of what lies beside them.
 */

import type { ContentCoding } from "../../http1/content_codings.ts";
import type { ByteSource } from "../byte_source.ts";
import { Representation, type RepresentationOptions } from "../representation.ts";
import { isAlreadyCompressed, isCompressible } from "./compressible.ts";
import { StreamCompressor } from "./compressed_stream.ts";
import { CompressionCache, type VariantOptions } from "./compression_cache.ts";
import type { FileSource } from "./file_source.ts";
import { type Dated, type Sibling, SiblingFinder } from "./siblings.ts";

/** Makes and keeps coded variants of files. */
export class CodedFiles {
  readonly #kept = new CompressionCache<Representation>();
  readonly #streams = new StreamCompressor();
  readonly #siblings: SiblingFinder;

  /** `isServed` says whether a path that exists may be served. */
  constructor(options: { isServed: (path: string) => boolean }) {
    this.#siblings = new SiblingFinder(options);
  }

  /** Whether so many streams run that no more should be begun. */
  get isBusy(): boolean {
    return this.#streams.isBusy;
  }

  /** Whether content of this type becomes smaller. */
  isCompressible(mediaType: string): boolean {
    return isCompressible(mediaType);
  }

  /** The files beside the one at `path` that hold it in a coding. */
  findSiblings(
    path: string,
    { mediaType, file }: { mediaType: string; file: Dated },
  ): readonly Sibling[] {
    return isAlreadyCompressed(mediaType) ? [] : this.#siblings.find(path, file);
  }

  /** The variant that is kept for `key`, by promise where it has to be made; null where it is not worth it. */
  keep(
    key: string,
    options: VariantOptions<Representation>,
  ): Representation | null | Promise<Representation | null> {
    const known = this.#kept.find(key, options.coding);
    if (known === undefined || (known === null && options.isForced)) {
      return this.#kept.make(key, options);
    }
    return known;
  }

  /** The whole of `source` as a representation that is compressed while it is sent. */
  stream(
    source: FileSource,
    options: RepresentationOptions & { coding: ContentCoding },
  ): Representation {
    const { coding } = options;
    const streamed: ByteSource = {
      length: source.length,
      slice: (range) => this.#streams.stream(source.slice(range), coding),
      join: () => {
        throw new RangeError("Cannot take parts of what is made while it is sent");
      },
    };
    return new Representation(streamed, { ...options, isRangeable: false });
  }
}
