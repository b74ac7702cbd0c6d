/**
 * COMMAND LINE: what a peer may make the server hold, and how long it may make it wait.
 *
 * What is not given is what `server/limits.ts` says, and the reasons are there. Where a limit can be done
 * without, 0 lifts it, as in nginx and Apache. Others have bounds of their own: a number that no server
 * could keep, or with which nobody would get an answer, is taken for a typing error.
 */

import {
  type Deadlines,
  DEFAULT_DEADLINES,
  DEFAULT_LIMITS,
  type Limits,
} from "../server/limits.ts";
import type { GivenOptions } from "./given.ts";
import { toNumber, toOctetCount } from "./given_value.ts";
import type { OptionName } from "./option_table.ts";

/** A day: nobody waits longer, and timers still hold it. */
export const LONGEST = 86_400;
const MOST = 1_000_000;
/** Of a head: it is kept in memory until it is answered. */
const LONGEST_HEAD = 16 * 1024 * 1024;
/** 2 ** 53 - 1 is where counting ends; a petabyte is less. */
const MOST_CONTENT = 2 ** 50;

/** The limits that were given, and the others. Throws `Failure` for what cannot be understood. */
export function toLimits(given: GivenOptions): Limits {
  const count = (name: OptionName, otherwise: number, from = 1) =>
    toNumber(given.get(name), { otherwise, from, to: MOST, isWhole: true });
  const octets = (name: OptionName, otherwise: number, range: { from: number; to: number }) =>
    toOctetCount(given.get(name), { otherwise, ...range });
  const head = { from: 1, to: LONGEST_HEAD };
  const limits = DEFAULT_LIMITS;
  return {
    ...limits,
    requestTarget: octets("max-target", limits.requestTarget, head),
    fieldCount: count("max-fields", limits.fieldCount),
    fieldSection: octets("max-field-section", limits.fieldSection, head),
    content: octets("max-content", limits.content, { from: 0, to: MOST_CONTENT }) || Infinity,
    requestsPerConnection: count("max-requests", limits.requestsPerConnection),
    connections: count("max-connections", limits.connections),
    connectionsPerAddress: count("max-per-address", limits.connectionsPerAddress, 0) || Infinity,
    minRate: octets("min-rate", limits.minRate, { from: 0, to: MOST }),
  };
}

/** The deadlines that were given, and the others. Throws `Failure` for what cannot be understood. */
export function toDeadlines(given: GivenOptions): Deadlines {
  const seconds = (name: OptionName, otherwise: number) =>
    toNumber(given.get(name), { otherwise, from: 1, to: LONGEST });
  const deadlines = DEFAULT_DEADLINES;
  return {
    ...deadlines,
    handshake: seconds("handshake-timeout", deadlines.handshake),
    head: seconds("head-timeout", deadlines.head),
    content: seconds("content-timeout", deadlines.content),
    answer: seconds("answer-timeout", deadlines.answer),
    idle: seconds("idle", deadlines.idle),
  };
}
