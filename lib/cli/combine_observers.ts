/**
 * COMMAND LINE: two observers as one, the log's and the metrics'. What neither wants to know is not observed.
 */

import type { Observer } from "../server/observer.ts";

type Event = Exclude<keyof Observer, "isTimed">;
type Listener = (first?: unknown, second?: unknown) => void;

/** All of them: one that is missing here does not compile. */
const EVENTS: Readonly<Record<Event, true>> = {
  onAccept: true,
  onClose: true,
  onContent: true,
  onExchange: true,
  onHandlerError: true,
  onBroken: true,
  onCrowd: true,
  onAcceptError: true,
};

/** What tells both, `one` first. */
export function combineObservers(one: Observer, other: Observer): Observer {
  const listeners: Partial<Record<Event, Listener>> = {};
  for (const event of Object.keys(EVENTS) as Event[]) {
    const first = one[event]?.bind(one) as Listener | undefined;
    const second = other[event]?.bind(other) as Listener | undefined;
    const listener = first === undefined
      ? second
      : second === undefined
      ? first
      : both(first, second);
    if (listener !== undefined) listeners[event] = listener;
  }
  return { ...listeners, isTimed: one.isTimed === true || other.isTimed === true };
}

function both(first: Listener, second: Listener): Listener {
  return (a, b) => {
    first(a, b);
    second(a, b);
  };
}
