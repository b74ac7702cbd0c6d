/**
 * WHAT ANSWERS: the listing of a folder that has no index page.
 *
 *   stat ─ read ─┬─ at most 2,000 entries ─ look at each, sort, write ─ one answer with ETag and length
 *                └─ more ─ the same in slices ─ a stream, whose beginning goes out at once
 *
 * A small folder is listed in some milliseconds without giving way, so its answer is one piece with
 * everything that a representation has: conditions, length, HEAD. A big one would hold up every other
 * connection; it is worked on in slices of a few milliseconds, made when the peer takes them.
 *
 * Nearly all of the time goes into the stat of each entry. So a small listing answers again for 10 ms, as
 * long as the folder's own stat says that no name came or went. That says so surely only if the folder
 * was last changed some time before it was read: file systems date a change by a clock that ticks every
 * 1 to 10 ms, and two changes within a tick look like one. Sizes and times may be 10 ms old, which is
 * what an answer may take on its way; and a folder that everybody looks at costs little more than one
 * that one looks at.
 */

import { createHash } from "node:crypto";
import { FieldBlock } from "../../http1/field_block.ts";
import type { HttpRequest, HttpResponse } from "../../server/handler.ts";
import { textAnswer } from "../../server/text_answer.ts";
import { MemorySource } from "../byte_source.ts";
import { Representation } from "../representation.ts";
import { giveWay } from "./give_way.ts";
import { readBeside, readNow, toEntries } from "./listing_entries.ts";
import type { DirectoryReader, EntryRules } from "./listing_entries.ts";
import type { ListingFormat, ListingHead } from "./listing_format.ts";
import { jsonFormat } from "./listing_json.ts";
import { sortInSlices, toComparator } from "./listing_order.ts";
import { PageFormat } from "./listing_page.ts";
import { parseOrder, wantsJson } from "./listing_request.ts";
import { toAbsence } from "./locate.ts";

/** What is the same for every folder that is listed. */
export interface ListingOptions extends EntryRules {
  /** Where `listing.css`, `listing.js` and `favicon.svg` lie; they are read once, when the listing is made. */
  readonly staticDirectory: string | URL;
  /** Whether pages link to `?archive=tar`. */
  readonly hasArchive: boolean;
  /** What reads folders; `Deno` unless given. */
  readonly reader?: DirectoryReader;
}

/** A folder that is to be listed. */
export interface ListedFolder {
  /** Where it is on the disk. */
  readonly path: string;
  /** The request's path as it was sent, without query; it ends with `/`. */
  readonly urlPath: string;
}

/** Entries of a folder that is listed in one go. */
const MOST_AT_ONCE = 2000;
/** A folder whose own size is above this has thousands of entries, whatever the file system. Octets. */
const LARGE_FOLDER = 262_144;
/** How many entries are written before they go out. */
const PIECE = 1000;
const TRUSTED_MS = 10;
const MOST_TRUSTED = 8;
/** Twice what a file system's clock may lag behind. */
const SETTLED_MS = 20;
const TAG_OCTETS = 16;
const NOT_READABLE = textAnswer(403, "This folder may not be listed");
const encoder = new TextEncoder();

/** A format and what goes with it into the answer's head. */
interface Form {
  readonly format: ListingFormat;
  readonly mediaType: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** The listing in pieces; null where others should have their turn. */
type Pieces = Generator<string | null, void>;

interface Trusted {
  readonly representation: Representation;
  /** The folder's own stat, as text. */
  readonly state: string;
  /** By the clock of `performance`. */
  readonly until: number;
}

/** Lists folders, as pages and as JSON. */
export class Listing {
  readonly #rules: EntryRules;
  readonly #reader: DirectoryReader;
  readonly #page: Form;
  readonly #json: Form;
  readonly #trusted = new Map<string, Trusted>();

  /** Throws `Error` where the parts of the page cannot be read. */
  constructor(options: ListingOptions) {
    const { staticDirectory, hasArchive, reader = Deno } = options;
    this.#rules = options;
    this.#reader = reader;
    const format = new PageFormat({
      style: readPart(staticDirectory, "listing.css"),
      script: readPart(staticDirectory, "listing.js"),
      icon: readPart(staticDirectory, "favicon.svg"),
      hasArchive,
    });
    const fields = [["Cache-Control", "no-cache"], ["Vary", "Accept"]] as const;
    this.#page = {
      format,
      mediaType: "text/html; charset=utf-8",
      fields: [...fields, ["Content-Security-Policy", format.policy]],
    };
    this.#json = { format: jsonFormat, mediaType: "application/json", fields };
  }

  /** The answer to `request`, whose method is GET or HEAD; null where the folder is gone. */
  answer(
    request: HttpRequest,
    folder: ListedFolder,
  ): HttpResponse | null | Promise<HttpResponse | null> {
    try {
      return this.#answer(request, folder);
    } catch (error) {
      return toRefusal(error);
    }
  }

