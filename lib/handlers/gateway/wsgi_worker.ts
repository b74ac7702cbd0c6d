/**
 * WHAT ANSWERS: one Python process that runs a WSGI app and answers one call at a time.
 *
 * Another call may lie in its pipe meanwhile (see worker_calls.ts), which is nobody's loss where the process is lost.
 *
 *                  started           a call
 *     STARTING ------------> IDLE ------------> BUSY
 *        |                   |  ^                | |
 *        |                   |  +-- end, failed -+ |
 *        v                   v                     v
 *        +-----------------DYING-------------------+      too late, retired, stopped
 *        |                   v                     |
 *        +-----------------ENDED-------------------+      the process is gone and its pipes are closed
 *
 * Time is counted in ticks that the pool gives, and only while the worker is waited for: to import the app, to go on
 * with an answer, to come back from one that nobody wants any more. One that is late is sent SIGABRT, which makes Python
 * say where it was, and SIGKILL if that does not help.
 *
 * What it prints is read all the time. A line belongs to the request that is under way when it is read, as
 * far as anybody can know; what Python says about an exception comes in a frame, and belongs to it for certain.
 */

import type { HttpRequest } from "../../server/handler.ts";
import { LogLines } from "./log_lines.ts";
import { WorkerCalls } from "./worker_calls.ts";
import { type StartFailure, WorkerStart } from "./worker_start.ts";
import { describe, type Loss, type WsgiCall } from "./wsgi_call.ts";
import {
  encodeAbort,
  encodeFrame,
  FrameParser,
  FROM_WORKER,
  type KindFromWorker,
  TO_WORKER,
} from "./wsgi_frames.ts";
import type { WsgiProgram } from "./wsgi_program.ts";

/** How many ticks a worker may take. */
export interface WorkerPatience {
  /** To import the app. */
  readonly start: number;
  /** To go on with an answer. */
  readonly answer: number;
  /** To come back from an answer that nobody wants any more. */
  readonly leave: number;
  /** To end after a signal, before it is killed. */
  readonly end: number;
}

/** Whom a worker tells what. */
export interface WorkerObserver {
  /** It can take a call: it has started, or is done with one. */
  onIdle(worker: WsgiWorker): void;
  /** It goes on with the call that was ahead, and can take another one ahead. */
  onRoom(worker: WsgiWorker): void;
  /** The call that was ahead has not begun, and somebody else has to answer it. */
  onReturn(call: WsgiCall): void;
  /** It takes no calls any more, without having been told so; `failure` says why where it never did. */
  onGone(worker: WsgiWorker, failure: StartFailure | null): void;
  /** A line for the log, and the request that it belongs to. */
  onLine(line: string, context: { pid: number; request: HttpRequest | null }): void;
}

type State = "starting" | "idle" | "busy" | "dying" | "ended";

/** How long the pipes of a process that is gone may be held by others, in milliseconds. */
const PIPES_PATIENCE = 500;
/** What one read takes: as much as a pipe holds. One buffer for all reads, for a new one each time is garbage. */
const OUTPUT_BUFFER = 65_536;

/** A process that runs the app. */
export class WsgiWorker {
  /** The process's number. */
  readonly pid: number;
  /** Resolves when the process is gone and its pipes are closed; never rejects. */
  readonly ended: Promise<void>;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #patience: WorkerPatience;
  readonly #observer: WorkerObserver;
  readonly #frames = new FrameParser();
  #state: State = "starting";
  readonly #calls = new WorkerCalls();
  /** What its lines are about: the request under way, or the last one. */
  #request: HttpRequest | null = null;
  #hasServed = false;
  /** Ticks for which it has been waited for. */
  #waited = 0;
  #isSignalled = false;
  readonly #start: WorkerStart;

  /**
   * Starts a process. With `isQuiet` nothing is told of what it prints until it has started. Throws `Error`
   * where no process can be started.
   */
  constructor(program: WsgiProgram, options: {
    patience: WorkerPatience;
    observer: WorkerObserver;
    isQuiet: boolean;
  }) {
    this.#patience = options.patience;
    this.#observer = options.observer;
    this.#start = new WorkerStart(options.isQuiet);
    this.#child = program.spawn();
    this.pid = this.#child.pid;
    this.#input = this.#child.stdin.getWriter();
    this.send(program.source);
    this.ended = this.#run();
  }

  /** Whether it has not imported the app yet. */
  get isStarting(): boolean {
    return this.#state === "starting";
  }

  /** Whether it has taken a call, ever. */
  get hasServed(): boolean {
    return this.#hasServed;
  }

