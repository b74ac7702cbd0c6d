/**
 * SOCKETS: a `Deno.Conn` as a `Transport`, and a `Deno.Listener` as a `Listener`.
 *
 * TCP, TLS and Unix sockets differ in how they begin to listen and in nothing afterwards, so this is
 * the only code that accepts, reads and writes. It adds no promise of its own: `read` and `write` hand
 * through what Deno returns, for an `async` wrapper would cost a tenth of a whole small request.
 */

import type { Address, Listener, Transport } from "./transport.ts";

class StreamTransport implements Transport {
  readonly localAddress: Address;
  readonly secure: boolean;
  readonly #connection: Deno.Conn;
  #isOpen = true;

  constructor(connection: Deno.Conn, options: { localAddress: Address; secure: boolean }) {
    this.#connection = connection;
    this.localAddress = options.localAddress;
    this.secure = options.secure;
  }

  get remoteAddress(): Address {
    return toAddress(this.#connection.remoteAddr);
  }

  read(buffer: Uint8Array): Promise<number | null> {
    return this.#connection.read(buffer);
  }

  write(octets: Uint8Array): Promise<number> {
    return this.#connection.write(octets);
  }

  closeWrite(): Promise<void> {
    return this.#connection.closeWrite();
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#connection.close();
  }
}

class TlsTransport extends StreamTransport {
  readonly #connection: Deno.TlsConn;

  constructor(connection: Deno.TlsConn, options: { localAddress: Address; secure: boolean }) {
    super(connection, options);
    this.#connection = connection;
  }

  handshake(): Promise<unknown> {
    return this.#connection.handshake();
  }
}

/** A `Deno.Listener` of whatever kind as ours; `onClose` runs once, after it was closed. */
export class StreamListener implements Listener {
  readonly address: Address;
  readonly #listener: Deno.Listener;
  readonly #secure: boolean;
  readonly #onClose: () => void;
  #isOpen = true;

  constructor(
    listener: Deno.Listener,
    options: { secure?: boolean; onClose?: () => void } = {},
  ) {
    this.#listener = listener;
    this.address = toAddress(listener.addr);
    this.#secure = options.secure ?? false;
    this.#onClose = options.onClose ?? (() => {});
  }

  async accept(): Promise<Transport> {
    const connection = await this.#listener.accept();
    // Head and content may go out in two writes; Nagle's algorithm would hold the second back until
    // the peer, which delays its acknowledgement, has confirmed the first: 40 ms.
    try {
      if ("setNoDelay" in connection) (connection as Deno.TcpConn).setNoDelay(true);
      const { address } = this;
      const localAddress = address.transport === "unix" ? address : toAddress(connection.localAddr);
      const options = { localAddress, secure: this.#secure };
      return this.#secure
        ? new TlsTransport(connection as Deno.TlsConn, options)
        : new StreamTransport(connection, options);
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#listener.close();
    this.#onClose();
  }
}

function toAddress(address: Deno.Addr): Address {
  // The address of a TLS listener names no transport before Deno 2.9.
  if (!("hostname" in address)) {
    return { transport: "unix", path: (address as Deno.UnixAddr).path ?? "" };
  }
  const { hostname, port } = address;
  return address.transport === "tcp"
    ? address as Deno.NetAddr & { transport: "tcp" }
    : { transport: "tcp", hostname, port };
}
