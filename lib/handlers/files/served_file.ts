/**
 * WHAT ANSWERS: a file that was found, with the answers that are made of it.
 *
 * Small files are read into memory once; of others only the status is kept, and each answer opens the
 * file. Either way the file is the same one as long as its status is; one that was changed a moment ago
 * is read anew each time, until that is past (see `file_validators.ts`).
 *
 * Its coded variants, if it has any, are chosen for each request; see `compression.ts`.
 */

import type { ContentCoding } from "../../http1/content_codings.ts";
import type { HttpRequest, HttpResponse } from "../../server/handler.ts";
import { MemorySource } from "../byte_source.ts";
import { Representation, type RepresentationOptions } from "../representation.ts";
import type { CodedFiles } from "./coded_files.ts";
import {
  type CodedKind,
  isVarying,
  NOT_ACCEPTABLE,
  selectVariant,
  toCodedEtag,
  toCodingFields,
  VARY,
} from "./compression.ts";
import { FileChanged, type FileIdentity, FileSource, isSameFile } from "./file_source.ts";
import { type FileValidators, toValidators } from "./file_validators.ts";
import { toAbsence } from "./locate.ts";
import type { Sibling } from "./siblings.ts";

/** Files of at most so many octets are kept in memory. */
const SMALL_FILE = 262_144;

/** What a served file is made of. */
export interface ServedFileOptions {
  /** The file's status, by which it is known again. */
  readonly identity: FileIdentity;
  readonly mediaType: string;
  /** Lines for each answer, such as Cache-Control. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** What makes coded variants; null where there are none. */
  readonly coded: CodedFiles | null;
  /** Whether a path that exists may be served: the way to the file may be another one by now. */
  readonly isServed: (path: string) => boolean;
  /** The file, opened when `identity` was asked for; the caller calls `release` when it has its answer. */
  readonly pinned?: Deno.FsFile | null;
}

let turn = 0;
let isTurnKnown = false;

/**
 * A number that is the same for all who ask before anybody outside can have done anything: requests that
 * arrived together share a look at the file, and no answer is older than its request.
 */
function presentTurn(): number {
  if (!isTurnKnown) {
    isTurnKnown = true;
    // It runs behind everything that can run by now, and before the sockets are asked again.
    queueMicrotask(() => {
      turn++;
      isTurnKnown = false;
    });
  }
  return turn;
}

/** A file as it was when it was found. */
export class ServedFile {
  /** Octets of memory that it holds. */
  readonly weight: number;
  readonly #path: string;
  readonly #options: ServedFileOptions;
  readonly #source: FileSource;
  /** All of it, where it is small. */
  readonly #content: Uint8Array | null;
  readonly #validators: FileValidators;
  readonly #isCompressible: boolean;
  readonly #siblings: readonly Sibling[];
  readonly #identity: Representation;
  /** The turn in which the file was looked at last. */
  #lookedAt = presentTurn();

  /** Reads the file if it is small. Throws `FileChanged`, or what opening and reading it throws. */
  static open(path: string, options: ServedFileOptions): ServedFile {
    const source = new FileSource(path, options.identity, options.pinned);
    try {
      return new ServedFile(path, source, options);
    } catch (error) {
      source.release();
      throw error;
    }
  }

