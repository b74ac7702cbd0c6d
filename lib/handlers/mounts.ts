/**
 * WHAT ANSWERS: several handlers side by side, each below a path of its own.
 *
 *   /assets/app.css   --> /assets=./public    is asked for /app.css, with the base /assets
 *   /api/users?n=1    --> /api=app.ts         is asked for /users?n=1, with the base /api
 *   /apiary           --> the rest            /api is a segment and no beginning of a name
 *
 * The longest prefix wins. They are compared segment by segment with escapes undone: `/%61pi` is `/api`, as
 * it is for every handler that decodes it. `..` is not resolved here: before a prefix it is a name like
 * any other and matches nothing, below it is the handler's to refuse.
 */

import { decodePath } from "../http1/request_target.ts";
import type { RequestTarget } from "../http1/request_target.ts";
import type { Handler, HttpRequest, HttpResponse } from "../server/handler.ts";
import { textAnswer } from "../server/text_answer.ts";
import { DerivedRequest } from "./derived_request.ts";
import { SettingError } from "./setting_error.ts";

/** A handler and the path below which it answers. */
export interface Mount {
  /** Begins with a slash and does not end with one. */
  readonly prefix: string;
  readonly handler: Handler;
  /** Whether the prefix alone is redirected to the one with a slash, as the name of a folder is. */
  readonly isFolder: boolean;
}

/**
 * Answers with the mount whose prefix is the longest that fits, and with `rest` where none does. Throws
 * `SettingError` where two mounts have the same prefix.
 */
export function withMounts(mounts: readonly Mount[], rest: Handler): Handler {
  const table = new Map<string, Mount>();
  for (const mount of mounts) {
    if (table.has(mount.prefix)) {
      throw new SettingError(`Cannot mount two things at ${mount.prefix}`, "give one of them");
    }
    table.set(mount.prefix, mount);
  }
  const findPrefix = toPrefixFinder([...table.keys()]);
  return (request) => {
    const { target } = request;
    const found = findPrefix(target);
    if (found === null || !("path" in target)) return rest(request);
    const { handler, isFolder } = table.get(found.prefix)!;
    const { end } = found;
    if (isFolder && end === target.path.length) return redirect(request.base, target);
    return handler(new MountedRequest(request, { target, end }));
  };
}

/** The longest prefix that a path has, and where it ends in the path as it was sent. */
interface FoundPrefix {
  readonly prefix: string;
  readonly end: number;
}

/** What finds the longest of `prefixes` that a request-target's path lies below; null where it is none. */
export function toPrefixFinder(
  prefixes: readonly string[],
): (target: RequestTarget) => FoundPrefix | null {
  const known = new Set(prefixes);
  const deepest = Math.max(0, ...prefixes.map((prefix) => prefix.split("/").length - 1));
  return (target) => {
    if (!("path" in target)) return null;
    // A segment that cannot be decoded equals no other.
    const segments = target.path.split("/", deepest + 1).map((segment) =>
      decodePath(segment) ?? "/"
    );
    for (let depth = segments.length - 1; depth > 0; depth--) {
      const prefix = segments.slice(0, depth + 1).join("/");
      if (known.has(prefix)) return { prefix, end: endOfSegments(target.path, depth) };
    }
    return null;
  };
}

type PathTarget = Extract<RequestTarget, { readonly path: string }>;

/** Where the first `depth` segments of `path` end. */
function endOfSegments(path: string, depth: number): number {
  let end = 0;
  for (let left = depth; left > 0 && end >= 0; left--) end = path.indexOf("/", end + 1);
  return end < 0 ? path.length : end;
}

function redirect(base: string, { path, query }: PathTarget): HttpResponse {
  const location = `${base}${path}/${query === null ? "" : `?${query}`}`;
  return textAnswer(301, "This is a folder; its name ends with a slash", ["Location", location]);
}

/** A request as the handler below a mount sees it. */
class MountedRequest extends DerivedRequest {
  readonly #base: string;
  readonly #target: RequestTarget;

  /** `end` is where the prefix ends in `target`'s path. */
  constructor(request: HttpRequest, { target, end }: { target: PathTarget; end: number }) {
    super(request);
    this.#base = request.base + target.path.slice(0, end);
    this.#target = { ...target, path: target.path.slice(end) || "/" };
  }

  override get base(): string {
    return this.#base;
  }

  override get target(): RequestTarget {
    return this.#target;
  }
}
