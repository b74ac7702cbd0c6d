/**
 * SOCKETS: listening on a Unix socket, a file that stands for an address.
 *
 * The file outlives a process that was killed, and then nobody answers behind it. Such a stale file is
 * replaced; one behind which somebody answers is an error, and so is a file that is no socket. To know
 * which it is, we call. When the listener closes, the file goes.
 */

import { ListenError, toListenError } from "./listen_error.ts";
import { StreamListener } from "./stream_transport.ts";
import { formatAddress } from "./transport.ts";
import type { Listener } from "./transport.ts";

/** Listens on the Unix socket `path`. Rejects with `ListenError`. */
export async function listenUnix(path: string): Promise<Listener> {
  const where = formatAddress({ transport: "unix", path });
  try {
    await removeStaleSocket(path, where);
    const listener = Deno.listen({ transport: "unix", path });
    return new StreamListener(listener, { onClose: () => removeIfThere(path) });
  } catch (error) {
    throw toListenError(error, where);
  }
}

async function removeStaleSocket(path: string, where: string): Promise<void> {
  let status: Deno.FileInfo;
  try {
    status = Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  if (!status.isSocket) {
    throw new ListenError(`Cannot listen on ${where}: a file that is not a socket is in the way`, {
      fault: "not-a-socket",
    });
  }
  try {
    (await Deno.connect({ transport: "unix", path })).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
    removeIfThere(path);
    return;
  }
  throw new ListenError(`Cannot listen on ${where}: another server answers there`, {
    fault: "taken",
  });
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
