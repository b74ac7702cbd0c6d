/**
 * WHAT ANSWERS (RFC 9110 8.8): what vouches for a version of a file.
 *
 *   small file    its entity-tag is a digest of its content
 *   big file      inode, size and times; and where those may not tell two versions apart, more
 *
 * Times are coarse: Deno tells that of a file's content in milliseconds, that of its status in seconds.
 * A file whose content has changed a moment ago may change again and show the same; then the tag is
 * used once. One whose status has changed a moment ago may have got an old date by hand, as `cp -p` and
 * builds give them; then samples of the content go into the tag. Both are over soon.
 */

import { createHash } from "node:crypto";
import type { FileIdentity, FileSource } from "./file_source.ts";

/** After its last change a file may change again unnoticed for some ticks of the kernel. Milliseconds. */
const CONTENT_SETTLES = 50;
/** And may be given an old date for as long as a second lasts, and a bit. Milliseconds. */
const STATUS_SETTLES = 2_000;
/** Octets at the beginning, in the middle and at the end. */
const SAMPLE = 16_384;
const TAG_OCTETS = 16;

/** What a file's answers say about it. */
export interface FileValidators {
  readonly etag: string;
  /** Milliseconds since 1970, a whole second, not in the future; null where the system does not tell. */
  readonly lastModified: number | null;
  /** Whether the same status means the same content from now on. */
  readonly isSettled: boolean;
}

let singleUse = 0;

/**
 * What vouches for the file that `source` reads. `content` is all of it where it is in memory. Throws what
 * reading samples throws.
 */
export function toValidators(
  identity: FileIdentity,
  { source, content }: { source: FileSource; content: Uint8Array | null },
): FileValidators {
  const now = Date.now();
  const modified = identity.mtime?.getTime() ?? 0;
  const isContentSettled = Math.abs(now - modified) > CONTENT_SETTLES;
  const isStatusSettled = now - (identity.ctime?.getTime() ?? 0) > STATUS_SETTLES;
  const etag = content !== null ? digest(content) : [
    ...toNumbers(identity).map((part) => part.toString(36)),
    ...isContentSettled ? [] : [now.toString(36), (singleUse++).toString(36)],
    ...isStatusSettled || !isContentSettled ? [] : [digest(...toSamples(source))],
  ].join("-");
  return {
    etag: `"${etag}"`,
    // A date in the future says nothing (RFC 9110 8.8.2.1).
    lastModified: modified < 0 || identity.mtime === null
      ? null
      : Math.floor(Math.min(modified, now) / 1000) * 1000,
    isSettled: isContentSettled && isStatusSettled,
  };
}

function toNumbers({ ino, size, mtime, birthtime }: FileIdentity): number[] {
  return [ino ?? 0, size, mtime?.getTime() ?? 0, birthtime?.getTime() ?? 0].map(Math.round);
}

function toSamples(source: FileSource): Uint8Array[] {
  const last = source.length - SAMPLE;
  if (last <= 0) return [source.read(0, source.length)];
  return [0, Math.floor(last / 2), last].map((offset) => source.read(offset, SAMPLE));
}

function digest(...pieces: Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const piece of pieces) hash.update(piece);
  return hash.digest().subarray(0, TAG_OCTETS).toString("base64url");
}
