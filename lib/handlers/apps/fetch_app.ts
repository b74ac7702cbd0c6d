/**
 * WHAT ANSWERS: an app in the Web's own words, a function from `Request` to `Response`.
 *
 * The same function runs under `deno serve`, in Workers and in Bun. Between its objects and the
 * driver's stand two conversions, and both are lazy: of the request only what the app asks for is made
 * (see `app_request.ts`), and of the answer the fields become a block once for all answers that carry
 * the same ones, and content that is already there is sent without a stream around it.
 *
 * What the driver owns stays the driver's: framing, persistence and Date in an app's answer are passed
 * over, for they describe a message that the app does not write.
 */

import { SizedStream } from "../../server/file_slice.ts";
import type { Content, Handler, HttpRequest, HttpResponse } from "../../server/handler.ts";
import { textAnswer } from "../../server/text_answer.ts";
import { AppInfo, type BackgroundWork } from "./app_info.ts";
import { toAppRequest, toOrigin } from "./app_request.ts";
import { plainPartsOf } from "./plain_response.ts";
import { RepeatedAnswer } from "./repeated_answer.ts";
import { ResponseFields, toLines } from "./response_fields.ts";
import { RefusedUpgrade } from "./websocket/handshake.ts";
import { toUpgrade } from "./websocket/upgrade_web_socket.ts";

/** What an app exports. `info` says what a `Request` has no place for. */
export type FetchFunction = (request: Request, info: AppInfo) => Response | Promise<Response>;

/** What the Web calls forbidden methods: a `Request` cannot have them (Fetch 2.2.1). */
const FORBIDDEN_METHOD = /^(?:CONNECT|TRACE|TRACK)$/i;
const NO_SUCH_METHOD = textAnswer(501, "An app cannot be asked with this method");
const BAD_HOST = textAnswer(400, "The host is none that a URL can have");

/**
 * Answers every request with `app`. What it throws, or rejects with, is a 500, and so is anything that is
 * no `Response`. Promises handed to `info.waitUntil` go to `work`.
 */
export function fetchApp(app: FetchFunction, work: BackgroundWork): Handler {
  const known = { fields: new ResponseFields(), answer: new RepeatedAnswer() };
  return (request) => {
    const { method } = request;
    if (method !== "GET" && FORBIDDEN_METHOD.test(method)) return NO_SUCH_METHOD;
    const origin = toOrigin(request);
    if (origin === null) return BAD_HOST;
    const asked = toAppRequest(request, origin);
    const info = new AppInfo(request, { work, asked });
    try {
      const answer = app(asked, info);
      return answer instanceof Promise
        ? answer.then((settled) => toHttpResponse(settled, request, known), toRefusal)
        : toHttpResponse(answer, request, known);
    } catch (error) {
      return toRefusal(error);
    }
  };
}

/** Who asks wrongly for a WebSocket gets told; whatever else an app throws is its own fault. */
function toRefusal(error: unknown): HttpResponse {
  if (error instanceof RefusedUpgrade) return error.answer;
  throw error;
}

/** What is kept of an app's answers. */
interface Known {
  readonly fields: ResponseFields;
  readonly answer: RepeatedAnswer;
}

function toHttpResponse(
  response: Response,
  request: HttpRequest,
  known: Known,
): HttpResponse | Promise<HttpResponse> {
  const parts = plainPartsOf(response);
  if (parts !== null) {
    const { status, content } = parts;
    const fields = known.fields.of(parts.lines ?? toLines(response.headers));
    if (typeof content === "string") return known.answer.of(status, content, fields);
    return { status, fields, content: content ?? toNothing(request) };
  }
  // An app may bring a Response class of its own, or be written without types.
  if (!(response instanceof Response) && !isLikeResponse(response)) {
    throw new TypeError("Cannot answer: the app returned something that is no Response");
  }
  if (response.type === "error") throw new TypeError("Cannot answer with Response.error()");
  if (response.bodyUsed) {
    throw new TypeError("Cannot answer: the Response's body was used up before");
  }
  const { status } = response;
  if (status === 101) return toUpgrade(response);
  const fields = known.fields.of(toLines(response.headers));
  return { status, fields, content: toSized(response) ?? toNothing(request) };
}

/** The body, with its length where the app tells one: a download shows how far it is. */
function toSized({ body, headers }: Response): Content {
  const length = headers.get("content-length");
  return body !== null && length !== null && /^\d{1,15}$/.test(length)
    ? new SizedStream(Number(length), body)
    : body;
}

function isLikeResponse(value: unknown): boolean {
  const { status, headers } = (value ?? {}) as Partial<Response>;
  return typeof status === "number" && typeof headers?.forEach === "function";
}

/**
 * What stands for no content. To HEAD it says nothing about the length: what an app leaves out there is what
 * it would have sent to GET, and how long that is nobody here knows (RFC 9110 8.6).
 */
function toNothing({ method }: HttpRequest): Content {
  return method === "HEAD"
    ? new ReadableStream({ start: (controller) => controller.close() })
    : null;
}
