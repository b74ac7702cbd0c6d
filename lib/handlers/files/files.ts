/**
 * WHAT ANSWERS: a folder.
 *
 *   method --> remembered? --> path to names --> what lies there --> file: its representation
 *                                                    |           --> folder: index, listing, or redirect
 *                                                    +--> nothing: clean URL, SPA, 404.html, 404
 *
 * A file that was found is remembered under the path by which it was asked for, together with its
 * answer, and looked at again before it is given again: while its status is the same, so is the answer.
 * What would make a path lead elsewhere without changing that status is not remembered: an index that
 * was not the first choice, and whatever stands in for something that is missing.
 */

import { FieldBlock } from "../../http1/field_block.ts";
import type { Handler, HttpRequest, HttpResponse } from "../../server/handler.ts";
import { textAnswer } from "../../server/text_answer.ts";
import { notFoundPage } from "../not_found_page.ts";
import { answerUnlessReading } from "../read_methods.ts";
import { CachePolicy } from "./cache_policy.ts";
import { CodedFiles } from "./coded_files.ts";
import { FileChanged } from "./file_source.ts";
import { FolderAnswers } from "./folder_answers.ts";
import { type Located, Root, toAbsence } from "./locate.ts";
import { MediaTypes } from "./media_types.ts";
import { RememberedFiles } from "./remembered_files.ts";
import { isHiddenName, parseRootPath, type RootPath } from "./root_path.ts";
import { ServedFile } from "./served_file.ts";

/** How a folder is served. What is false unless given is more than a stranger should see by default. */
export interface FilesOptions {
  /** The folder, or a single file. */
  readonly root: string;
  /** Where the pages that the server itself shows lie; read once, at the start. */
  readonly staticDirectory: string | URL;
  /** Names that answer for their folder, the first that is there; index.html and index.htm unless given. */
  readonly index?: readonly string[];
  /** Whether folders without an index are listed; true unless given. */
  readonly listing?: boolean;
  /** Whether folders can be had as archives, by `?archive=tar`. */
  readonly archive?: boolean;
  /** Whether names that begin with a dot are served; `.well-known` is in any case. */
  readonly dotfiles?: boolean;
  /** Whether links may lead out of the root. */
  readonly followSymlinks?: boolean;
  /** Whether unknown paths that want HTML get the root's index. */
  readonly spa?: boolean;
  /** Whether `/a` answers with `a.html` where there is no `a`. */
  readonly cleanUrls?: boolean;
  /** Whether content is sent in codings; true unless given. */
  readonly compress?: boolean;
  /** Knows media types; those of the table unless given. */
  readonly mediaTypes?: MediaTypes;
  /** Knows what caches may do; see `CachePolicy` for what unless given. */
  readonly cachePolicy?: CachePolicy;
  /** Told, with the path as it was sent, why something that is there is not served. */
  readonly onRefusal?: (path: string, reason: string) => void;
}

/** What a handler returns. */
type Answer = HttpResponse | Promise<HttpResponse>;
type LocatedFile = Extract<Located, { kind: "file" }>;

/** A request on its way to an answer. */
interface Asked {
  readonly request: HttpRequest;
  /** Its path as it was sent. */
  readonly path: string;
  readonly names: readonly string[];
  readonly isFolder: boolean;
}

const BAD_PATH = textAnswer(400, "The path is none that a file can have");
const FORBIDDEN = textAnswer(403, "The server may not read this");
const BUSY = textAnswer(503, "The server cannot open the file at the moment", ["Retry-After", "1"]);
const NOT_FOUND_NAME = "404.html";

/**
 * Serves `options.root`. Throws a `Deno.errors` error where it cannot be found, and `Error` where the
 * server's own pages cannot be read.
 */
export function files(options: FilesOptions): Handler {
  const server = new FileServer(options);
  return (request) => server.answer(request);
}

class FileServer {
  readonly #options: FilesOptions;
  readonly #index: readonly string[];
  readonly #root: Root;
  /** The name of the only file that is served; null for a folder. */
  readonly #only: string | null;
  readonly #remembered = new RememberedFiles();
  readonly #mediaTypes: MediaTypes;
  readonly #cachePolicy: CachePolicy;
  readonly #coded: CodedFiles | null;
  readonly #folders: FolderAnswers;
  readonly #notFound: HttpResponse;
  /** Whether a file is opened before it is described: it has changed once while it was being found. */
  #isPinning = false;