  private constructor(path: string, source: FileSource, options: ServedFileOptions) {
    const { identity, coded, mediaType, fields } = options;
    this.#path = path;
    this.#options = options;
    this.#source = source;
    const isSmall = identity.size <= SMALL_FILE;
    const content = isSmall ? this.#source.read(0, identity.size) : null;
    this.#content = content;
    this.#validators = toValidators(identity, content);
    this.#isCompressible = coded !== null && coded.isCompressible(mediaType);
    this.#siblings = coded === null ? [] : coded.findSiblings(path, { mediaType, file: identity });
    this.weight = content === null ? 0 : content.length;
    this.#identity = new Representation(
      content === null ? this.#source : new MemorySource(content),
      this.#describe(this.#validators.etag, this.#isVarying ? [...fields, VARY] : fields),
    );
  }

  /** Whether the file is still what it was, and what lies beside it too. */
  isCurrent(): boolean {
    if (!this.#validators.isSettled) return false;
    const turn = presentTurn();
    if (turn === this.#lookedAt) return true;
    this.#lookedAt = turn;
    const { identity, coded, mediaType, isServed } = this.#options;
    try {
      if (!isSameFile(Deno.statSync(this.#path), identity)) return false;
      if (!isServed(this.#path)) return false;
      return coded === null ||
        areSame(coded.findSiblings(this.#path, { mediaType, file: identity }), this.#siblings);
    } catch {
      // Whatever it is, finding the file anew will tell.
      return false;
    }
  }

  /** Closes what was pinned, if the answer does not need it. */
  release(): void {
    this.#source.release();
  }

  /** The answer to GET or HEAD. Throws, or rejects with, `FileChanged`, or what opening the file throws. */
  answer(request: HttpRequest): HttpResponse | Promise<HttpResponse> {
    const { coded } = this.#options;
    return coded === null ? this.#identity.answer(request) : this.#answerVariant(request, coded);
  }

  #answerVariant(request: HttpRequest, coded: CodedFiles): HttpResponse | Promise<HttpResponse> {
    const variant = selectVariant(request.fields.get("accept-encoding"), {
      isCompressible: this.#isCompressible,
      length: this.#source.length,
      siblings: this.#siblings,
      isBusy: coded.isBusy,
    });
    if (variant === null) return NOT_ACCEPTABLE;
    switch (variant.kind) {
      case "identity":
        return this.#identity.answer(request);
      case "sibling":
        return this.#answerSibling(request, variant.sibling);
      case "streamed": {
        const { coding } = variant;
        const description = this.#describeCoded(coding, {
          kind: "streamed",
          etag: this.#validators.etag,
        });
        return coded.stream(this.#source, { ...description, coding }).answer(request);
      }
      case "kept": {
        const { coding, isForced } = variant;
        const readAll = () => this.#source.read(0, this.#source.length);
        // What is pinned is closed when this returns.
        const octets = this.#content ?? (this.#options.pinned ? readAll() : null);
        const read = octets === null ? readAll : () => octets;
        const kept = coded.keep(`${this.#path}\0${this.#validators.etag}`, {
          coding,
          isForced,
          read,
          represent: (octets) =>
            new Representation(
              new MemorySource(octets),
              this.#describeCoded(coding, { kind: "kept", etag: this.#validators.etag }),
            ),
        });
        if (!(kept instanceof Promise)) return (kept ?? this.#identity).answer(request);
        return kept.then((representation) => (representation ?? this.#identity).answer(request));
      }
    }
  }

  #answerSibling(request: HttpRequest, { coding, path, info }: Sibling): HttpResponse {
    const source = new FileSource(path, info);
    try {
      const { etag, lastModified } = toValidators(info, null);
      const description = this.#describeCoded(coding, { kind: "sibling", etag });
      return new Representation(source, { ...description, lastModified }).answer(request);
    } catch (error) {
      // What cannot be read is as good as not there.
      if (!(error instanceof FileChanged)) toAbsence(error);
      return this.#identity.answer(request);
    }
  }

  #describeCoded(
    coding: ContentCoding,
    { kind, etag }: { kind: CodedKind; etag: string },
  ): RepresentationOptions {
    const fields = [...this.#options.fields, ...toCodingFields(coding)];
    return this.#describe(toCodedEtag(etag, { coding, kind }), fields);
  }

  #describe(etag: string, fields: ServedFileOptions["fields"]): RepresentationOptions {
    const { lastModified } = this.#validators;
    return {
      mediaType: this.#options.mediaType,
      fields,
      etag,
      lastModified,
      // Within two seconds some file systems count two changes as one.
      isDateStrong: lastModified !== null && Date.now() - lastModified > 2_000,
    };
  }

  get #isVarying(): boolean {
    return isVarying({
      isCompressible: this.#isCompressible,
      length: this.#source.length,
      siblings: this.#siblings,
    });
  }
}

function areSame(a: readonly Sibling[], b: readonly Sibling[]): boolean {
  return a.length === b.length &&
    a.every((one, i) => one.path === b[i]!.path && isSameFile(one.info, b[i]!.info));
}
