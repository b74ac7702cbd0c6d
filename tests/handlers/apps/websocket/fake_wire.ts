// A wire without a socket: what is sent is kept, what comes is pushed, and the system takes octets when
// the test says so.

import type { UpgradedWire } from "../../../../lib/server/upgrade.ts";
import { joined, type ServerFrame, serverFrames } from "./client_frames.ts";

/** A wire, and the peer at its other end. */
export class FakeWire implements UpgradedWire {
  readonly #gone = new AbortController();
  readonly #draining = new AbortController();
  readonly #written: Uint8Array[] = [];
  readonly #held: (() => void)[] = [];
  readonly #arrived: (Uint8Array | null | Error)[] = [];
  #reader: (() => void) | null = null;
  #wake = Promise.withResolvers<void>();
  /** Whether the system takes nothing. */
  isFull = false;
  buffered = 0;
  reads = 0;
  readonly gone = this.#gone.signal;
  readonly draining = this.#draining.signal;

  async read(): Promise<Uint8Array | null> {
    this.reads++;
    this.#tell();
    while (this.#arrived.length === 0) {
      await new Promise<void>((resolve) => this.#reader = resolve);
    }
    const next = this.#arrived.shift()!;
    if (next instanceof Error) throw next;
    return next;
  }

  async write(octets: Uint8Array): Promise<void> {
    this.#written.push(octets);
    this.#tell();
    if (!this.isFull) return;
    this.buffered += octets.length;
    await new Promise<void>((resolve) => this.#held.push(resolve));
    this.buffered -= octets.length;
  }

  /** Lets octets come; null is the end, an error a wire that breaks. */
  push(...octets: (Uint8Array | null | Error)[]): void {
    this.#arrived.push(...octets);
    this.#reader?.();
  }

  /** Takes all that waits. */
  take(): void {
    this.isFull = false;
    for (const resolve of this.#held.splice(0)) resolve();
  }

  /** Takes what has waited longest, and no more. */
  takeOne(): void {
    this.#held.shift()?.();
  }

  drain(): void {
    this.#draining.abort();
  }

  get frames(): ServerFrame[] {
    return serverFrames(joined(...this.#written));
  }

  /** The frames, when there are so many. */
  async waitForFrames(count: number): Promise<ServerFrame[]> {
    while (this.frames.length < count) await this.#wake.promise;
    return this.frames;
  }

  /** Resolves when reading has begun so often. */
  async waitForReads(count: number): Promise<void> {
    while (this.reads < count) await this.#wake.promise;
  }

  #tell(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}
