/**
 * WHAT ANSWERS: a small framework, which is itself a fetch app: which function answers which path.
 *
 *   export default new Router([                      const app = new Router();
 *     ["/", index],                                  app.route("/", index);
 *     ["/login", { GET: form, POST: login }],        app.route("/login", { GET: form, POST: login });
 *     ["/users/:name", user],                        app.route("/users/:name", user);
 *     ["/blog/*", blog],                             export default app;
 *   ]);
 *
 * A pattern is a `URLPattern` of a path; the first that matches answers, in the order in which they were
 * given. A view gets the request and what its pattern found, and returns a `Response`, `html` or a text. Views
 * for GET answer HEAD too, OPTIONS is answered with what there is, any other method with 405.
 *
 * `read_form.ts` reads what a form posts. It ends where frameworks begin: no middleware (a view can call a
 * view), no templates but `html`, no sessions. A router is a view as well: below `/blog/*` it is asked for
 * the rest of the path.
 */

import { Html } from "../html.ts";
import { plainAnswer } from "./plain_answer.ts";

/** What a view returns: a text is plain text. */
export type Answer = Response | Html | string;

/** What a view is told beside the request. */
export interface Match {
  /** What the pattern's groups matched, decoded; a `*` is called 0. */
  readonly params: Readonly<Record<string, string>>;
  /** The request's address. */
  readonly url: URL;
  /** What stands before the path where the app is mounted below one, for links; "" at the root. */
  readonly base: string;
  /** What the server tells beside the request, as `deno serve` hands it to `fetch`. */
  readonly info: unknown;
}

/** Answers requests for a pattern. */
export type View = (request: Request, match: Match) => Answer | Promise<Answer>;

/** For each method the view that answers it. */
export type Views = Readonly<Record<string, View>>;

/** A pattern and what answers it: one view for GET, views by method, or a router for all that is below. */
export type Route = readonly [pattern: string, to: View | Views | Router];

interface Entry {
  /** Null where the pattern is a path and nothing else. */
  readonly pattern: URLPattern | null;
  readonly path: string;
  readonly to: Views | Router;
}

/** A fetch app that asks the view whose pattern matches. */
export class Router {
  readonly #entries: Entry[] = [];

  /** `routes` in the order in which they are tried. Throws `TypeError` for what is no pattern. */
  constructor(routes: readonly Route[] = []) {
    for (const [pattern, to] of routes) this.route(pattern, to);
  }

  /** Adds a route behind the others; returns the router. Throws `TypeError` for what is no pattern. */
  route(pattern: string, to: View | Views | Router): this {
    if (!pattern.startsWith("/")) {
      throw new TypeError(`Cannot route ${pattern}: begin it with a slash`);
    }
    this.#entries.push({
      pattern: /[:*?+{}()\\]/.test(pattern) ? new URLPattern({ pathname: pattern }) : null,
      path: pattern,
      to: typeof to === "function" ? { GET: to } : to,
    });
    return this;
  }

  /** Answers a request; what a fetch app has to have. */
  async fetch(request: Request, info?: unknown): Promise<Response> {
    const url = new URL(request.url);
    return toResponse(await this.#answer(request, { url, info, path: url.pathname }));
  }

  #answer(
    request: Request,
    { url, info, path }: { url: URL; info: unknown; path: string },
  ): Answer | Promise<Answer> {
    for (const { pattern, path: plain, to } of this.#entries) {
      const groups = pattern === null
        ? (plain === path ? {} : null)
        : pattern.exec({ pathname: path })?.pathname.groups ?? null;
      if (groups === null) continue;
      if (to instanceof Router) {
        return to.#answer(request, { url, info, path: `/${groups["0"] ?? ""}` });
      }
      const params = decodeGroups(groups);
      if (params === null) {
        return plainAnswer(400, "The path holds an escape that means no character");
      }
      const view = viewOf(to, request.method) ??
        (request.method === "HEAD" ? viewOf(to, "GET") : undefined);
      if (view !== undefined) return view(request, { params, url, base: toBase(info), info });
      return answerMethod(request.method, to);
    }
    return plainAnswer(404, "There is nothing here");
  }
}

/** A peer may call its method `toString`, which every object has. */
function viewOf(views: Views, method: string): View | undefined {
  return Object.hasOwn(views, method) ? views[method] : undefined;
}

/** Our server tells it; where another does not, the app is at the root. */
function toBase(info: unknown): string {
  const { base } = (info ?? {}) as { base?: unknown };
  return typeof base === "string" ? base : "";
}

function decodeGroups(
  groups: Readonly<Record<string, string | undefined>>,
): Record<string, string> | null {
  const params: Record<string, string> = {};
  try {
    for (const [name, value] of Object.entries(groups)) {
      if (value !== undefined) params[name] = decodeURIComponent(value);
    }
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
  return params;
}

/** The answer to a method for which there is no view (RFC 9110 9.3.7 and 15.5.6). */
function answerMethod(method: string, views: Views): Response {
  const methods = new Set([...Object.keys(views), "OPTIONS"]);
  if (methods.has("GET")) methods.add("HEAD");
  const headers = { allow: [...methods].join(", ") };
  return method === "OPTIONS"
    ? new Response(null, { status: 204, headers })
    : plainAnswer(405, "This is not answered here", headers);
}

function toResponse(answer: Answer): Response {
  if (answer instanceof Response) return answer;
  if (answer instanceof Html) {
    return new Response(answer.toString(), {
      headers: { "content-type": "text/html; charset=utf-8" },
    });
  }
  if (typeof answer === "string") return new Response(answer);
  throw new TypeError("Cannot answer: the view returned neither a Response nor html nor a text");
}
