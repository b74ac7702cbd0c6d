// lib/cli/combine_observers.ts: two observers as one.

import { combineObservers } from "../../lib/cli/combine_observers.ts";
import type { Observer } from "../../lib/server/observer.ts";
import { assertEquals } from "../deps.ts";
import { makeExchange, makeRequest } from "./made_exchange.ts";

const REMOTE = { transport: "tcp", hostname: "127.0.0.1", port: 50_000 } as const;

/** An observer that notes what it is told, under a name. */
class Noting implements Observer {
  readonly told: unknown[][];
  readonly name: string;

  constructor(name: string, told: unknown[][]) {
    this.name = name;
    this.told = told;
  }

  onAccept(): void {
    this.told.push([this.name, "accept"]);
  }

  onClose(): void {
    this.told.push([this.name, "close"]);
  }

  onContent(...args: unknown[]): void {
    this.told.push([this.name, ...args]);
  }

  onExchange(...args: unknown[]): void {
    this.told.push([this.name, ...args]);
  }

  onHandlerError(...args: unknown[]): void {
    this.told.push([this.name, ...args]);
  }

  onBroken(...args: unknown[]): void {
    this.told.push([this.name, ...args]);
  }

  onCrowd(...args: unknown[]): void {
    this.told.push([this.name, ...args]);
  }

  onAcceptError(...args: unknown[]): void {
    this.told.push([this.name, ...args]);
  }
}

Deno.test("combineObservers tells both of every event, with all that belongs to it", () => {
  const told: unknown[][] = [];
  const both = combineObservers(new Noting("a", told), new Noting("b", told));
  const [error, exchange, request] = [
    new Error("no"),
    makeExchange(),
    makeRequest("GET / HTTP/1.1"),
  ];
  both.onAccept?.();
  both.onClose?.();
  both.onContent?.(5);
  both.onExchange?.(exchange);
  both.onHandlerError?.(error, request);
  both.onBroken?.(error, REMOTE);
  both.onCrowd?.(REMOTE);
  both.onAcceptError?.(error, 10);
  const events = [["accept"], ["close"], [5], [exchange], [error, request], [error, REMOTE], [
    REMOTE,
  ], [error, 10]];
  // A listener that takes one argument gets undefined for the other.
  const without = (args: unknown[]) => args.filter((arg) => arg !== undefined);
  assertEquals(told.map(without), events.flatMap((event) => [["a", ...event], ["b", ...event]]));
});

Deno.test("combineObservers asks for no event that neither wants, and hands on what one wants", () => {
  const onClose = () => {};
  const both = combineObservers({ onClose }, {});
  assertEquals(Object.keys(both).sort(), ["isTimed", "onClose"]);
  assertEquals(Object.keys(combineObservers({}, { onClose })).sort(), ["isTimed", "onClose"]);
});

Deno.test("combineObservers wants the time where one of the two does", () => {
  const timed = { isTimed: true };
  assertEquals(
    [[{}, {}], [timed, {}], [{}, timed], [timed, { isTimed: false }]].map(([one, other]) =>
      combineObservers(one!, other!).isTimed
    ),
    [false, true, true, true],
  );
});
