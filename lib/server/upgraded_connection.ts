/**
 * DRIVER (RFC 9110 sections 7.8 and 15.2.2): a connection after its 101.
 *
 *              101 sent              run has settled, and what it wrote is taken
 *    ANSWERING --------> UPGRADED <---------+-----------> LINGERING --> CLOSED
 *                           |               |
 *                           +--> SENDING ---+   while octets wait to be taken
 *
 * Only the deadline for taking octets goes on: a peer that is silent may be right to be, and the protocol has
 * its own ways to ask whether it still lives. Nothing is read before somebody wants it.
 *
 * Whoever writes does not wait for his turn to write again: what small pieces gather while a write is under way
 * leave together with the next one.
 *
 * The exchange is told of when its connection is closed, even if what took that over never settles.
 */

import type { FieldBlock } from "../http1/field_block.ts";
import { CONTINUE, encodeUpgradeHead } from "../http1/response_head.ts";
import type { Transport } from "../net/transport.ts";
import type { DateLine } from "./date_line.ts";
import type { Input } from "./input.ts";
import type { Observer } from "./observer.ts";
import type { Output } from "./output.ts";
import { type Phase, UPGRADED } from "./phase.ts";
import type { Upgrade, UpgradedWire } from "./upgrade.ts";

/** What another protocol needs of the connection. */
export interface UpgradableWire {
  readonly transport: Transport;
  readonly context: { readonly observer: Observer; readonly dateLine: DateLine };
  readonly input: Input;
  readonly output: Output;
  /** Waits for something else from now on. */
  enter(phase: Phase): void;
  /** Makes the signals that tell of the connection's end and of the server's. */
  upgrade(): { readonly gone: AbortSignal; readonly draining: AbortSignal };
  /** The peer has ended its side. */
  endPeer(): void;
  /** Gives the connection up, because of `cause` where there is one. */
  close(cause?: unknown): void;
}

/**
 * Sends the 101 and lets `upgrade` run; resolves when it has ended and all that it wrote is taken. Never rejects. `onEnd` is called once, with the number of octets that were sent
 * behind the head and whether they were cut short, and not at all where the connection was closed before;
 * `onFailure` with what `run` rejects with by its own fault.
 */
export async function serveUpgrade(
  connection: UpgradableWire,
  options: {
    upgrade: Upgrade;
    fields: FieldBlock;
    /** Whether 100 (Continue) has to come before the 101. */
    expectsContinue: boolean;
    onEnd: (sent: number, isCut: boolean) => void;
    onFailure: (error: unknown) => void;
  },
): Promise<void> {
  const { upgrade, onFailure } = options;
  const signals = connection.upgrade();
  const { gone, draining } = signals;
  const wire = new UpgradedConnection(connection, signals);
  let isTold = gone.aborted;
  const tell = (isCut: boolean) => {
    if (!isTold) options.onEnd(wire.sent, isCut);
    isTold = true;
  };
  // At once: what took the connection over may not look at its end, and the log may be about to be closed, too.
  gone.addEventListener("abort", () => tell(true));
  await wire.begin(options);
  let hasFailed = false;
  try {
    await upgrade.run(wire);
  } catch (error) {
    hasFailed = true;
    const isTidings = (gone.aborted && error === gone.reason) ||
      (draining.aborted && error === draining.reason);
    if (!isTidings) onFailure(error);
  }
  await wire.end();
  tell(hasFailed);
}

/** Big messages are handed to the system in pieces, so that `buffered` tells how they get on. Octets. */
const PIECE = 262_144;

/** Octets that wait to be sent, and who waits for that. */
interface Waiting {
  readonly octets: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

class UpgradedConnection implements UpgradedWire {
  readonly gone: AbortSignal;
  readonly draining: AbortSignal;
  /** Octets that the system has taken. */
  sent = 0;
  buffered = 0;
  readonly #connection: UpgradableWire;
  #queue: Waiting[] = [];
  /** The loop that sends what waits, while it runs. */
  #sending: Promise<void> | null = null;
  #isReading = false;
  #hasPeerEnded = false;
  #isOver = false;

  constructor(
    connection: UpgradableWire,
    { gone, draining }: { gone: AbortSignal; draining: AbortSignal },
  ) {
    this.#connection = connection;
    this.gone = gone;
    this.draining = draining;
  }

