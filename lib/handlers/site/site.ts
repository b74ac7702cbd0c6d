/**
 * WHAT ANSWERS: the site that comes with the server, and in the executable lies inside it.
 *
 * A handful of files with known names, read once at the start and served from memory: no request opens
 * a file, so none can ask for one that is not meant for it. What a name means is a look-up in a
 * table, after the path's percent-encoding was undone, once; the query is ignored.
 *
 * Everything is revalidated at each use (`no-cache`) and costs a 304 as long as it has not changed: its
 * entity-tag is a digest of the content, so that it stays the same over restarts and machines.
 */

import { createHash } from "node:crypto";
import { decodePath } from "../../http1/request_target.ts";
import type { Handler } from "../../server/handler.ts";
import { MemorySource } from "../byte_source.ts";
import { notFoundPage } from "../not_found_page.ts";
import { toPagePolicy } from "../page_policy.ts";
import { answerUnlessReading } from "../read_methods.ts";
import { Representation } from "../representation.ts";
import { textAnswer } from "../../server/text_answer.ts";

/** What is served: a file of the directory, its media type, the paths it answers to. */
const FILES = [
  { name: "index.html", mediaType: "text/html; charset=utf-8", paths: ["/", "/index.html"] },
  { name: "test.jpg", mediaType: "image/jpeg", paths: ["/test.jpg"] },
  { name: "favicon.svg", mediaType: "image/svg+xml", paths: ["/favicon.svg"] },
  { name: "favicon.ico", mediaType: "image/vnd.microsoft.icon", paths: ["/favicon.ico"] },
] as const;
const HTML = "text/html; charset=utf-8";
const decoder = new TextDecoder();

/** 128 bits of a digest tell apart whatever will ever be served here. */
const TAG_OCTETS = 16;
const BAD_PATH = textAnswer(400, "The path holds an escape that means no character of a name");

/**
 * Reads the site in `directory` and returns what serves it. Throws `Error` where a file of it cannot be
 * read; nothing is read after that.
 */
export function embeddedSite(directory: string | URL): Handler {
  const resources = new Map<string, Representation>();
  for (const { name, mediaType, paths } of FILES) {
    const representation = toRepresentation(readFile(directory, name), mediaType);
    for (const path of paths) resources.set(path, representation);
  }
  const notFound = readPart(() => notFoundPage(directory));

  return (request) => {
    const other = answerUnlessReading(request.method);
    if (other !== null) return other;
    const { target } = request;
    // Targets without a path belong to methods that were answered above (RFC 9112 3.2).
    if (!("path" in target)) return BAD_PATH;
    // No name here has to be encoded, so most paths are found as they are.
    const plain = resources.get(target.path);
    if (plain !== undefined) return plain.answer(request);
    const path = decodePath(target.path);
    return path === null ? BAD_PATH : resources.get(path)?.answer(request) ?? notFound;
  };
}

interface SiteFile {
  readonly octets: Uint8Array;
  /** Milliseconds since 1970, a whole second, not in the future (RFC 9110 8.8.2.1). */
  readonly lastModified: number;
  /** Whether it was read so late that no change can follow in the same second. */
  readonly isSettled: boolean;
}

/** Files inside an executable may have no date, or an odd one: those count as new. */
function readFile(directory: string | URL, name: string): SiteFile {
  const path = directory instanceof URL
    ? new URL(name, directory.href.endsWith("/") ? directory : `${directory.href}/`)
    : `${directory}/${name}`;
  return readPart(() => {
    const octets = Deno.readFileSync(path);
    const now = Date.now();
    const modified = Deno.statSync(path).mtime?.getTime() ?? now;
    const isKnown = modified > 0 && modified <= now;
    const lastModified = Math.floor((isKnown ? modified : now) / 1000) * 1000;
    return { octets, lastModified, isSettled: now - lastModified >= 1000 };
  });
}

function readPart<Part>(read: () => Part): Part {
  try {
    return read();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot read the embedded site: ${reason}`, { cause: error });
  }
}

function toRepresentation(file: SiteFile, mediaType: string): Representation {
  const { octets, lastModified, isSettled } = file;
  const fields: [string, string][] = [["Cache-Control", "no-cache"]];
  if (mediaType === HTML) {
    fields.push(["Content-Security-Policy", toPagePolicy(decoder.decode(octets))]);
  }
  return new Representation(new MemorySource(octets), {
    mediaType,
    etag: `"${digest(octets).subarray(0, TAG_OCTETS).toString("base64url")}"`,
    lastModified,
    isDateStrong: isSettled,
    fields,
  });
}

function digest(data: Uint8Array) {
  return createHash("sha256").update(data).digest();
}
