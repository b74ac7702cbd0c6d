/**
 * DRIVER: a server: a listener, its connections, and their end.
 *
 * The accept loop hands each connection to itself and goes on. It survives what befalls one connection,
 * pauses while descriptors or memory have run out, and while as many connections are open as are allowed: then the
 * system's queue holds the next ones, and nobody is dropped.
 *
 * Shutting down is graceful: no connection is accepted any more, those between two requests are closed,
 * the others get the answer they wait for, as their last. What is not finished when the grace is over
 * is cut.
 */

import { toAcceptFailure } from "../net/listen_error.ts";
import type { Address, Listener, Transport } from "../net/transport.ts";
import { Connection, type ConnectionContext } from "./connection.ts";
import { DateLine } from "./date_line.ts";
import type { Handler } from "./handler.ts";
import { type Deadlines, DEFAULT_DEADLINES, DEFAULT_LIMITS, type Limits } from "./limits.ts";
import type { Observer } from "./observer.ts";
import { toPatience } from "./phase.ts";
import { Sweep } from "./sweep.ts";
import type { OctetsAnswer } from "./text_answer.ts";

/** What can be chosen about a server. */
export interface ServeOptions {
  /** Where connections come from; the server closes it when it ends. */
  readonly listener: Listener;
  /** Those that differ from `DEFAULT_LIMITS`. */
  readonly limits?: Partial<Limits>;
  /** Those that differ from `DEFAULT_DEADLINES`. */
  readonly deadlines?: Partial<Deadlines>;
  /** Makes something else of the answers to errors, which the driver gives by itself; more fields, say. */
  readonly amend?: (answer: OctetsAnswer) => OctetsAnswer;
  /** Told what happens; the driver itself prints nothing. */
  readonly observer?: Observer;
  /** How exactly deadlines are kept, in milliseconds; 1,000 unless given. */
  readonly tick?: number;
}

/** A server that is running. */
export interface Server {
  /** The address that was really bound. */
  readonly address: Address;
  /** How many connections are open. */
  readonly connections: number;
  /** Resolves when the server has ended and its last connection is closed. */
  readonly closed: Promise<void>;
  /**
   * Ends the server: stops accepting, closes idle connections, lets the others finish for `grace`
   * seconds (10 unless given) and cuts them then. Resolves with `closed`. A second call can only make
   * the grace shorter.
   */
  shutdown(options?: { grace?: number }): Promise<void>;
}

/** Answers every request that comes to `options.listener` with `handler`, from now on. */
export function serve(handler: Handler, options: ServeOptions): Server {
  return new RunningServer(handler, options);
}

/** Pauses after running out of something, in milliseconds: they double from the first to the last. */
const FIRST_PAUSE = 10;
const LAST_PAUSE = 1_000;
const DEFAULT_GRACE = 10;

class RunningServer implements Server {
  readonly closed: Promise<void>;
  readonly #listener: Listener;
  readonly #connections: Sweep<Connection>;
  readonly #context: ConnectionContext & { isDraining: boolean };
  /** Called when a connection has been closed. */
  #onClose: (() => void) | null = null;
  #cut: ReturnType<typeof setTimeout> | undefined;
  /** Ends the pause of the accept loop. */
  #wake: (() => void) | null = null;

  constructor(handler: Handler, options: ServeOptions) {
    this.#listener = options.listener;
    const dateLine = new DateLine();
    this.#connections = new Sweep(options.tick ?? 1_000, () => dateLine.refresh());
    this.#context = {
      handler,
      limits: { ...DEFAULT_LIMITS, ...options.limits },
      observer: options.observer ?? {},
      amend: options.amend ?? ((answer) => answer),
      dateLine,
      isDraining: false,
      sweep: this.#connections,
      onClose: () => this.#onClose?.(),
      patience: toPatience({ ...DEFAULT_DEADLINES, ...options.deadlines }, this.#connections),
    };
    this.closed = this.#run();
  }

  get address(): Address {
    return this.#listener.address;
  }

  get connections(): number {
    return this.#connections.size;
  }

  async shutdown(options: { grace?: number } = {}): Promise<void> {
    this.#context.isDraining = true;
    this.#listener.close();
    this.#wake?.();
    clearTimeout(this.#cut);
    this.#cut = setTimeout(() => this.#closeAll(), (options.grace ?? DEFAULT_GRACE) * 1000);
    // One turn of the event loop: octets that had arrived before the end are a request, not silence.
    await new Promise((resolve) => setTimeout(resolve));
    for (const connection of this.#connections) connection.closeIfIdle();
    await this.closed;
  }

  async #run(): Promise<void> {
    await this.#accept();
    while (this.#connections.size > 0) await this.#closing();
    clearTimeout(this.#cut);
  }

  async #accept(): Promise<void> {
    const { limits, observer } = this.#context;
    let pause = FIRST_PAUSE;
    while (!this.#context.isDraining) {
      if (this.#connections.size >= limits.connections) {
        await this.#closing();
        continue;
      }
      try {
        this.#start(await this.#listener.accept());
        pause = FIRST_PAUSE;
      } catch (error) {
        const failure = toAcceptFailure(error);
        if (failure === "closed") return;
        if (failure === "connection") continue;
        observer.onAcceptError?.(error, pause);
        await this.#sleep(pause);
        pause = Math.min(2 * pause, LAST_PAUSE);
      }
    }
  }

  #start(transport: Transport): void {
    void new Connection(transport, this.#context).run();
  }

  /** Waits until a connection is closed, or until the server is told to. */
  #closing(): Promise<void> {
    return new Promise((resolve) => {
      this.#onClose = this.#wake = () => {
        this.#onClose = this.#wake = null;
        resolve();
      };
    });
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake?.(), milliseconds);
      this.#wake = () => {
        this.#wake = null;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #closeAll(): void {
    for (const connection of this.#connections) connection.close();
  }
}
