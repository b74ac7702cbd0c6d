// A transport without a socket: reads give what the test puts in, writes take as much as it allows.

import type { Address, Transport } from "../../lib/net/transport.ts";

const ADDRESS: Address = { transport: "tcp", hostname: "192.0.2.1", port: 1 };

export class FakeTransport implements Transport {
  readonly localAddress = ADDRESS;
  readonly remoteAddress = ADDRESS;
  readonly secure = false;
  /** How many octets one write takes. */
  readonly appetite: number;
  /** What each write was given, as text, and how much of it was taken. */
  readonly written: string[] = [];
  /** The buffers that were handed to `read`, in order. */
  readonly reads: Uint8Array[] = [];
  closed = 0;
  readonly #incoming: (Uint8Array | null)[] = [];
  #waiting: { buffer: Uint8Array; resolve: (count: number | null) => void } | null = null;

  constructor(appetite = Infinity) {
    this.appetite = appetite;
  }

  /** Lets the next read have `data`, or the peer's end. */
  bring(data: string | Uint8Array | null): void {
    this.#incoming.push(typeof data === "string" ? new TextEncoder().encode(data) : data);
    this.#serve();
  }

  read(buffer: Uint8Array): Promise<number | null> {
    this.reads.push(buffer);
    return new Promise((resolve) => {
      this.#waiting = { buffer, resolve };
      this.#serve();
    });
  }

  write(octets: Uint8Array): Promise<number> {
    const taken = octets.subarray(0, Math.min(this.appetite, octets.length));
    this.written.push(new TextDecoder().decode(taken));
    return Promise.resolve(taken.length);
  }

  closeWrite(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.closed++;
  }

  #serve(): void {
    if (this.#waiting === null || this.#incoming.length === 0) return;
    const { buffer, resolve } = this.#waiting;
    this.#waiting = null;
    const octets = this.#incoming.shift()!;
    if (octets !== null) buffer.set(octets);
    resolve(octets === null ? null : octets.length);
  }
}
