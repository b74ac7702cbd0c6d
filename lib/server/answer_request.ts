/**
 * DRIVER (RFC 9110 section 3.4, RFC 9112 section 9.3): one request and its answer, the short way.
 *
 * The short way is for what nearly all requests are: without content, on a connection that persists, to a
 * handler that answers at once with content that is there. Nothing is awaited, nothing is written, hardly an
 * object is made; the answer is only taken for the next write. Everything else goes the long way, which is in
 * exchange.ts.
 */

import { toContentDecoder } from "../http1/content_decoder.ts";
import { FieldBlock } from "../http1/field_block.ts";
import { mayHaveContent } from "../http1/framing.ts";
import type { RequestHead } from "../http1/request_rules.ts";
import { Exchange } from "./exchange.ts";
import type { ExchangeWire } from "./exchange.ts";
import type { HttpResponse } from "./handler.ts";
import { IncomingRequest } from "./incoming_request.ts";
import { ANSWERING } from "./phase.ts";
import { ReadyAnswer } from "./ready_answer.ts";
import { RequestContent } from "./request_content.ts";

/**
 * Answers the request with this head. Returns, or resolves to, whether the connection persists; rejects
 * with what cut an answer short.
 */
export function answerRequest(wire: ExchangeWire, head: RequestHead): boolean | Promise<boolean> {
  const { context } = wire;
  const { handler } = context;
  const began = context.observer.isTimed ? performance.now() : 0;
  wire.enter(ANSWERING);
  let content: RequestContent | null = null;
  let request = new IncomingRequest(wire, head, null);
  let answer: HttpResponse | Promise<HttpResponse>;
  try {
    if (head.framing.kind !== "none") {
      content = toContent(wire, head);
      request = new IncomingRequest(wire, head, content);
    }
    answer = handler(request);
  } catch (error) {
    return new Exchange(wire, { head, request, content, began }).fail(error);
  }
  if (content === null && isUsual(wire, head)) {
    const length = take(wire, answer);
    if (length >= 0) {
      context.observer.onExchange?.({
        request,
        remoteAddress: request.remoteAddress,
        status: (answer as HttpResponse).status,
        contentLength: length,
        began,
        isCut: false,
        refusal: null,
        section: null,
      });
      head.fields.release();
      return true;
    }
  }
  return new Exchange(wire, { head, request, content, began }).answer(answer);
}

/** Whether the head of the answer says nothing of the connection, and content follows it. */
function isUsual(wire: ExchangeWire, head: RequestHead): boolean {
  return head.persistent && !wire.isLastRequest && !wire.context.isDraining &&
    head.version === "1.1" && head.method !== "HEAD" && head.method !== "CONNECT";
}

/** Takes the answer for the next write. Returns the length of its content, or -1 where it is none for the short way. */
function take(
  { output, context }: ExchangeWire,
  answer: HttpResponse | Promise<HttpResponse>,
): number {
  const { dateLine } = context;
  if (answer instanceof ReadyAnswer) {
    const octets = answer.toOctets(dateLine.octets);
    if (octets === null || !output.takeWhole(octets)) return -1;
    return answer.content === null || !mayHaveContent(answer.status) ? 0 : answer.content.length;
  }
  // What is no answer at all comes here as well.
  if (answer instanceof Promise || !(answer?.fields instanceof FieldBlock)) return -1;
  const { status, fields, content } = answer;
  if (!Number.isInteger(status) || status > 999 || !mayHaveContent(status)) return -1;
  const length = content === null ? 0 : content instanceof Uint8Array ? content.length : -1;
  if (length < 0) return -1;
  const framing = { kind: "length", length } as const;
  const head = { status, fields, framing, dateLine: dateLine.octets, connection: "" } as const;
  if (!output.takeHead(head, length)) return -1;
  if (content !== null) output.take(content as Uint8Array);
  return length;
}

/** The content of a request; null where it is empty. Throws `ProtocolError` 413 where it is too long. */
function toContent(wire: ExchangeWire, head: RequestHead): RequestContent | null {
  const decoder = toContentDecoder(head.framing, wire.context.limits);
  if (decoder === null) return null;
  return new RequestContent(wire, { decoder, expectsContinue: head.expectsContinue });
}
