/**
 * DRIVER (RFC 9110 section 3.4, RFC 9112 section 9.3): one request and its answer, the long way.
 *
 * Whatever is not the usual case goes here (that is in answer_request.ts): content in either direction,
 * promises, answers too big for the output buffer, heads that say more, errors. What a promise brings is taken
 * for the next write, too, where it is of that kind.
 *
 * It ends with the question whether the connection persists. That is answered before the head is written,
 * for the head says it.
 */

import type { FieldBlock } from "../http1/field_block.ts";
import { mayHaveContent, toResponseFraming } from "../http1/framing.ts";
import { ProtocolError } from "../http1/protocol_error.ts";
import type { RequestHead } from "../http1/request_rules.ts";
import type { ResponseHeadParts } from "../http1/response_head.ts";
import { checkAnswer } from "./check_answer.ts";
import { sendStream } from "./content_sender.ts";
import type { DateLine } from "./date_line.ts";
import { describeRefusal, toErrorAnswer } from "./error_answer.ts";
import { sendParts, sendSlice } from "./file_sender.ts";
import { ContentParts, FileSlice, SizedStream } from "./file_slice.ts";
import type { Content, Handler, HttpRequest, HttpResponse } from "./handler.ts";
import type { RequestWire } from "./incoming_request.ts";
import type { Limits } from "./limits.ts";
import type { Observer } from "./observer.ts";
import { DRAINING } from "./phase.ts";
import type { OctetsAnswer } from "./text_answer.ts";
import type { RequestContent } from "./request_content.ts";
import type { ContentWire } from "./request_content.ts";
import type { TrustedProxies } from "./trusted_proxies.ts";
import { Upgrade } from "./upgrade.ts";
import { serveUpgrade } from "./upgraded_connection.ts";
import type { UpgradableWire } from "./upgraded_connection.ts";

/** What all connections of a server share. */
export interface ServerContext {
  readonly handler: Handler;
  readonly limits: Limits;
  readonly observer: Observer;
  readonly dateLine: DateLine;
  /** Makes something else of an answer that the driver gives by itself. */
  readonly amend: (answer: OctetsAnswer) => OctetsAnswer;
  /** Whose word about the client counts; null where nobody's does. */
  readonly trustedProxies: TrustedProxies | null;
  /** Whether the server is shutting down: each answer is its connection's last. */
  readonly isDraining: boolean;
}

/** What an exchange needs of its connection. */
export interface ExchangeWire extends RequestWire, ContentWire, UpgradableWire {
  readonly context: ServerContext;
  /** Whether this is the last request that the connection takes. */
  readonly isLastRequest: boolean;
  /** Whether nothing may be sent any more. */
  readonly isOver: boolean;
  /** Whether the head of the final answer has been taken for sending. */
  hasAnswered: boolean;
  /** Watches for the peer's leave while a stream is sent; the signal aborts when the connection is closed. */
  watchStream(): AbortSignal;
  /** Nothing is to be sent for now: the handler is waited for, or the content that it waits for. */
  awaitHandler(): void;
  /** A stream is about to be waited for. */
  awaitStream(): void;
}

/** The long way of one request: `answer` or `fail` is called, once. */
export class Exchange {
  readonly #wire: ExchangeWire;
  readonly #head: RequestHead;
  readonly #began: number;
  readonly #content: RequestContent | null;
  readonly #request: HttpRequest;
  /** The rule that the peer broke: whatever the answer, it is the last. */
  #refusal: string | null = null;
  #section: string | null = null;
  #persistent = false;

  constructor(
    wire: ExchangeWire,
    parts: {
      head: RequestHead;
      request: HttpRequest;
      content: RequestContent | null;
      began: number;
    },
  ) {
    this.#wire = wire;
    this.#head = parts.head;
    this.#request = parts.request;
    this.#content = parts.content;
    this.#began = parts.began;
  }

  /** Answers with what the handler returned. */
  answer(answer: HttpResponse | Promise<HttpResponse>): boolean | Promise<boolean> {
    if (answer instanceof Promise) return this.#finish(answer);
    try {
      this.#checked(answer);
    } catch (error) {
      return this.fail(error);
    }
    return this.#answerAndRelease(answer) ?? this.#finish(answer);
  }

