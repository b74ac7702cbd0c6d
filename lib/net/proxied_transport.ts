/**
 * SOCKETS: connections that a proxy relays, and that begin with what it says about them.
 *
 * The preamble is taken by the first read, so accepting waits for no peer and whoever bounds the wait
 * for a connection's first octets bounds this too. Until then the addresses are those of the socket,
 * afterwards those that the proxy named. It is read into the reader's own buffer, and what came behind
 * it is moved to the beginning: only a preamble that arrives in pieces is copied.
 *
 * A peer that may not say such things, or says them wrongly, fails its first read. An answer would help
 * nobody: a proxy does not read it, and anybody else has nothing to ask here. One that ends without an
 * octet, as health checks do, just ends.
 */

import { AddressRanges } from "./address_ranges.ts";
import { parseProxyPreamble, type ProxyPreamble } from "./proxy_protocol.ts";
import type { Address, Listener, Transport } from "./transport.ts";

/**
 * `listener`, each of whose connections must begin with a PROXY preamble. Not for TLS, where the preamble
 * comes before the handshake. `trusted` are the peers who may send one, as `parseAddressRange`
 * understands them; all unless given, and then nobody but proxies must be able to reach the listener.
 * Throws `TypeError` for a range that is none.
 */
export function withProxyProtocol(
  listener: Listener,
  options: { trusted?: readonly string[] } = {},
): Listener {
  const trusted = options.trusted === undefined ? null : new AddressRanges(options.trusted);
  return {
    get address() {
      return listener.address;
    },
    async accept() {
      return new ProxiedTransport(await listener.accept(), trusted);
    },
    close: () => listener.close(),
  };
}

class ProxiedTransport implements Transport {
  readonly #transport: Transport;
  readonly #trusted: AddressRanges | null;
  #preamble: ProxyPreamble | null = null;

  constructor(transport: Transport, trusted: AddressRanges | null) {
    this.#transport = transport;
    this.#trusted = trusted;
  }

  get localAddress(): Address {
    return this.#preamble?.ends?.localAddress ?? this.#transport.localAddress;
  }

  get remoteAddress(): Address {
    return this.#preamble?.ends?.remoteAddress ?? this.#transport.remoteAddress;
  }

  get secure(): boolean {
    return this.#preamble?.secure ?? false;
  }

  read(buffer: Uint8Array): Promise<number | null> {
    return this.#preamble === null ? this.#readFirst(buffer) : this.#transport.read(buffer);
  }

  write(octets: Uint8Array): Promise<number> {
    return this.#transport.write(octets);
  }

  closeWrite(): Promise<void> {
    return this.#transport.closeWrite();
  }

  close(): void {
    this.#transport.close();
  }

  async #readFirst(buffer: Uint8Array): Promise<number | null> {
    if (this.#trusted !== null && !this.#trusted.has(this.#transport.remoteAddress)) {
      throw new Deno.errors.InvalidData(
        "The connection is not taken: PROXY preambles are not believed from this address",
      );
    }
    let begun = new Uint8Array();
    for (;;) {
      const count = await this.#transport.read(buffer);
      if (count === null) {
        if (begun.length === 0) return null;
        throw new Deno.errors.InvalidData(
          "The connection is not taken: it ends before its PROXY preamble does",
        );
      }
      const octets = begun.length === 0
        ? buffer.subarray(0, count)
        : concatenate(begun, buffer.subarray(0, count));
      const preamble = parseProxyPreamble(octets);
      if (preamble === null) {
        begun = octets.slice();
        continue;
      }
      this.#preamble = preamble;
      const start = preamble.length - begun.length;
      if (start === count) return await this.#transport.read(buffer);
      buffer.copyWithin(0, start, count);
      return count - start;
    }
  }
}

function concatenate(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
