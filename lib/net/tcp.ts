/**
 * SOCKETS: listening on TCP.
 *
 * IPv4 and IPv6 alike; port 0 lets the system choose one. The same under TLS is in tls.ts.
 */

import { toListenError } from "./listen_error.ts";
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

/** Connections that the system queues while the accept loop is busy; Linux cuts it to net.core.somaxconn. */
export const DEFAULT_BACKLOG = 4096;

/** Listens on TCP. Throws `ListenError`. */
export function listenTcp(options: TcpOptions): Listener {
  const { hostname, port, backlog = DEFAULT_BACKLOG } = options;
  try {
    return new StreamListener(Deno.listen({ hostname, port, tcpBacklog: backlog }));
  } catch (error) {
    throw toListenError(error, formatAddress({ transport: "tcp", hostname, port }));
  }
}
