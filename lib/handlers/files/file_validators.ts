/**
 * WHAT ANSWERS (RFC 9110 8.8): what vouches for a version of a file.
 *
 *   small file    its entity-tag is a digest of its content
 *   big file      inode, size and times; a number that is used once where those may not tell
 *
 * Times are coarse: Deno tells that of a file's content in milliseconds, that of its status in seconds.
 * A file whose content has changed a moment ago may change again and show the same: then the tag is used
 * once, which is over soon. One whose status has changed a moment ago may be written anew and be given
 * its old date within the same second; nothing tells that, so it is at least never remembered.
 */

import { createHash } from "node:crypto";
import type { FileIdentity } from "./file_source.ts";

/** After its last change a file may change again unnoticed for some ticks of the kernel. Milliseconds. */
const CONTENT_SETTLES = 50;
/** And may be given its old date, which shows in the status only when a second is over. Milliseconds. */
const STATUS_SETTLES = 2_000;
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

/** What vouches for a file; `content` is all of it where it is in memory. */
export function toValidators(identity: FileIdentity, content: Uint8Array | null): FileValidators {
  const now = Date.now();
  const modified = identity.mtime?.getTime() ?? 0;
  const isContentSettled = Math.abs(now - modified) > CONTENT_SETTLES;
  const isStatusSettled = now - (identity.ctime?.getTime() ?? 0) > STATUS_SETTLES;
  const parts = toNumbers(identity);
  if (!isContentSettled) parts.push(now, singleUse++);
  return {
    etag: `"${
      content === null ? parts.map((part) => part.toString(36)).join("-") : digest(content)
    }"`,
    // A date in the future says nothing (RFC 9110 8.8.2.1).
    lastModified: modified < 0 || identity.mtime === null
      ? null
      : Math.floor(Math.min(modified, now) / 1000) * 1000,
    isSettled: isContentSettled && isStatusSettled,
  };
}

function toNumbers({ ino, size, mtime, ctime, birthtime }: FileIdentity): number[] {
  const times = [mtime, ctime, birthtime].map((time) => Math.round(time?.getTime() ?? 0));
  return [ino ?? 0, size, ...times];
}

function digest(content: Uint8Array): string {
  return createHash("sha256").update(content).digest().subarray(0, TAG_OCTETS).toString(
    "base64url",
  );
}
