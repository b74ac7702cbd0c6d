/**
 * WHAT ANSWERS (RFC 9110 8.4, 8.8.3, 12.5.3, 12.5.5): which variant of a file a client gets.
 *
 *   sibling    lies on disk, made by somebody else       strong tag of its own, ranges
 *   kept       made once, in memory: 1 KiB to 4 MiB      strong tag, ranges
 *   streamed   made while it is sent: above 4 MiB        weak tag, no ranges
 *   identity   the file as it is                         strong tag, ranges
 *
 * The client's weights decide first. Among codings that it likes equally a sibling comes before what
 * would have to be made, for it costs nothing and is mostly smaller. Of what is made, brotli is the
 * smallest where the work is done once; of streams zstd costs a third of brotli at the same size.
 *
 * A client that refuses identity gets a coding even where none is worth it: of a file of ten octets, and
 * of one that grows by it. Where no coding may be had at all, 406.
 *
 * Each variant is a representation with a validator of its own (RFC 9110 8.8.3.3): with one tag for two of
 * them a cache would put the end of the one behind the beginning of the other.
 */

import { chooseCoding, type ContentCoding } from "../../http1/content_codings.ts";
import type { HttpResponse } from "../../server/handler.ts";
import { textAnswer } from "../../server/text_answer.ts";
import { LEVELS } from "./compressor.ts";
import type { Sibling } from "./siblings.ts";

/** Up to this nothing is compressed: it would go out in the same packet as before. Octets. */
export const LARGEST_UNCOMPRESSED = 1_024;
/** Up to this a variant is made in memory and kept; at 63 MB/s the slowest takes 70 ms, once. Octets. */
export const LARGEST_KEPT = 4_194_304;

/** What is known of the file, the same for all clients. */
export interface Compressibility {
  /** See `isCompressible`; false too where only siblings are wanted. */
  readonly isCompressible: boolean;
  /** Octets. */
  readonly length: number;
  /** In our order of preference. */
  readonly siblings: readonly Sibling[];
}

/** The variant that is to be sent. `isForced`: in whatever size, for identity is refused. */
export type Variant =
  | { readonly kind: "identity" }
  | { readonly kind: "sibling"; readonly sibling: Sibling }
  | { readonly kind: "kept"; readonly coding: ContentCoding; readonly isForced: boolean }
  | { readonly kind: "streamed"; readonly coding: ContentCoding };

/** Where a coded variant's octets come from. */
export type CodedKind = Exclude<Variant["kind"], "identity">;

const IDENTITY = { kind: "identity" } as const;
const KEPT_ORDER: readonly ContentCoding[] = ["br", "zstd", "gzip"];
const STREAMED_ORDER: readonly ContentCoding[] = ["zstd", "br", "gzip"];

/** Goes with every variant of a file of which there may be several, with its 304 too (RFC 9110 12.5.5, 15.4.5). */
export const VARY = ["Vary", "Accept-Encoding"] as const;

/** The answer where the client refuses whatever there is (RFC 9110 15.5.7). */
export const NOT_ACCEPTABLE: HttpResponse = textAnswer(
  406,
  "The request refuses this without a content coding and with every one that there is",
  VARY,
);

/** Whether what is sent depends on Accept-Encoding, so that `VARY` belongs to every answer. */
export function isVarying(file: Compressibility): boolean {
  return file.isCompressible || file.siblings.length > 0;
}

/**
 * The variant for a client whose Accept-Encoding is `acceptEncoding` (null where there is none); null where nothing
 * is acceptable. With `isBusy`, see `StreamCompressor`, nothing new is streamed unless identity is refused.
 */
export function selectVariant(
  acceptEncoding: string | null,
  options: Compressibility & { isBusy: boolean },
): Variant | null {
  if (acceptEncoding === null) return IDENTITY;
  const { isCompressible, length, siblings, isBusy } = options;
  const isForced = chooseCoding(acceptEncoding, []) === null;
  const isStreamed = length > LARGEST_KEPT;
  const codings = siblings.map((sibling) => sibling.coding);
  if (isCompressible && (isForced || length > LARGEST_UNCOMPRESSED && !(isStreamed && isBusy))) {
    codings.push(...isStreamed ? STREAMED_ORDER : KEPT_ORDER);
  }
  const coding = chooseCoding(acceptEncoding, codings);
  if (coding === null) return null;
  if (coding === "identity") return IDENTITY;
  const sibling = siblings.find((one) => one.coding === coding);
  if (sibling !== undefined) return { kind: "sibling", sibling };
  return isStreamed ? { kind: "streamed", coding } : { kind: "kept", coding, isForced };
}

/** The lines that a coded variant has besides those of the file. */
export function toCodingFields(
  coding: ContentCoding,
): readonly (readonly [name: string, value: string])[] {
  return [["Content-Encoding", coding], VARY];
}

/**
 * The entity-tag of a coded variant, from that of the file (of a sibling: from the sibling's own, as
 * it can be made anew while the file stays the same). A sibling's is as strong as what it comes from. One
 * that is kept is so too, and names what made it, for another version of the library makes other octets
 * of the same file. One that is streamed is weak.
 */
export function toCodedEtag(
  etag: string,
  options: { coding: ContentCoding; kind: CodedKind },
): string {
  const { coding, kind } = options;
  const mark = kind === "kept" ? `${coding}-${COMPRESSOR_MARK}` : coding;
  const tag = `${etag.slice(0, -1)}-${mark}"`;
  return kind === "streamed" && !tag.startsWith("W/") ? `W/${tag}` : tag;
}

/** Differs between versions of what compresses: Deno with its libraries, and our levels. */
const COMPRESSOR_MARK = toMark(`${Deno.version.deno} ${JSON.stringify(LEVELS.kept)}`);

/** A few letters and digits for a text (FNV-1a, 32 bits): to tell versions apart, not to keep secrets. */
function toMark(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0).toString(36);
}
