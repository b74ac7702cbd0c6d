/**
 * WHAT ANSWERS: how long work gives way to everybody else.
 *
 * What runs for many milliseconds has to let the sockets be asked in between, and not every wait does
 * that in Deno: after `setImmediate` it goes on without asking them 60 times out of 61, which made
 * others wait for 60 to 200 ms. A timer of 0 ms waits for 1.4. The shortest wait that does is for something that
 * another thread does, however little: 0.3 to 0.6 ms where the processor is busy, 0.06 where it is not.
 */

const NOTHING = new Uint8Array(0);

/** Resolves when everything that waited has had its turn. */
export async function giveWay(): Promise<void> {
  await crypto.subtle.digest("SHA-256", NOTHING);
}
