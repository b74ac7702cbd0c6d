/**
 * DRIVER: waiting until everything that has arrived has been read.
 *
 * Deno's event loop runs its timers first, then asks the sockets, and not in every turn; what was read runs
 * after that. So a timer that finds nothing read knows little: the octets may lie in the socket since long
 * before, where something has blocked the loop. The first timer of 0 ms may come before the sockets are
 * asked again, the second comes after that, and like every timer before what was read in its turn; an
 * immediate comes after that, too.
 */

import { clearImmediate, setImmediate } from "node:timers";

/** A look that is under way. */
export interface Look {
  /** Ends it without an outcome. */
  cancel(): void;
}

/** Calls `onSeen` when what had arrived at this moment has been read by those who wait for it. */
export function lookAtSockets(onSeen: () => void): Look {
  let immediate: ReturnType<typeof setImmediate> | undefined;
  let timer = setTimeout(() => {
    timer = setTimeout(() => {
      immediate = setImmediate(onSeen);
    });
  });
  return {
    cancel: () => {
      clearTimeout(timer);
      clearImmediate(immediate);
    },
  };
}
