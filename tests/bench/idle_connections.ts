// What an idle keep-alive connection costs: so many connections, each used for one request and then silent.
//
// The client runs in this process; the server's memory is read before the connections and while they
// are all open. A first wave is closed again before, so that what a server allocates once and keeps does
// not count as the price of a connection.

import type { Contender } from "./contender.ts";

/** Octets of the server's memory for each of `count` idle connections. */
export async function measureIdle(contender: Contender, count: number): Promise<number> {
  await hold(contender, Math.min(count, 200), () => {});
  const before = contender.residentOctets();
  let during = 0;
  await hold(contender, count, () => {
    during = contender.residentOctets();
  });
  return (during - before) / count;
}

/** Opens `count` connections, uses each once, calls `whileOpen` and closes them. */
async function hold(contender: Contender, count: number, whileOpen: () => void): Promise<void> {
  const open: Deno.Conn[] = [];
  const request = new TextEncoder().encode(
    `GET / HTTP/1.1\r\nHost: 127.0.0.1:${contender.port}\r\n\r\n`,
  );
  const buffer = new Uint8Array(65_536);
  try {
    for (let i = 0; i < count; i++) {
      const connection = await Deno.connect({ hostname: "127.0.0.1", port: contender.port });
      open.push(connection);
      await connection.write(request);
      if (await connection.read(buffer) === null) {
        throw new Error(`${contender.name} closed connection ${i + 1}`);
      }
    }
    whileOpen();
  } finally {
    for (const connection of open) connection.close();
  }
}