  #answer(
    request: HttpRequest,
    { path, urlPath }: ListedFolder,
  ): HttpResponse | Promise<HttpResponse | null> {
    const order = parseOrder("query" in request.target ? request.target.query : null);
    const form = wantsJson(request.fields.get("accept")) ? this.#json : this.#page;
    const info = this.#reader.statSync(path);
    const key = [form.mediaType, order.column, order.isDescending, urlPath, path].join("\0");
    const state = toState(info);
    const isSettled = Date.now() - (info.mtime?.getTime() ?? Infinity) > SETTLED_MS;
    const trusted = this.#trusted.get(key);
    if (trusted?.state === state && performance.now() < trusted.until) {
      return trusted.representation.answer(request);
    }
    const answerWith = (found: Deno.DirEntry[]): HttpResponse => {
      const pieces = this.#write(found, { path, form, head: { ...toNames(urlPath), order } });
      if (found.length > MOST_AT_ONCE) return toStreamed(form, pieces);
      const representation = toRepresentation(form, pieces);
      if (isSettled) {
        this.#trust(key, { representation, state, until: performance.now() + TRUSTED_MS });
      }
      return representation.answer(request);
    };
    const reading = { reader: this.#reader, showDotfiles: this.#rules.showDotfiles };
    return info.size > LARGE_FOLDER
      ? readBeside(path, reading).then(answerWith).catch(toRefusal)
      : answerWith(readNow(path, reading));
  }

  /** The listing in pieces; null where others should have their turn. */
  *#write(
    found: readonly Deno.DirEntry[],
    { path, form, head }: { path: string; form: Form; head: ListingHead },
  ): Generator<string | null, void> {
    const { format } = form;
    yield format.begin(head);
    const unsorted = yield* toEntries(found, { path, reader: this.#reader, rules: this.#rules });
    const entries = yield* sortInSlices(unsorted, toComparator(head.order));
    yield format.summary(head, entries);
    for (let i = 0; i < entries.length;) {
      const end = Math.min(i + PIECE, entries.length);
      let piece = "";
      for (; i < end; i++) piece += format.entry(entries[i]!, i);
      yield piece;
    }
    yield format.end(head, entries);
  }

  #trust(key: string, trusted: Trusted): void {
    this.#trusted.delete(key);
    // A map keeps the order of insertion, so its first key is the oldest.
    for (const [oldest, { until }] of this.#trusted) {
      if (this.#trusted.size < MOST_TRUSTED && performance.now() < until) break;
      this.#trusted.delete(oldest);
    }
    this.#trusted.set(key, trusted);
  }
}

/** What changes when a name comes or goes. */
function toState({ dev, ino, size, nlink, mtime, ctime }: Deno.FileInfo): string {
  return [dev, ino, size, nlink, mtime?.getTime(), ctime?.getTime()].join();
}

/** A part of the page without the essay at its top, which is for whoever reads it here. */
function readPart(directory: string | URL, name: string): string {
  const path = directory instanceof URL
    ? new URL(name, directory.href.endsWith("/") ? directory : `${directory.href}/`)
    : `${directory}/${name}`;
  try {
    return Deno.readTextFileSync(path).replace(/^\/\*.*?\*\/\s*/s, "");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot read the listing's ${name}: ${reason}`, { cause: error });
  }
}

/** The path as people read it. A segment that is no UTF-8 stays as it was sent: it is only shown. */
function toNames(urlPath: string): { path: string; segments: string[] } {
  const segments = urlPath.split("/").slice(1, -1).map((segment) => {
    try {
      return decodeURIComponent(segment);
    } catch {
      return segment;
    }
  });
  return { path: segments.length === 0 ? "/" : `/${segments.join("/")}/`, segments };
}

function toRepresentation(form: Form, pieces: Iterable<string | null>): Representation {
  let text = "";
  for (const piece of pieces) if (piece !== null) text += piece;
  const octets = encoder.encode(text);
  const digest = createHash("sha256").update(octets).digest().subarray(0, TAG_OCTETS);
  return new Representation(new MemorySource(octets), {
    mediaType: form.mediaType,
    etag: `"${digest.toString("base64url")}"`,
    lastModified: null,
    fields: form.fields,
  });
}

function toStreamed(form: Form, pieces: Pieces): HttpResponse {
  return {
    status: 200,
    fields: new FieldBlock([
      ["Content-Type", form.mediaType],
      ["X-Content-Type-Options", "nosniff"],
      ...form.fields,
    ]),
    content: toStream(pieces),
  };
}

/** Works when it is asked, never for more than a slice at a time, and no more once it is cancelled. */
function toStream(pieces: Pieces): ReadableStream<Uint8Array> {
  let isCancelled = false;
  return new ReadableStream({
    async pull(controller) {
      for (;;) {
        await giveWay();
        if (isCancelled) return;
        const { done, value } = pieces.next();
        if (done) return controller.close();
        if (value !== null) return controller.enqueue(encoder.encode(value));
      }
    },
    cancel() {
      isCancelled = true;
    },
  }, { highWaterMark: 0 });
}

function toRefusal(error: unknown): HttpResponse | null {
  return toAbsence(error).kind === "forbidden" ? NOT_READABLE : null;
}
