/**
 * WHAT ANSWERS: the workers that run a WSGI app, and the requests that wait for one.
 *
 * The worker that was busy last is the next to be, for its memory is the warmest. Who finds none waits in a
 * queue, which is bounded and is left by those whose client has left. A worker that is lost is replaced at once, unless
 * it was lost before it had answered anything: then one is tried now and again, later each time, and why it
 * does not start is told once. While there is none that has started, nobody waits: they are told to come again.
 *
 * To wait for the server between two answers takes a worker as long as a small answer. So where as many wait as there
 * are workers, one that is quick is given a request ahead, if it is a safe one (RFC 9110 9.2.1): where the answer before
 * takes long after all, the next who is idle gets what lies behind it.
 */

import type { HttpResponse } from "../../server/handler.ts";
import { textAnswer } from "../../server/text_answer.ts";
import type { WsgiCall } from "./wsgi_call.ts";
import type { WsgiProgram } from "./wsgi_program.ts";
import { WsgiStartError } from "./wsgi_start_error.ts";
import type { StartFailure } from "./worker_start.ts";
import { type WorkerObserver, type WorkerPatience, WsgiWorker } from "./wsgi_worker.ts";

/** How many there are of what, and for how long. */
export interface PoolOptions {
  /** Workers. */
  readonly workers: number;
  /** Requests that wait for one. */
  readonly queue: number;
  /** How long a worker may take for what. */
  readonly patience: WorkerPatience;
  /** A tick, in milliseconds. */
  readonly tick: number;
  /** Told what is to be written to the log. */
  readonly onLine: WorkerObserver["onLine"];
  /** Told what no worker and no request has to do with. */
  readonly onNote: (line: string) => void;
}

const CROWDED = textAnswer(503, "Too many requests wait for the app", ["Retry-After", "10"]);
const BROKEN = textAnswer(503, "The app does not start at present", ["Retry-After", "10"]);
const CLOSING = textAnswer(503, "The app is being stopped", ["Retry-After", "10"]);

/** So long an answer has to take, in milliseconds, before what lies behind it is given to somebody else. */
const SLOW = 50;
/** Before the first retry, in milliseconds; each takes twice as long as the one before, up to the last. */
const FIRST_RETRY = 500;
const LAST_RETRY = 30_000;

/** Workers and their queue. */
export class WsgiPool implements WorkerObserver {
  readonly #program: WsgiProgram;
  readonly #options: PoolOptions;
  /** Those that start, or answer, or wait. */
  readonly #workers = new Set<WsgiWorker>();
  /** Those whose processes are not gone. */
  readonly #processes = new Set<WsgiWorker>();
  readonly #idle: WsgiWorker[] = [];
  #waiting = new Set<WsgiCall>();
  #lookBack: ReturnType<typeof setTimeout> | undefined;
  readonly #sweep: ReturnType<typeof setInterval>;
  /** Resolves with the first that has started; rejects where that fails. */
  readonly #first = Promise.withResolvers<void>();
  #hasStarted = false;
  #isClosing = false;
  /** How many have not started in a row, and what was told last about that. */
  #failures = 0;
  #told: string | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #closed: Promise<void> | null = null;

  /** Starts nothing yet. */
  constructor(program: WsgiProgram, options: PoolOptions) {
    this.#program = program;
    this.#options = options;
    this.#sweep = setInterval(() => {
      for (const worker of this.#processes) worker.pass();
      for (const call of this.#waiting) if (!call.isWatched) this.#watch(call);
    }, options.tick);
  }

  /** Starts a worker, and the others as soon as it has imported the app. Rejects with why it has not. */
  async start(): Promise<void> {
    this.#spawn();
    await this.#first.promise;
  }

