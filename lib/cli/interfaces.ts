/**
 * COMMAND LINE: the machine's addresses, for people to be told and certificates to name.
 *
 * Where the system does not give them, as in a service that may use the internet's protocols alone
 * (Linux tells them over a socket of another kind), a server does without.
 */

import type { Interface } from "./start_line.ts";

/** The machine's addresses; empty where the system keeps them to itself. */
export function listInterfaces(): readonly Interface[] {
  try {
    return Deno.networkInterfaces();
  } catch (error) {
    // What Deno refuses is a permission that was forgotten, and another matter.
    if (error instanceof Deno.errors.NotCapable) throw error;
    return [];
  }
}