  /** Answers a request whose handler threw, or was not even called. */
  fail(error: unknown): boolean | Promise<boolean> {
    const answer = this.#toFailure(error);
    return this.#answerAndRelease(answer) ?? this.#finish(answer);
  }

  /** The answer, where it is one. Throws `TypeError`. */
  #checked(answer: HttpResponse): HttpResponse {
    return checkAnswer(answer, this.#head);
  }

  /** The short way for what was returned at once: nobody asks for the request's fields any more. */
  #answerAndRelease(answer: HttpResponse): boolean | null {
    const persistent = this.#answerAtOnce(answer);
    if (persistent !== null) this.#head.fields.release();
    return persistent;
  }

  /** The short way. Null where the answer is none for it, and then nothing has happened. */
  #answerAtOnce(answer: HttpResponse): boolean | null {
    const { content } = answer;
    if (this.#content !== null) return null;
    if (content !== null && !(content instanceof Uint8Array)) return null;
    const octets = this.#carries(answer) ? content : null;
    const length = octets === null ? 0 : octets.length;
    const { output } = this.#wire;
    const head = this.#toHead(answer, content === null ? 0 : content.length);
    if (!output.takeHead(head, length)) return null;
    if (octets !== null) output.take(octets);
    this.#report(answer.status, length);
    return this.#persistent;
  }

  /** The long way. */
  async #finish(answer: HttpResponse | Promise<HttpResponse>): Promise<boolean> {
    const response = answer instanceof Promise ? await this.#settle(answer) : answer;
    if (response.content instanceof Upgrade) {
      await this.#upgrade(response.fields, response.content);
      return false;
    }
    if (this.#wire.isOver) {
      await this.#discard(response);
      return false;
    }
    // What is there as a whole by now is sent as if it had been at once.
    const persistent = this.#answerAtOnce(response);
    if (persistent !== null) return persistent;
    const failure = this.#content?.failure;
    if (failure instanceof ProtocolError && this.#refusal === null) {
      // Whatever the handler made of half a request: the peer is told that its half was wrong.
      await this.#discard(response);
      await this.#send(this.#toFailure(failure));
    } else {
      await this.#send(response);
    }
    return this.#persistent && await this.#drain();
  }

  /** Sends the 101, and resolves when what took the connection over has ended. */
  async #upgrade(fields: FieldBlock, upgrade: Upgrade): Promise<void> {
    this.#wire.hasAnswered = true;
    await serveUpgrade(this.#wire, {
      upgrade,
      fields,
      expectsContinue: this.#head.expectsContinue,
      onEnd: (sent, isCut) => this.#report(101, sent, isCut),
      onFailure: (error) => this.#reportFailure(error),
    });
  }

  async #settle(answer: Promise<HttpResponse>): Promise<HttpResponse> {
    const outcome = answer.then((settled) => this.#checked(settled)).catch((error) =>
      this.#toFailure(error)
    );
    const wire = this.#wire;
    if (!wire.output.isEmpty) {
      // Answers to earlier requests do not wait for this one.
      await wire.output.flush().catch((error) => this.#giveUp(error));
      wire.awaitHandler();
    }
    return await outcome;
  }

  /** The wire broke while an answer is still to come, and what that holds has to be freed. */
  #giveUp(error: unknown): void {
    const { isOver, context, transport } = this.#wire;
    if (isOver) return;
    context.observer.onBroken?.(error, transport.remoteAddress);
    this.#wire.close(error);
  }

  /** Sends head and content. Rejects where the answer had to be cut short. */
  async #send(answer: HttpResponse): Promise<void> {
    const { output } = this.#wire;
    const { content } = answer;
    const length = toLength(content);
    const stream = toStream(content);
    if (stream !== null) await this.#content?.open();
    const head = this.#toHead(answer, length);
    this.#wire.hasAnswered = true;
    let sent = 0;
    try {
      if (!output.takeHead(head, 0)) await output.writeHead(head);
      if (!this.#carries(answer)) {
        await this.#discard(answer);
      } else if (content instanceof Uint8Array) {
        await output.write(content);
        sent = content.length;
      } else if (content instanceof FileSlice) {
        await sendSlice(output, content, (count) => sent += count);
      } else if (content instanceof ContentParts) {
        await sendParts(output, content, {
          onSent: (count) => sent += count,
          onFailure: (error) => this.#reportFailure(error),
        });
      } else if (stream !== null) {
        await sendStream(output, stream, {
          length,
          chunked: length === null && this.#head.version === "1.1",
          gone: this.#wire.watchStream(),
          onWait: () => this.#wire.awaitStream(),
          onSent: (count) => sent += count,
          onFailure: (error) => this.#reportFailure(error),
        });
      }
      await output.flush();
    } catch (error) {
      this.#report(answer.status, sent, true);
      throw error;
    }
    this.#report(answer.status, sent);
  }

  /** Throws away what the handler left of the content, up to the limit; false where more is left. */
  async #drain(): Promise<boolean> {
    const content = this.#content;
    if (content === null) return true;
    this.#wire.enter(DRAINING);
    let left = this.#wire.context.limits.drain;
    try {
      while (left >= 0) {
        const piece = await content.read();
        if (piece === null) return true;
        left -= piece.length;
      }
      return false;
    } catch (error) {
      // The answer is out; a peer that breaks the rules after it can only be left.
      if (error instanceof ProtocolError) return false;
      throw error;
    } finally {
      content.close();
    }
  }

  /** The parts of the head, and with them the persistence, for the head says it. */
  #toHead(answer: HttpResponse, length: number | null): ResponseHeadParts {
    const { version } = this.#head;
    const framing = toResponseFraming(answer.status, { version, length });
    this.#persistent = this.#persists(framing.kind !== "until-close");
    return {
      status: answer.status,
      fields: answer.fields,
      framing,
      dateLine: this.#wire.context.dateLine.octets,
      connection: !this.#persistent ? "close" : version === "1.0" ? "keep-alive" : "",
    };
  }

  /** Whether the connection lives on after this answer, if its end can be told. */
  #persists(isDelimited: boolean): boolean {
    const { context, isLastRequest } = this.#wire;
    const content = this.#content;
    return this.#head.persistent && this.#refusal === null && isDelimited &&
      !isLastRequest &&
      !context.isDraining && (content === null || content.isDone ||
        // A peer that was not asked to send may send or not: only an end is unambiguous.
        (!content.isAwaited && content.outstanding <= context.limits.drain));
  }

  /** Whether the answer's content goes out: not to HEAD, not with 204 and 304. */
  #carries(answer: HttpResponse): boolean {
    return this.#head.method !== "HEAD" && mayHaveContent(answer.status);
  }

  /** What to answer where something was thrown: by the handler, or by reading the content. */
  #toFailure(error: unknown): HttpResponse {
    if (error instanceof ProtocolError) {
      this.#refusal = describeRefusal(error);
      this.#section = error.section;
    }
    this.#reportFailure(error);
    return this.#wire.context.amend(toErrorAnswer(error));
  }

  /** Tells of the handler's fault. One that hands on what reading the content threw has not failed itself. */
  #reportFailure(error: unknown): void {
    if (error instanceof ProtocolError || this.#content?.failure === error) return;
    this.#wire.context.observer.onHandlerError?.(error, this.#request);
  }

  /** Frees what an answer holds that will not be sent. */
  async #discard(answer: HttpResponse): Promise<void> {
    const { content } = answer;
    if (content instanceof FileSlice) content.file.close();
    if (content instanceof ContentParts) content.close();
    await toStream(content)?.cancel().catch((error) => this.#reportFailure(error));
  }

  #report(status: number, contentLength: number, isCut = false): void {
    const { observer } = this.#wire.context;
    if (observer.onExchange === undefined) return;
    observer.onExchange({
      request: this.#request,
      remoteAddress: this.#request.remoteAddress,
      status,
      contentLength,
      began: this.#began,
      isCut,
      refusal: this.#refusal,
      section: this.#section,
    });
  }
}

/** The stream that the content comes in; null where it does not. */
function toStream(content: Content): ReadableStream<Uint8Array> | null {
  if (content instanceof SizedStream) return content.stream;
  return content instanceof ReadableStream ? content : null;
}

/** How many octets the content has; null where only its end will tell. */
function toLength(content: Content): number | null {
  if (content === null) return 0;
  return content instanceof ReadableStream || content instanceof Upgrade ? null : content.length;
}
