/**
 * SOCKETS: listening on TCP, plain or under TLS.
 *
 * IPv4 and IPv6 alike; port 0 lets the system choose one. TLS is Deno's own (rustls): it makes its
 * handshake at the first read, so a slow handshake holds up no other connection, and the deadline for
 * the first octets covers it. HTTP/2 is not offered.
 */

import { ListenError, toListenError } from "./listen_error.ts";
import { StreamListener } from "./stream_transport.ts";
import { formatAddress } from "./transport.ts";
import type { Listener } from "./transport.ts";

/** Where to listen. */
export interface TcpOptions {
  /** A name or an address; `0.0.0.0` and `::` are all interfaces. */
  readonly hostname: string;
  /** 0 to 65535; 0 lets the system choose. */
  readonly port: number;
  /** How many connections the system may hold that were not accepted yet; it may cut the number. */
  readonly backlog?: number;
}

/** A certificate chain and its key, as PEM text. */
export interface TlsIdentity {
  /** The server's certificate first, then those that vouch for it. */
  readonly certificate: string;
  /** The private key of the first certificate. */
  readonly key: string;
}

/** Connections that the system queues while the accept loop is busy; Linux cuts it to net.core.somaxconn. */
const DEFAULT_BACKLOG = 4096;

/** Listens on TCP. Throws `ListenError`. */
export function listenTcp(options: TcpOptions): Listener {
  const { hostname, port, backlog = DEFAULT_BACKLOG } = options;
  try {
    return new StreamListener(Deno.listen({ hostname, port, tcpBacklog: backlog }));
  } catch (error) {
    throw toListenError(error, formatAddress({ transport: "tcp", hostname, port }));
  }
}

/** Listens on TCP and speaks TLS on each connection. Throws `ListenError`. */
export function listenTls(options: TcpOptions & { identity: TlsIdentity }): Listener {
  const { hostname, port, identity, backlog = DEFAULT_BACKLOG } = options;
  const where = formatAddress({ transport: "tcp", hostname, port });
  try {
    const listener = Deno.listenTls({
      hostname,
      port,
      cert: identity.certificate,
      key: identity.key,
      tcpBacklog: backlog,
    });
    return new StreamListener(listener as unknown as Deno.Listener, { secure: true });
  } catch (error) {
    if (error instanceof Deno.errors.InvalidData || isKeyError(error)) {
      throw new ListenError(`Cannot listen on ${where}: ${describe(error)}`, {
        fault: "bad-certificate",
        cause: error,
      });
    }
    throw toListenError(error, where);
  }
}

function isKeyError(error: unknown): boolean {
  return error instanceof Error && /cert|key/i.test(error.message);
}

function describe(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `the certificate and its key cannot be used (${reason})`;
}
