/**
 * SOCKETS: what a connection is to everything above: octets in, octets out, two ends.
 *
 * TCP, TLS and Unix sockets all come down to this interface, so that the layers above never ask which
 * of them they talk over. The names are those of the sockets API; what the octets mean is not known here.
 */

/** One end of a connection. */
export type Address =
  | { readonly transport: "tcp"; readonly hostname: string; readonly port: number }
  | { readonly transport: "unix"; readonly path: string };

/** An accepted connection. A reader and a writer may wait at the same time; two readers may not. */
export interface Transport {
  /** Our end. */
  readonly localAddress: Address;
  /** The peer's end. */
  readonly remoteAddress: Address;
  /** Whether the octets are encrypted on the wire. */
  readonly secure: boolean;
  /**
   * Waits until both sides have agreed on how to encrypt, which the first `read` would do silently. Rejects as
   * `read` does, and with `InvalidData` where the peer speaks something else. Missing where nothing has
   * to be agreed on.
   */
  handshake?(): Promise<unknown>;
  /**
   * Waits for octets and puts them at the beginning of `buffer`. Resolves to their number, at least 1,
   * or to null when the peer has ended its side. Rejects with a `Deno.errors` error when the connection
   * is broken or has been closed here.
   */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Sends what it can of `octets` and resolves to how many were taken, at least 1. Rejects as `read` does. */
  write(octets: Uint8Array): Promise<number>;
  /** Ends our side: the peer reads to its end; it can still send. Rejects where the connection is gone. */
  closeWrite(): Promise<void>;
  /** Gives the connection up at once, both sides; what waits on it rejects. May be called twice. */
  close(): void;
}

/** A socket that accepts connections. */
export interface Listener {
  /** The address that was really bound. */
  readonly address: Address;
  /**
   * Waits for the next connection. Rejects when accepting fails; `toAcceptFailure` tells what that
   * means for the ones after it.
   */
  accept(): Promise<Transport>;
  /** Stops accepting; a waiting `accept` rejects. May be called twice. */
  close(): void;
}

/** The address as people write it: `127.0.0.1:8000`, `[::1]:8000`, `unix:/run/web.sock`. */
export function formatAddress(address: Address): string {
  if (address.transport === "unix") return `unix:${address.path}`;
  const { hostname, port } = address;
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