  /** Has `call` answered. */
  ask(call: WsgiCall): Promise<HttpResponse> {
    const worker = this.#isClosing ? undefined : this.#idle.pop();
    if (worker !== undefined) worker.take(call);
    else if (this.#isClosing) call.refuse(CLOSING);
    else if (this.#isBroken) call.refuse(BROKEN);
    else if (this.#waiting.size >= this.#options.queue) call.refuse(CROWDED);
    else this.#waiting.add(call);
    return call.answer;
  }

  /**
   * Takes no more requests, and ends each worker when nothing waits for it. After `grace` seconds the rest are
   * ended with SIGTERM, and soon after that with SIGKILL. Resolves when no process is left. May be
   * called again, to shorten the grace.
   */
  close(grace: number): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    for (const worker of this.#workers) {
      if (worker.isStarting) worker.stop();
      else if (this.#waiting.size === 0) worker.retire();
    }
    if (!this.#hasReady) this.#refuseAll(CLOSING);
    const patience = setTimeout(() => {
      // What lay ahead of a worker waits again.
      for (const worker of this.#processes) worker.stop();
      this.#refuseAll(CLOSING);
    }, grace * 1_000);
    this.#closed ??= this.#settle();
    return this.#closed.finally(() => clearTimeout(patience));
  }

  async #settle(): Promise<void> {
    while (this.#processes.size > 0) {
      await Promise.all(Array.from(this.#processes, ({ ended }) => ended));
    }
    clearInterval(this.#sweep);
    clearTimeout(this.#lookBack);
  }

  /** A worker can take a call. */
  onIdle(worker: WsgiWorker): void {
    if (this.#failures > 0 || !this.#hasStarted) this.#recover();
    // What lies behind a slow answer has waited the longest.
    const call = this.#takeBack() ?? this.#takeFirst();
    if (call !== null) {
      worker.take(call);
      this.onRoom(worker);
    } else if (this.#isClosing) worker.retire();
    else {
      this.#idle.push(worker);
      this.#planLookingBack();
    }
  }

  #takeFirst(): WsgiCall | null {
    for (const call of this.#waiting) {
      this.#waiting.delete(call);
      return call;
    }
    return null;
  }

  /** A worker that answers can take a call ahead. */
  onRoom(worker: WsgiWorker): void {
    if (this.#waiting.size < this.#options.workers || !worker.hasRoom) return;
    for (const call of this.#waiting) {
      if (!call.isSafe) return;
      this.#waiting.delete(call);
      return worker.takeAhead(call);
    }
  }

  /** A call that was ahead of a worker has to be answered by somebody else, and comes first. */
  onReturn(call: WsgiCall): void {
    const worker = this.#idle.pop();
    if (worker !== undefined) worker.take(call);
    else if (this.#isClosing && !this.#hasReady) call.refuse(CLOSING);
    else this.#waiting = new Set([call, ...this.#waiting]);
  }

  /** What lies behind a slow answer; null where there is no such thing, or not yet. */
  #takeBack(): WsgiCall | null {
    for (const worker of this.#workers) {
      const call = worker.takeBack(SLOW);
      if (call !== null) return call;
    }
    return null;
  }

  /** While somebody is idle, nothing lies behind an answer for longer than that takes to be slow. */
  #planLookingBack(): void {
    if (this.#idle.length === 0 || this.#lookBack !== undefined) return;
    if ([...this.#workers].some(({ hasAhead }) => hasAhead)) {
      this.#lookBack = setTimeout(() => this.#lookAgain(), SLOW);
    }
  }

  #lookAgain(): void {
    this.#lookBack = undefined;
    while (this.#idle.length > 0) {
      const call = this.#takeBack();
      if (call === null) break;
      this.#idle.pop()!.take(call);
    }
    this.#planLookingBack();
  }

  /** A worker takes no calls any more. */
  onGone(worker: WsgiWorker, failure: StartFailure | null): void {
    this.#workers.delete(worker);
    const place = this.#idle.indexOf(worker);
    if (place >= 0) this.#idle.splice(place, 1);
    if (failure !== null) this.#fail(failure);
    else if (!worker.hasServed) {
      this.#fail(toStartFailure("it ended before it was asked for anything"));
    } else if (!this.#isClosing) this.#repair();
    else if (!this.#hasReady) this.#refuseAll(CLOSING);
  }

  /** A worker tells something. */
  readonly onLine: WorkerObserver["onLine"] = (line, context) =>
    this.#options.onLine(line, context);

  get #hasReady(): boolean {
    for (const worker of this.#workers) if (!worker.isStarting) return true;
    return false;
  }

  /** Whether there is nobody to wait for. */
  get #isBroken(): boolean {
    return this.#failures > 0 && !this.#hasReady;
  }

  /** A worker has started, as the first or after others have not. */
  #recover(): void {
    if (this.#told !== null) this.#options.onNote("The app starts again");
    this.#failures = 0;
    this.#told = null;
    this.#hasStarted = true;
    this.#first.resolve();
    this.#repair();
  }

  #fail(failure: StartFailure): void {
    if (this.#isClosing) return this.#refuseAll(CLOSING);
    this.#failures++;
    if (this.#told !== failure.message) {
      this.#told = failure.message;
      for (const line of failure.lines) this.#options.onNote(line);
      if (this.#hasStarted) this.#options.onNote(`A worker cannot start: ${failure.message}`);
    }
    if (!this.#hasStarted) {
      return this.#first.reject(new WsgiStartError(failure.message, failure.report));
    }
    if (this.#isBroken) this.#refuseAll(BROKEN);
    const delay = Math.min(LAST_RETRY, FIRST_RETRY * 2 ** (this.#failures - 1));
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      this.#spawn();
    }, delay);
  }

  /** Starts as many as are missing; where they do not start, nobody is in a hurry. */
  #repair(): void {
    while (!this.#isClosing && this.#failures === 0 && this.#workers.size < this.#options.workers) {
      this.#spawn();
    }
  }

  #spawn(): void {
    try {
      const worker = new WsgiWorker(this.#program, {
        patience: this.#options.patience,
        observer: this,
        isQuiet: this.#failures > 0,
      });
      this.#workers.add(worker);
      this.#processes.add(worker);
      worker.ended.then(() => this.#processes.delete(worker));
    } catch (error) {
      this.#fail(toStartFailure(error instanceof Error ? error.message : String(error)));
    }
  }

  /** Lets a call leave with its client. Most are not in the queue for long enough to be worth a watch. */
  #watch(call: WsgiCall): void {
    call.isWatched = true;
    const { signal } = call.request;
    const leave = () => {
      if (this.#waiting.delete(call)) call.refuse(CROWDED);
    };
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
  }

  #refuseAll(answer: HttpResponse): void {
    const calls = [...this.#waiting];
    this.#waiting.clear();
    for (const call of calls) call.refuse(answer);
  }
}

function toStartFailure(message: string): StartFailure {
  return { message, lines: [], report: null };
}
