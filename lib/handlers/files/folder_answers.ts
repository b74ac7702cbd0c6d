/**
 * WHAT ANSWERS: a folder that has no index: its listing, or, asked for as `?archive=tar`, all that is in it.
 */

import type { HttpRequest, HttpResponse } from "../../server/handler.ts";
import { textAnswer } from "../../server/text_answer.ts";
import { Representation } from "../representation.ts";
import { archiveFolder, TooManyEntries } from "./archive_folder.ts";
import { toAttachment } from "./content_disposition.ts";
import { type ListedFolder, Listing } from "./listing.ts";
import { toAbsence } from "./locate.ts";
import { isHiddenName } from "./root_path.ts";

/** How folders answer. */
export interface FolderOptions {
  /** Where the parts of the listing's page lie. */
  readonly staticDirectory: string | URL;
  /** Whether folders are listed; true unless given. */
  readonly listing?: boolean;
  /** Whether folders can be had as archives. */
  readonly archive?: boolean;
  /** Whether names that begin with a dot are shown. */
  readonly dotfiles?: boolean;
  /** Whether a path that exists may be served, links and all. */
  readonly isServed: (path: string) => boolean;
}

const TOO_MANY = textAnswer(403, "This folder holds too much for one archive");
const FORBIDDEN = textAnswer(403, "The server may not read this");

/** Answers for folders without an index. */
export class FolderAnswers {
  readonly #options: FolderOptions;
  readonly #listing: Listing | null;

  /** Throws `Error` where the parts of the listing's page cannot be read. */
  constructor(options: FolderOptions) {
    const { staticDirectory, listing = true, archive = false, dotfiles = false, isServed } =
      options;
    this.#options = options;
    this.#listing = listing
      ? new Listing({
        staticDirectory,
        hasArchive: archive,
        showDotfiles: dotfiles,
        isLinkServed: isServed,
      })
      : null;
  }

  /** The answer to GET or HEAD for `folder`; null where there is nothing to answer with. */
  answer(
    request: HttpRequest,
    folder: ListedFolder,
  ): HttpResponse | null | Promise<HttpResponse | null> {
    if (this.#options.archive && wantsArchive(request)) return this.#archive(request, folder);
    return this.#listing?.answer(request, folder) ?? null;
  }

  async #archive(request: HttpRequest, folder: ListedFolder): Promise<HttpResponse | null> {
    const { dotfiles = false, isServed } = this.#options;
    const name = nameOf(folder.path);
    try {
      const source = await archiveFolder(folder.path, {
        name,
        accepts: (path) => (dotfiles || !isHiddenName(nameOf(path))) && isServed(path),
        // Those that lead where nobody may look are not accepted.
        followSymlinks: true,
        signal: request.signal,
      });
      const { etag, lastModified } = source;
      return new Representation(source, {
        mediaType: "application/x-tar",
        etag,
        lastModified,
        fields: [["Cache-Control", "no-cache"], [
          "Content-Disposition",
          toAttachment(`${name}.tar`),
        ]],
      }).answer(request);
    } catch (error) {
      if (error instanceof TooManyEntries) return TOO_MANY;
      return toAbsence(error).kind === "forbidden" ? FORBIDDEN : null;
    }
  }
}

function wantsArchive({ target }: HttpRequest): boolean {
  return "query" in target && target.query !== null &&
    new URLSearchParams(target.query).get("archive") === "tar";
}

/** The name without the folders before it; the file system's root has none. */
function nameOf(path: string): string {
  return path.replace(/[/\\]+$/, "").split(/[/\\]/).at(-1) || "root";
}
