/**
 * DRIVER (RFC 9112 section 9): one connection, from its first octet to its last.
 *
 *              octets               head complete
 *    IDLE ----------------> HEAD -----------------> ANSWERING <--> CONTENT   (the handler reads)
 *     ^                                                 |
 *     |                                                 v   last answer, or any error
 *     +---------------- DRAINING <------------------ SENDING -----------> LINGERING --> CLOSED
 *
 * One loop reads and answers. Requests that are already here are answered into one write; a handler
 * that answers at once is never awaited. The phases exist for the deadlines: what `expire` does depends
 * on what is being waited for. It may speak while the loop still waits in a read, which is how a silent
 * peer gets its 408.
 *
 * TLS adds a phase before the first, HANDSHAKE. A 101 leads from ANSWERING to UPGRADED, where another protocol
 * reads and writes until the end (upgraded_connection.ts).
 *
 * A peer that is waited for has to go on: where it is silent for as long as its phase allows, or, over as
 * long a time, slower than the floor rate, it is given up. Only ticks that found the connection waiting for
 * the peer are counted, so a handler or a stream of its may take any time.
 *
 * Every end but a broken wire is a lingering close (RFC 9112 9.6): our side ends, the peer's octets are
 * read and thrown away for a while, so that no reset overtakes the last answer.
 */

import { toResponseFraming } from "../http1/framing.ts";
import { badRequest, ProtocolError } from "../http1/protocol_error.ts";
import { RequestHeadScanner } from "../http1/request_head.ts";
import { CONTINUE, type ResponseHeadParts } from "../http1/response_head.ts";
import type { Transport } from "../net/transport.ts";
import { answerRequest } from "./answer_request.ts";
import { describeRefusal, toErrorAnswer } from "./error_answer.ts";
import type { ExchangeWire, ServerContext } from "./exchange.ts";
import type { HttpRequest } from "./handler.ts";
import { Input } from "./input.ts";
import { Output } from "./output.ts";
import {
  ANSWERING,
  CLOSED,
  CONTENT,
  DRAINING,
  HANDSHAKE,
  HEAD,
  IDLE,
  LINGERING,
  type Phase,
  SENDING,
} from "./phase.ts";
import { type Expirable, NEVER, type Sweep } from "./sweep.ts";

/** What all connections of a server share, deadlines included. */
export interface ConnectionContext extends ServerContext {
  readonly sweep: Sweep<Connection>;
  /** For each phase, how many ticks it may last. */
  readonly patience: readonly number[];
  /** For each phase, how many octets the peer has to move in that time; 0 where nobody counts. */
  readonly pace: readonly number[];
  /** How many octets of an answer buy the peer a tick to take them, and how many ticks it can buy. */
  readonly credit: { readonly price: number; readonly most: number };
  /** Called when a connection has been closed. */
  readonly onClose: (connection: Connection) => void;
}

/** One connection; `run` serves it. */
export class Connection implements Expirable, ExchangeWire {
  deadline = NEVER;
  hasAnswered = false;
  readonly transport: Transport;
  readonly context: ConnectionContext;
  readonly input: Input;
  readonly output: Output;
  readonly #scanner: RequestHeadScanner;
  #phase: Phase = IDLE;
  #requests = 0;
  /** Ticks that found us waiting for the peer since it is measured, and octets of content that came meanwhile. */
  #waited = 0;
  #received = 0;
  /** What `output` had sent when a tick last found us sending, and the tick up to which that buys time. */
  #seen = 0;
  #paidUntil = 0;
  /** A read of content is under way. */
  #isReceiving = false;
  /** The peer has ended its side. It may still read. */
  #hasPeerEnded = false;
  /** What the peer was late with, where it has been told. */
  #lateness: ProtocolError | null = null;
  /** The last words, sent by `expire` while the loop waits; nothing is sent after them. */
  #farewell: Promise<void> | null = null;
  /** Behind `request.signal`: aborts when the peer ends its side or the connection is closed. */
  #left: AbortController | null = null;
  /** Behind a stream that is being sent, or another protocol: aborts when the connection is closed. */
  #gone: AbortController | null = null;
  /** Behind another protocol: aborts when the server begins to shut down. */
  #draining: AbortController | null = null;