  /** Sends the head behind the answers to earlier requests. */
  async begin(
    head: { upgrade: Upgrade; fields: FieldBlock; expectsContinue: boolean },
  ): Promise<void> {
    const { output, context: { dateLine } } = this.#connection;
    const { upgrade: { protocol }, fields } = head;
    try {
      if (head.expectsContinue) await output.write(CONTINUE);
      await output.write(encodeUpgradeHead({ protocol, fields, dateLine: dateLine.octets }));
      this.#connection.enter(UPGRADED);
    } catch (error) {
      this.#breakOff(error);
    }
  }

  async read(): Promise<Uint8Array | null> {
    this.#checkOpen("read");
    if (this.#isReading) throw new TypeError("Cannot read: another read is under way");
    if (this.#hasPeerEnded) return null;
    const { input, context } = this.#connection;
    if (input.isEmpty && !await this.#receive()) return null;
    const octets = input.bytes.subarray(input.start, input.end);
    input.start = input.end;
    context.observer.onContent?.(octets.length);
    return octets;
  }

  /** Waits for octets; false where the peer has ended its side instead. */
  async #receive(): Promise<boolean> {
    const { input } = this.#connection;
    this.#isReading = true;
    try {
      const count = await input.receiveOctets();
      input.accept(count);
      this.gone.throwIfAborted();
      if (count !== null) return true;
      this.#hasPeerEnded = true;
      this.#connection.endPeer();
      return false;
    } catch (error) {
      throw this.#breakOff(error);
    } finally {
      this.#isReading = false;
    }
  }

  write(octets: Uint8Array): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // Not everybody waits for what he writes; that the wire broke is told by `gone` as well.
    promise.catch(() => undefined);
    try {
      this.#checkOpen("write");
    } catch (error) {
      reject(error);
      return promise;
    }
    this.#queue.push({ octets, resolve, reject });
    this.buffered += octets.length;
    this.#sending ??= this.#send();
    return promise;
  }

  /** Nobody may read or write any more; resolves when what was written is taken, or lost. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#sending;
  }

  #checkOpen(action: string): void {
    this.gone.throwIfAborted();
    if (this.#isOver) throw new TypeError(`Cannot ${action}: the protocol has ended`);
  }

  /** Sends until nothing waits; never rejects. */
  async #send(): Promise<void> {
    const { output } = this.#connection;
    let batch: Waiting[] = [];
    try {
      while (this.#queue.length > 0) {
        const gathered = this.#gather();
        batch = this.#queue.splice(0, Math.max(1, gathered));
        if (gathered === 0) await this.#sendPieces(batch[0]!.octets);
        else await output.flush();
        for (const { octets, resolve } of batch) {
          if (gathered > 0) this.#count(octets.length);
          resolve();
        }
      }
      this.#connection.enter(UPGRADED);
    } catch (error) {
      const reason = this.#breakOff(error);
      for (const { reject } of [...batch, ...this.#queue]) reject(reason);
      this.#queue = [];
      this.buffered = 0;
    }
    this.#sending = null;
  }

  /** Lets the output take small ones of those that wait, and returns how many; one alone is sent as it lies. */
  #gather(): number {
    const { output } = this.#connection;
    const queue = this.#queue;
    if (queue.length === 1) return 0;
    let count = 0;
    while (count < queue.length && output.take(queue[count]!.octets)) count++;
    return count;
  }

  async #sendPieces(octets: Uint8Array): Promise<void> {
    const { output } = this.#connection;
    for (let start = 0; start < octets.length; start += PIECE) {
      const piece = octets.length <= PIECE ? octets : octets.subarray(start, start + PIECE);
      await output.writeOwn(piece);
      this.#count(piece.length);
    }
  }

  #count(sent: number): void {
    this.sent += sent;
    this.buffered -= sent;
  }

  /** The wire broke, or was closed, which breaks it as well and is no news. Returns why it is gone. */
  #breakOff(error: unknown): unknown {
    if (!this.gone.aborted) {
      const { context, transport } = this.#connection;
      context.observer.onBroken?.(error, transport.remoteAddress);
      this.#connection.close(error);
    }
    return this.gone.reason;
  }
}