  /** Takes a call. Only for one that is idle. */
  take(call: WsgiCall): void {
    this.#state = "busy";
    this.#hasServed = true;
    this.#calls.begin(call);
    this.#goOn(call);
    call.begin(this);
  }

  /** Whether another call may lie ahead. */
  get hasRoom(): boolean {
    return this.#state === "busy" && this.#calls.hasRoom;
  }

  /** Whether one does. */
  get hasAhead(): boolean {
    return this.#calls.hasAhead;
  }

  /** Takes a call ahead. Only for one that has room, and for a call that is safe. */
  takeAhead(call: WsgiCall): void {
    this.#calls.add(call);
    call.begin(this);
  }

  /** Gives the call back that is ahead, where the one under way takes longer than so many milliseconds; or null. */
  takeBack(patience: number): WsgiCall | null {
    const call = this.#calls.takeBack(patience);
    if (call !== null) this.send(encodeFrame(TO_WORKER.takenBack));
    return call;
  }

  #goOn(call: WsgiCall): void {
    this.#waited = 0;
    this.#request = call.request;
  }

  /** Sends a frame. One that is gone does not read it, and its end is noticed in another way. */
  send(frame: Uint8Array): void {
    this.#input.write(frame).catch(() => undefined);
  }

  /** Has it leave the answer under way, which nobody wants any more. */
  abort(): void {
    this.#waited = 0;
    this.send(encodeAbort(this.#calls.number));
  }

  /** Tells a line about the request under way. */
  tell(line: string): void {
    this.#observer.onLine(line, { pid: this.pid, request: this.#request });
  }

  /** Lets it end by itself, if it is idle. */
  retire(): void {
    if (this.#state !== "idle") return;
    this.#state = "dying";
    // The end of its input is its end. One that is gone already has none.
    this.#input.close().catch(() => undefined);
  }

  /** Ends it, whatever it is at. */
  stop(signal: Deno.Signal = "SIGTERM"): void {
    if (this.#state === "ended" || this.#isSignalled) return;
    this.#state = "dying";
    this.#waited = 0;
    this.#lose("died");
    this.#isSignalled = true;
    this.#kill(signal);
  }

  /** A tick has passed. */
  pass(): void {
    const call = this.#calls.present;
    if (this.#state === "starting") {
      if (this.#isLate(this.#patience.start)) this.#giveUpStart();
    } else if (this.#state === "dying") {
      if (this.#isSignalled && this.#isLate(this.#patience.end)) this.#kill("SIGKILL");
    } else if (this.#state === "idle") {
      // What it has printed about a request may be read a little later than its answer.
      if (this.#isLate(1)) this.#request = null;
    } else if (call !== null) {
      if (!call.isWithApp) this.#waited = 0;
      else if (this.#isLate(call.isUnwanted ? this.#patience.leave : this.#patience.answer)) {
        this.#giveUp(call);
      }
    } else if (this.#calls.isTakingBack && this.#isLate(this.#patience.answer)) {
      this.#giveUpTakenBack();
    }
  }

  #isLate(ticks: number): boolean {
    return ++this.#waited > ticks;
  }

  #giveUpStart(): void {
    this.#start.refuse("the import takes too long");
    this.stop("SIGABRT");
    this.#observer.onGone(this, this.#start.toFailure());
  }

  #giveUp(call: WsgiCall): void {
    const at = describe(call.request);
    if (call.isUnwanted) {
      this.tell(`Worker ${this.pid} does not come back from ${at}, whose client has left: killed`);
    } else {
      const outcome = toOutcome(this.#lose("silent"));
      this.tell(`Worker ${this.pid} was silent for too long at ${at}: killed, ${outcome}`);
    }
    this.stop("SIGABRT");
    this.#observer.onGone(this, null);
  }

  /** It had begun with a call that was taken back, and does not come to its end. */
  #giveUpTakenBack(): void {
    this.tell(`Worker ${this.pid} was silent for too long at what another one answered: killed`);
    this.stop("SIGABRT");
    this.#observer.onGone(this, null);
  }

  /** A frame has come. */
  onFrame(kind: KindFromWorker, payload: Uint8Array): void {
    if (this.#state === "starting") this.#takeFirst(kind, payload);
    else if (kind === FROM_WORKER.takenBack) this.#takeReturn();
    else if (kind === FROM_WORKER.lines) toLines(payload).forEach((line) => this.tell(line));
    else if (this.#calls.present !== null) this.#takeAnswer(this.#calls.present, kind, payload);
    else if (kind === FROM_WORKER.end || kind === FROM_WORKER.failed) this.#takeReturn();
  }

  /** What was taken back had not begun; or it had, and is over, and nobody wants its answer. */
  #takeReturn(): void {
    if (!this.#calls.isTakingBack) return;
    this.#calls.endTakingBack();
    if (this.#calls.isIdle) this.#rest();
  }

  /** Octets of an answer's content have come. */
  onContent(piece: Uint8Array): void {
    this.#calls.present?.takeContent(piece);
  }

  #takeFirst(kind: KindFromWorker, payload: Uint8Array): void {
    if (!this.#start.take(kind, payload)) return;
    for (const line of this.#start.release()) this.tell(line);
    this.#rest();
  }

  #takeAnswer(call: WsgiCall, kind: KindFromWorker, payload: Uint8Array): void {
    if (kind === FROM_WORKER.head) call.takeHead(payload);
    else if (kind === FROM_WORKER.pull) void call.pull();
    else if (kind === FROM_WORKER.report) call.report = new TextDecoder().decode(payload);
    else if (kind === FROM_WORKER.end || kind === FROM_WORKER.failed) {
      if (kind === FROM_WORKER.end) call.end();
      else call.fail();
      this.#endCall();
    }
  }

  #endCall(): void {
    this.#waited = 0;
    if (this.#calls.end()) {
      this.#goOn(this.#calls.present!);
      this.#observer.onRoom(this);
    } else if (this.#calls.isIdle) this.#rest();
  }

  #rest(): void {
    // One that is being killed may still have come to an end.
    if (this.#state === "dying") return;
    this.#state = "idle";
    this.#waited = 0;
    this.#observer.onIdle(this);
  }

  /** Tells the client of the call under way; returns with which status, null where it is too late for one. */
  #lose(loss: Loss): number | null {
    const status = this.#calls.present?.lose(loss) ?? null;
    const ahead = this.#calls.lose();
    if (ahead !== null) this.#observer.onReturn(ahead);
    return status;
  }

  #kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch (error) {
      // It has ended by itself meanwhile.
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  async #run(): Promise<void> {
    const output = this.#child.stdout.getReader({ mode: "byob" });
    const errors = this.#child.stderr.getReader();
    const reading = Promise.all([this.#readOutput(output), this.#readErrors(errors)]);
    const status = await this.#child.status;
    // What it has said is still in the pipes. Whom it has left behind may hold them for ever.
    const patience = setTimeout(() => {
      for (const reader of [output, errors]) reader.cancel().catch(() => undefined);
    }, PIPES_PATIENCE);
    await reading;
    clearTimeout(patience);
    await this.#input.abort().catch(() => undefined);
    this.#end(status);
  }

  async #readOutput(reader: ReadableStreamBYOBReader): Promise<void> {
    let buffer: Uint8Array<ArrayBuffer> = new Uint8Array(OUTPUT_BUFFER);
    try {
      for (;;) {
        const { value, done } = await reader.read(buffer);
        if (done) return;
        buffer = new Uint8Array(value.buffer);
        this.#waited = 0;
        this.#frames.parse(value, this);
        this.#calls.present?.settle();
        const room = this.#calls.present?.room() ?? null;
        if (room !== null) await room;
      }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (this.#state === "starting") this.#start.refuse(`what was started is no worker. ${why}`);
      else this.tell(`Worker ${this.pid} cannot be understood and is killed. ${why}`);
      await reader.cancel().catch(() => undefined);
      this.#kill("SIGKILL");
    }
  }

  async #readErrors(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    const lines = new LogLines((line) => {
      if (!this.#start.keep(line)) this.tell(line);
    });
    try {
      for (;;) {
        const { value } = await reader.read();
        if (value === undefined) break;
        lines.take(value);
      }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.tell(`Cannot read what worker ${this.pid} prints: ${why}`);
    }
    lines.end();
  }

  #end(status: Deno.CommandStatus): void {
    const state = this.#state;
    this.#state = "ended";
    if (state === "dying") return;
    const end = toEnd(status);
    if (state === "starting") {
      this.#start.end(end);
      return this.#observer.onGone(this, this.#start.toFailure());
    }
    const call = this.#calls.present;
    if (call === null) this.tell(`Worker ${this.pid} ${end}`);
    else {
      const outcome = toOutcome(this.#lose("died"));
      this.tell(`Worker ${this.pid} ${end} at ${describe(call.request)}: ${outcome}`);
    }
    this.#observer.onGone(this, null);
  }
}

function toLines(payload: Uint8Array): string[] {
  return new TextDecoder().decode(payload).split("\n");
}

function toEnd({ signal, code }: Deno.CommandStatus): string {
  return signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`;
}

function toOutcome(status: number | null): string {
  return status === null ? "its answer is cut" : `answered with ${status}`;
}
