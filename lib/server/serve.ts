/**
 * DRIVER: a server: a listener, its connections, and their end.
 *
 * The accept loop hands each connection to itself and goes on. It survives what befalls one connection,
 * pauses while descriptors or memory have run out, and while as many connections are open as are allowed: then the
 * system's queue holds the next ones, and nobody is dropped.
 *
 * Whose address has as many connections as it may is answered 503 before it asks, for a person or a program
 * that understands; and since a polite end takes a while, no more are ended so at a time than are served.
 * Those beyond that are closed without a word.
 *
 * Shutting down is graceful: no connection is accepted any more, those between two requests are ended,
 * the others get the answer they wait for, as their last. What is not finished when the grace is over
 * is cut.
 */

import { ProtocolError } from "../http1/protocol_error.ts";
import { toAcceptFailure } from "../net/listen_error.ts";
import type { Address, Listener, Transport } from "../net/transport.ts";
import { AddressQuota } from "./address_quota.ts";
import { Connection, type ConnectionContext } from "./connection.ts";
import { DateLine } from "./date_line.ts";
import type { Handler } from "./handler.ts";
import { type Deadlines, DEFAULT_DEADLINES, DEFAULT_LIMITS, type Limits } from "./limits.ts";
import { lookAtSockets } from "./look_at_sockets.ts";
import type { Observer } from "./observer.ts";
import { toCredit, toPace, toPatience } from "./phase.ts";
import { Sweep } from "./sweep.ts";
import type { OctetsAnswer } from "./text_answer.ts";
import { TrustedProxies } from "./trusted_proxies.ts";

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
  /**
   * The peers, as `parseAddressRange` understands them, whose Forwarded or X-Forwarded-* fields say who the
   * client is; nobody's do unless given. `serve` throws `TypeError` for a range that is none.
   */
  readonly trustedProxies?: readonly string[];
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
  /** Who has how many connections; null where nobody asks. */
  readonly #quota: AddressQuota<Connection> | null;
  #cut: ReturnType<typeof setTimeout> | undefined;
  /** Ends the pause of the accept loop. */
  #wake: (() => void) | null = null;

  constructor(handler: Handler, options: ServeOptions) {
    this.#listener = options.listener;
    const dateLine = new DateLine();
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const deadlines = { ...DEFAULT_DEADLINES, ...options.deadlines };
    this.#quota = limits.connectionsPerAddress === Infinity ? null : new AddressQuota();
    this.#connections = new Sweep(options.tick ?? 1_000, () => dateLine.refresh());
    this.#context = {
      handler,
      limits,
      observer: options.observer ?? {},
      amend: options.amend ?? ((answer) => answer),
      trustedProxies: toTrustedProxies(options.trustedProxies),
      dateLine,
      isDraining: false,
      sweep: this.#connections,
      onClose: (connection) => {
        this.#quota?.leave(connection);
        options.observer?.onClose?.();
        this.#onClose?.();
      },
      patience: toPatience(deadlines, this.#connections),
      pace: toPace(limits.minRate, deadlines),
      credit: toCredit(limits.minRate, deadlines, this.#connections),
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
    // Octets that had arrived before the end are a request, not silence.
    await new Promise<void>((resolve) => lookAtSockets(resolve));
    for (const connection of this.#connections) connection.endIfIdle();
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
    const { observer, limits } = this.#context;
    const most = limits.connectionsPerAddress;
    const others = this.#quota?.countOf(transport.remoteAddress) ?? 0;
    if (others >= most) observer.onCrowd?.(transport.remoteAddress);
    if (others >= 2 * most) return transport.close();
    observer.onAccept?.();
    const connection = new Connection(transport, this.#context);
    this.#quota?.enter(connection, transport.remoteAddress);
    void connection.run(others < most ? null : crowd());
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

/** Null for nobody, so that a request that has no proxy to ask about does not look for one. */
function toTrustedProxies(ranges: readonly string[] = []): TrustedProxies | null {
  return ranges.length === 0 ? null : new TrustedProxies(ranges);
}

/** What a peer is told whose address has as many connections as it may. */
function crowd(): ProtocolError {
  return new ProtocolError("There are too many connections from this address", {
    status: 503,
    section: "RFC 9110 15.6.4",
  });
}