  constructor(options: FilesOptions) {
    const { root, index, followSymlinks = false, staticDirectory, compress = true } = options;
    this.#options = options;
    this.#index = index ?? ["index.html", "index.htm"];
    const real = Deno.realPathSync(root);
    const isFile = Deno.statSync(real).isFile;
    const slash = Math.max(real.lastIndexOf("/"), real.lastIndexOf("\\"));
    this.#only = isFile ? real.slice(slash + 1) : null;
    this.#root = new Root(isFile ? real.slice(0, slash + 1) : real, { followSymlinks });
    this.#mediaTypes = options.mediaTypes ?? new MediaTypes();
    this.#cachePolicy = options.cachePolicy ?? new CachePolicy();
    const isServed = (path: string) => this.#root.isServed(path);
    this.#coded = compress ? new CodedFiles({ isServed }) : null;
    this.#folders = new FolderAnswers({ ...options, isServed });
    this.#notFound = notFoundPage(staticDirectory);
  }

  answer(request: HttpRequest): Answer {
    const other = answerUnlessReading(request.method);
    if (other !== null) return other;
    const { target } = request;
    // Targets without a path belong to methods that were answered above (RFC 9112 3.2).
    if (!("path" in target)) return BAD_PATH;
    const { path } = target;
    const file = this.#remembered.get(path);
    try {
      const answer = file === null ? this.#find(path, request) : file.answer(request);
      return answer instanceof Promise
        ? answer.catch((error) => this.#tryAgain(error, { path, request }))
        : answer;
    } catch (error) {
      return this.#tryAgain(error, { path, request });
    }
  }

  /** A file may be replaced between the look at it and its opening: then what is there now counts. */
  #tryAgain(error: unknown, { path, request }: { path: string; request: HttpRequest }): Answer {
    if (!(error instanceof FileChanged)) return this.#toRefusal(error, request);
    this.#remembered.forget(path);
    this.#isPinning = true;
    try {
      const answer = this.#find(path, request);
      return answer instanceof Promise
        ? answer.catch((again) => this.#toRefusal(again, request))
        : answer;
    } catch (again) {
      return this.#toRefusal(again, request);
    } finally {
      this.#isPinning = false;
    }
  }

  #find(path: string, request: HttpRequest): Answer {
    const parsed = parseRootPath(path);
    if (parsed === "bad") return BAD_PATH;
    if (parsed === "empty-name") return this.#missing(request, null);
    const asked = { request, path, ...parsed };
    if (this.#only !== null) return this.#findOnly(asked);
    const located = this.#root.locate(parsed.names);
    if (!this.#options.dotfiles && parsed.names.some(isHiddenName)) {
      if (located.kind !== "missing") this.#tell(path, "a name begins with a dot (see --dotfiles)");
      return this.#missing(request, null);
    }
    switch (located.kind) {
      case "file":
        if (parsed.isFolder) return this.#missing(request, null);
        return this.#serve(located, { request, names: parsed.names, key: path });
      case "folder":
        return parsed.isFolder ? this.#serveFolder(asked, located.path) : redirect(request);
      case "missing":
        return this.#missing(request, parsed);
      case "forbidden":
        return FORBIDDEN;
      case "outside":
        this.#tell(path, "a link leads out of the folder (see --follow-symlinks)");
        return this.#missing(request, null);
      case "special":
        this.#tell(path, "it is neither a file nor a folder");
        return this.#missing(request, null);
    }
  }

  #findOnly({ request, path, names, isFolder }: Asked): Answer {
    const only = this.#only!;
    const isAsked = names.length === 0 || (names.length === 1 && names[0] === only && !isFolder);
    const located = isAsked ? this.#root.locate([only]) : null;
    return located?.kind === "file"
      ? this.#serve(located, { request, names: [only], key: path })
      : this.#missing(request, null);
  }