  constructor(transport: Transport, context: ConnectionContext) {
    this.transport = transport;
    this.context = context;
    this.input = new Input(transport);
    this.output = new Output(transport, () => this.enter(SENDING));
    // RFC 9110 7.4: a trusted gateway may ask in the clear for what its client asked for over TLS.
    const isGateway = context.trustedProxies?.trusts(transport.remoteAddress) ?? false;
    this.#scanner = new RequestHeadScanner(
      context.limits,
      isGateway ? { secure: true } : transport,
    );
  }

  get isLastRequest(): boolean {
    return this.#requests >= this.context.limits.requestsPerConnection;
  }

  get isOver(): boolean {
    return this.#farewell !== null || this.#phase === CLOSED;
  }

  /**
   * Serves request after request until one side ends, or answers with `refusal` whatever the peer is about to
   * ask; never rejects.
   */
  async run(refusal: ProtocolError | null = null): Promise<void> {
    this.enter(IDLE);
    this.context.sweep.add(this);
    try {
      if (this.transport.handshake !== undefined) await this.#shakeHands();
      if (refusal === null) await this.#serve();
      else await this.#refuse(refusal);
      await this.#linger();
    } catch (error) {
      // The wire broke, or an answer was cut short: there is nobody left to tell.
      if (this.#phase !== CLOSED) {
        this.context.observer.onBroken?.(error, this.transport.remoteAddress);
      }
    } finally {
      this.close();
    }
  }

  /**
   * Ends what nobody waits for: a connection between two requests. Its last answers may still lie in the
   * system's buffers; if it were closed, the peer's next request would be met by a reset, which throws
   * them away (RFC 9112 9.6). Where there was no answer nothing can be lost. Another protocol is told.
   */
  endIfIdle(): void {
    if (this.#phase === HANDSHAKE || (this.#phase === IDLE && this.#requests === 0)) this.close();
    else if (this.#phase === IDLE) {
      // From here on our own end is what takes too long, if anything does.
      this.enter(SENDING);
      this.#farewell ??= this.#endOurSide();
    }
    this.#draining?.abort(new Deno.errors.Interrupted("The server is shutting down"));
  }

  /** Gives the connection up, whatever is under way, because of `cause` where there is one. */
  close(cause?: unknown): void {
    if (this.#phase === CLOSED) return;
    this.#phase = CLOSED;
    this.transport.close();
    const because = cause === undefined ? undefined : { cause };
    const reason = new Deno.errors.ConnectionAborted("The connection is closed", because);
    this.#gone?.abort(reason);
    this.#left?.abort(reason);
    this.output.abandon(reason);
    this.context.sweep.remove(this);
    this.context.onClose(this);
  }

  enter(phase: Phase): void {
    if (this.#phase === CLOSED) return;
    this.#phase = phase;
    this.deadline = this.context.sweep.ticks + this.context.patience[phase]!;
  }

  /** The deadline of the present phase has passed. */
  expire(): void {
    if (this.#phase === IDLE) return this.endIfIdle();
    this.#giveUp(
      this.#phase === HEAD
        ? "The request did not arrive in time"
        : "The content did not arrive in time",
    );
  }

  /** A tick has passed: a peer that is waited for has to keep pace. */
  pass(): void {
    if (this.#phase === SENDING && this.#hasPaid()) return;
    const needed = this.context.pace[this.#phase]!;
    if (needed === 0 || ++this.#waited < this.context.patience[this.#phase]!) return;
    const moved = this.#received + this.output.sent;
    this.#measureAnew();
    if (moved < needed) this.#giveUp("The content arrived too slowly");
  }

  watchPeer(_request: HttpRequest): AbortSignal {
    if (this.#left === null) {
      this.#left = new AbortController();
      if (this.#phase === CLOSED || this.#hasPeerEnded) this.#left.abort();
      else if (this.#phase === ANSWERING) this.#watch();
    }
    return this.#left.signal;
  }

  watchStream(): AbortSignal {
    this.#gone = new AbortController();
    this.#watch();
    return this.#gone.signal;
  }

  upgrade(): { gone: AbortSignal; draining: AbortSignal } {
    this.#gone = new AbortController();
    this.#draining = new AbortController();
    if (this.#phase === CLOSED) this.#gone.abort();
    if (this.context.isDraining) this.#draining.abort();
    return { gone: this.#gone.signal, draining: this.#draining.signal };
  }

  awaitHandler(): void {
    if (!this.isOver) this.enter(this.#isReceiving ? CONTENT : ANSWERING);
  }

  awaitStream(): void {
    this.awaitHandler();
    // Only a write would tell whether a peer that has ended its side still reads, and none may come.
    if (this.#hasPeerEnded) {
      this.deadline = this.context.sweep.ticks + this.context.patience[SENDING]!;
    }
  }

  async receiveContent(): Promise<number | null> {
    this.enter(this.#phase === DRAINING ? DRAINING : CONTENT);
    this.#isReceiving = true;
    const count = await this.input.receiveContent();
    this.#isReceiving = false;
    this.input.accept(count);
    if (this.#lateness !== null) throw this.#lateness;
    this.#received += count ?? 0;
    // Answers may be on their way meanwhile, and then it is their turn to be waited for.
    if (this.#phase === CONTENT) this.enter(this.output.isBusy ? SENDING : ANSWERING);
    if (count === null) this.endPeer();
    return count;
  }

  async sendContinue(): Promise<void> {
    if (this.hasAnswered || !this.input.isEmpty) return;
    await this.output.write(CONTINUE);
  }

  endContent(): void {
    this.input.endContent();
    if (this.#left !== null) this.#watch();
  }

  /** Reads and answers until one side ends between two requests. A faulty head is answered here. */
  async #serve(): Promise<void> {
    const { input, output } = this;
    try {
      for (;;) {
        const head = input.isEmpty
          ? null
          : this.#scanner.parse(input.bytes, input.start, input.end);
        if (head !== null) {
          input.start += head.length;
          this.#requests++;
          const persists = answerRequest(this, head);
          if (typeof persists === "boolean") {
            if (!persists) return;
            input.rewind();
          } else {
            input.keep();
            head.fields.keep();
            if (!(await persists)) return;
            this.hasAnswered = false;
            this.#measureAnew();
          }
          this.#left = this.#gone = null;
          continue;
        }
        if (!output.isEmpty) {
          const rest = output.settle(await output.send());
          if (rest !== null) await rest;
        }
        const isInside = this.#scanner.isInside;
        if (this.context.isDraining && !isInside) return;
        // A head has its deadline from its first octets on, however often it waits for more.
        if (!isInside) this.enter(IDLE);
        else if (this.#phase !== HEAD) this.enter(HEAD);
        const count = await input.receiveHead();
        input.accept(count);
        if (this.#farewell !== null) return;
        if (count === null) {
          this.endPeer();
          if (isInside) throw badRequest("The request ends before its head does", "RFC 9112 8");
          return;
        }
      }
    } catch (error) {
      if (!(error instanceof ProtocolError) || this.isOver) throw error;
      await this.#refuse(error);
    }
  }

  /** Ends our side, and waits until the peer ends its own, or for a while. */
  async #linger(): Promise<void> {
    if (this.#farewell !== null) {
      await this.#farewell;
    } else {
      await this.output.flush();
      this.enter(SENDING);
      await this.transport.closeWrite();
    }
    if (this.#hasPeerEnded) return;
    this.enter(LINGERING);
    while (await this.input.receiveNothing() !== null);
  }

  /** Ends our side, behind a refusal where there is one, and leaves it to the waiting loop to linger. Never rejects. */
  async #endOurSide(error?: ProtocolError): Promise<void> {
    try {
      if (error !== undefined) await this.#refuse(error);
      await this.transport.closeWrite();
      this.enter(LINGERING);
    } catch (failure) {
      // The peer has gone meanwhile.
      this.context.observer.onBroken?.(failure, this.transport.remoteAddress);
      this.close();
    }
  }

  /** Answers a request that cannot be one, or came too late; nothing may be answered after it. */
  async #refuse(error: ProtocolError): Promise<void> {
    const { output, context } = this;
    const { status, fields, content } = context.amend(toErrorAnswer(error));
    this.hasAnswered = true;
    const head: ResponseHeadParts = {
      status,
      fields,
      framing: toResponseFraming(status, { version: "1.1", length: content.length }),
      dateLine: context.dateLine.octets,
      connection: "close",
    };
    if (!output.takeHead(head, content.length)) await output.writeHead(head);
    await output.write(content);
    context.observer.onExchange?.({
      request: null,
      remoteAddress: this.transport.remoteAddress,
      status,
      contentLength: content.length,
      began: performance.now(),
      isCut: false,
      refusal: describeRefusal(error),
      section: error.section,
    });
  }

  /** The part before HTTP that TLS has. */
  async #shakeHands(): Promise<void> {
    this.enter(HANDSHAKE);
    await this.transport.handshake?.();
    this.enter(IDLE);
  }

  /** Tells a peer that is late, where it still listens, and leaves it. */
  #giveUp(message: string): void {
    const isHeard = this.#phase === HEAD ||
      (this.#phase === CONTENT && !this.hasAnswered && !this.output.isBusy);
    if (!isHeard) return this.close();
    this.#lateness = new ProtocolError(message, { status: 408, section: "RFC 9110 15.5.9" });
    this.#farewell = this.#endOurSide(this.#lateness);
  }

  /** Whether the peer is still busy with what the system has taken for it, as far as anybody can know. */
  #hasPaid(): boolean {
    const { sweep: { ticks }, credit } = this.context;
    const { sent } = this.output;
    const bought = Math.floor((sent - this.#seen) / credit.price);
    this.#seen = sent;
    this.#paidUntil = Math.min(ticks + credit.most, Math.max(ticks, this.#paidUntil) + bought);
    this.deadline = Math.max(this.deadline, this.#paidUntil);
    return ticks < this.#paidUntil;
  }

  #measureAnew(): void {
    this.#waited = 0;
    this.#received = 0;
    this.#seen = 0;
    this.output.sent = 0;
  }

  #watch(): void {
    this.input.watch({ end: () => this.endPeer(), failure: (error) => this.close(error) });
  }

  endPeer(): void {
    this.#hasPeerEnded = true;
    this.#left?.abort(new Deno.errors.ConnectionAborted("The peer has ended the connection"));
    if (this.#phase === ANSWERING && this.#gone !== null) this.awaitStream();
  }
}
