// A listener without a socket: it gives the connections that a test has made, one after the other.

import type { Listener, Transport } from "../../lib/net/transport.ts";

/** A listener that accepts each of `transports` and then waits until it is closed. */
export function listenFake(...transports: Transport[]): Listener {
  const { promise: closed, reject } = Promise.withResolvers<never>();
  // Whoever does not wait in accept when it is closed is not told.
  closed.catch(() => undefined);
  return {
    address: { transport: "tcp", hostname: "192.0.2.1", port: 80 },
    accept: () => transports.length > 0 ? Promise.resolve(transports.shift()!) : closed,
    close: () => reject(new Deno.errors.BadResource("The listener is closed")),
  };
}