  /** `key` is what the file is remembered by; null where it stands in for something else. */
  #serve(
    { path, info }: LocatedFile,
    { request, names, key }: { request: HttpRequest; names: readonly string[]; key: string | null },
  ): Answer {
    // A file that changes all the time is described as what was opened.
    const { pinned, identity } = this.#isPinning ? pin(path) : { pinned: null, identity: info };
    const file = ServedFile.open(path, {
      identity,
      pinned,
      mediaType: this.#mediaTypes.of(path),
      fields: [["Cache-Control", this.#cachePolicy.of(`/${names.join("/")}`)]],
      coded: this.#coded,
      isServed: (one) => this.#root.isServed(one),
    });
    if (key !== null && pinned === null) this.#remembered.set(key, file);
    try {
      return file.answer(request);
    } finally {
      file.release();
    }
  }

  #serveFolder(asked: Asked, folder: string): Answer {
    const { request, path } = asked;
    for (const [rank, name] of this.#index.entries()) {
      const names = [...asked.names, name];
      const located = this.#root.locate(names);
      if (located.kind === "file") {
        return this.#serve(located, { request, names, key: rank === 0 ? path : null });
      }
      if (located.kind === "outside") {
        this.#tell(path, `${name} is a link that leads out of the folder`);
      }
    }
    const answer = this.#folders.answer(request, { path: folder, urlPath: path });
    if (answer instanceof Promise) {
      return answer.then((settled) => settled ?? this.#missing(request, null));
    }
    return answer ?? this.#missing(request, null);
  }

  /** What is served in place of what is missing. `parsed` is the path where other files may stand in for it. */
  #missing(request: HttpRequest, parsed: RootPath | null): Answer {
    if (parsed !== null) {
      const standIn = this.#findStandIn(request, parsed);
      if (standIn !== null) return this.#serve(standIn.located, { ...standIn, request, key: null });
    }
    return (this.#only === null ? this.#ownNotFound(request) : null) ?? this.#notFound;
  }

  #findStandIn(
    request: HttpRequest,
    { names, isFolder }: RootPath,
  ): { located: LocatedFile; names: readonly string[] } | null {
    const { cleanUrls = false, spa = false } = this.#options;
    const candidates: string[][] = [];
    if (cleanUrls && !isFolder && names.length > 0) {
      candidates.push([...names.slice(0, -1), `${names.at(-1)}.html`]);
    }
    if (spa && wantsHtml(request)) candidates.push(...this.#index.map((name) => [name]));
    for (const candidate of candidates) {
      const located = this.#root.locate(candidate);
      if (located.kind === "file") return { located, names: candidate };
    }
    return null;
  }

  /** The root's own page for what is missing, with its status; null where there is none. */
  #ownNotFound({ target }: HttpRequest): HttpResponse | null {
    const located = this.#root.locate([NOT_FOUND_NAME]);
    if (located.kind === "outside") {
      this.#tell(target.raw, `${NOT_FOUND_NAME} is a link that leads out of the folder`);
    }
    const content = located.kind === "file" ? readIfAllowed(located.path) : null;
    return content && {
      status: 404,
      fields: new FieldBlock([
        ["Content-Type", this.#mediaTypes.of(NOT_FOUND_NAME)],
        ["X-Content-Type-Options", "nosniff"],
        ["Cache-Control", "no-cache"],
      ]),
      content,
    };
  }

  /** What opening or reading a file threw, as an answer. Throws what is none. */
  #toRefusal(error: unknown, request: HttpRequest): Answer {
    const code = (error as { code?: string }).code;
    if (error instanceof FileChanged || code === "EMFILE" || code === "ENFILE") return BUSY;
    return toAbsence(error).kind === "forbidden" ? FORBIDDEN : this.#missing(request, null);
  }

  #tell(path: string, reason: string): void {
    this.#options.onRefusal?.(path, reason);
  }
}

/** A folder's name without its slash: relative links on its page would lead beside it. */
function redirect({ target, base }: HttpRequest): HttpResponse {
  const { path, query } = target as { path: string; query: string | null };
  const location = `${base}${path}/${query === null ? "" : `?${query}`}`;
  return textAnswer(301, "This is a folder; its name ends with a slash", ["Location", location]);
}

/** The file at `path`, opened, and its status. Throws what either throws. */
function pin(path: string): { pinned: Deno.FsFile; identity: Deno.FileInfo } {
  const pinned = Deno.openSync(path);
  try {
    return { pinned, identity: pinned.statSync() };
  } catch (error) {
    pinned.close();
    throw error;
  }
}

/** Null where the file may not be read, or is gone by now. */
function readIfAllowed(path: string): Uint8Array | null {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    toAbsence(error);
    return null;
  }
}

/** Whether the peer is one that shows pages: an app's own requests for data and pictures are not for it. */
function wantsHtml({ fields }: HttpRequest): boolean {
  return (fields.get("accept") ?? "").toLowerCase().split(",").some((member) => {
    const [range = "", ...parameters] = member.split(";").map((part) => part.trim());
    return range === "text/html" && !parameters.some((one) => /^q=0(?:\.0*)?$/.test(one));
  });
}
