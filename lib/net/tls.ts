/**
 * SOCKETS: listening on TCP and speaking TLS on each connection.
 *
 * TLS is Deno's own (rustls): 1.2 and 1.3, no renegotiation, no certificates of clients. It makes its
 * handshake at the first read, so a slow handshake holds up no other connection.
 *
 * A certificate can be replaced while the server runs. Deno cannot give a listener another one, and two
 * sockets on one port (SO_REUSEPORT) lose what stands in the queue of the one that closes; so two
 * listeners share one socket for a moment:
 *
 *    listener with the old certificate ---+
 *                                         +--- one socket, one queue
 *    listener with the new certificate ---+
 *
 * The new one opens, the old one closes, the queue is never without either. Connections that were
 * accepted before keep the certificate that they were accepted with, even in the middle of a handshake.
 */

import { ListenError, toListenError } from "./listen_error.ts";
import { StreamListener } from "./stream_transport.ts";
import { DEFAULT_BACKLOG, type TcpOptions } from "./tcp.ts";
import { formatAddress, type Listener, type Transport } from "./transport.ts";

/** A certificate chain and its key, as PEM text. */
export interface TlsIdentity {
  /** The server's certificate first, then those that vouch for it. */
  readonly certificate: string;
  /** The private key of the first certificate. */
  readonly key: string;
}

/** Where to listen, and as who. */
export interface TlsOptions extends TcpOptions {
  /** The certificate and its key. */
  readonly identity: TlsIdentity;
  /**
   * What is spoken inside, the dearest first (ALPN, RFC 7301). A peer that offers protocols and none of
   * these is refused; one that offers nothing is not asked.
   */
  readonly protocols?: readonly string[];
}

/** A listener whose certificate can be replaced. */
export interface TlsListener extends Listener {
  /**
   * Takes another certificate for all connections that are accepted from now on; no connection is lost.
   * Throws `ListenError` where it cannot be used, and then nothing has changed.
   */
  replaceIdentity(identity: TlsIdentity): void;
}

/** How often a free port is looked for that somebody else may take meanwhile. */
const ATTEMPTS = 16;

/** The addresses of this process's TLS listeners, for Deno would share their sockets with anybody here. */
const taken = new Set<string>();

/** Listens on TCP and speaks TLS on each connection. Throws `ListenError`. */
export function listenTls(options: TlsOptions): TlsListener {
  const { hostname, port, identity } = options;
  const where = formatAddress({ transport: "tcp", hostname, port });
  for (let attempt = 1;; attempt++) {
    try {
      return new ReplaceableListener(options, openSomewhere(options, identity));
    } catch (error) {
      const failure = toIdentityError(error, `Cannot listen on ${where}`) ??
        toListenError(error, where);
      // A free port was found, and taken by somebody else before it was ours.
      if (port !== 0 || failure.fault !== "taken" || attempt === ATTEMPTS) throw failure;
    }
  }
}

class ReplaceableListener implements TlsListener {
  readonly #options: TlsOptions;
  #current: StreamListener;
  #isOpen = true;

  constructor(options: TlsOptions, first: StreamListener) {
    this.#options = options;
    this.#current = first;
    const where = formatAddress(first.address);
    if (taken.has(where)) {
      first.close();
      throw new Deno.errors.AddrInUse();
    }
    taken.add(where);
  }

  get address(): Listener["address"] {
    return this.#current.address;
  }

  async accept(): Promise<Transport> {
    for (;;) {
      const current = this.#current;
      try {
        return await current.accept();
      } catch (error) {
        // If it was replaced while it waited, whoever comes next comes to the new one.
        if (current === this.#current) throw error;
      }
    }
  }

  replaceIdentity(identity: TlsIdentity): void {
    const { address } = this;
    if (!this.#isOpen || address.transport !== "tcp") return;
    let next: StreamListener;
    try {
      next = open({ ...this.#options, hostname: address.hostname, port: address.port }, identity);
    } catch (error) {
      const action = "Cannot take another certificate";
      // The port is ours: that it is taken means that Deno does not share it.
      const reason = error instanceof Deno.errors.AddrInUse
        ? "this version of Deno needs a new start for that"
        : error instanceof Error
        ? error.message
        : String(error);
      throw toIdentityError(error, action) ??
        new ListenError(`${action}: ${reason}`, { fault: "other", cause: error });
    }
    const previous = this.#current;
    this.#current = next;
    previous.close();
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    taken.delete(formatAddress(this.address));
    this.#current.close();
  }
}

/** As `open`; for port 0 on a free one, which has to be known before it can be shared. */
function openSomewhere(options: TlsOptions, identity: TlsIdentity): StreamListener {
  if (options.port !== 0) return open(options, identity);
  const probe = Deno.listen({ hostname: options.hostname, port: 0 });
  const { port } = probe.addr as Deno.NetAddr;
  probe.close();
  return open({ ...options, port }, identity);
}

/** A listener of its own with this certificate, on the socket that this process has there if it has one. */
function open(options: TlsOptions, identity: TlsIdentity): StreamListener {
  const { hostname, port, backlog = DEFAULT_BACKLOG, protocols = [] } = options;
  const settings = {
    hostname,
    port,
    cert: identity.certificate,
    key: identity.key,
    alpnProtocols: [...protocols],
    tcpBacklog: backlog,
    // As in Deno.listen, where it makes listeners of one process share a socket.
    loadBalanced: true,
  };
  const listener = shareSocket(() => Deno.listenTls(settings));
  return new StreamListener(listener as unknown as Deno.Listener, { secure: true });
}

/**
 * Calls `listen` so that Deno shares the socket. `Deno.listenTls` of 2.7 to 2.9 hands its settings on in
 * an object that it makes itself, without `loadBalanced`, and the layer below looks for that all the same:
 * it finds it where every object inherits from. It is there for this one call, in which nothing else runs.
 */
function shareSocket<T>(listen: () => T): T {
  Reflect.defineProperty(Object.prototype, "loadBalanced", { value: true, configurable: true });
  try {
    return listen();
  } finally {
    Reflect.deleteProperty(Object.prototype, "loadBalanced");
  }
}

/** Names what is wrong with a certificate or its key, after `action`; null where the error is another one. */
function toIdentityError(error: unknown, action: string): ListenError | null {
  const reason = error instanceof Error ? error.message : String(error);
  if (!(error instanceof Deno.errors.InvalidData) && !/cert|key/i.test(reason)) return null;
  return new ListenError(`${action}: the certificate and its key cannot be used (${reason})`, {
    fault: "bad-certificate",
    cause: error,
  });
}
