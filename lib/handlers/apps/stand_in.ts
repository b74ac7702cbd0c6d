/**
 * WHAT ANSWERS: an object of ours in the place of one of the platform's.
 *
 * To make a `Request` or a `Response` costs more than most apps ever ask of it. So an app gets an object
 * that knows some things by itself, and makes the platform's own, its `native`, when it is asked for
 * anything else. By its prototype it is of the platform's class, and the platform's functions that take
 * one look for parts of their own in it, under symbols: those are handed through as well.
 */

/** What stands in: it has the platform's object, or makes it now. */
export interface StandIn {
  /** From the first time on, both are one. */
  readonly native: object;
}

/**
 * Puts `own`, the prototype of those who stand in, under `platforms`, the prototype of what they stand in for,
 * and hands through what it does not have itself. `sample` is one of the platform's objects.
 */
export function standIn(own: StandIn, platforms: object, sample: object): void {
  Object.setPrototypeOf(own, platforms);
  for (let owner = platforms; owner !== Object.prototype; owner = Object.getPrototypeOf(owner)) {
    for (const name of Object.getOwnPropertyNames(owner)) {
      if (name === "constructor" || Object.hasOwn(own, name)) continue;
      const { value } = Object.getOwnPropertyDescriptor(owner, name)!;
      Object.defineProperty(own, name, {
        configurable: true,
        ...(typeof value === "function" ? { value: toMethod(name) } : { get: toGetter(name) }),
      });
    }
  }
  for (const symbol of Object.getOwnPropertySymbols(sample)) {
    Object.defineProperty(own, symbol, {
      configurable: true,
      get: toGetter(symbol),
      set(this: StandIn, value: unknown) {
        Reflect.set(this.native, symbol, value);
      },
    });
  }
}

function toMethod(name: string) {
  return function (this: StandIn, ...args: unknown[]): unknown {
    const { native } = this;
    return Reflect.apply(Reflect.get(native, name) as () => unknown, native, args);
  };
}

function toGetter(name: string | symbol) {
  return function (this: StandIn): unknown {
    return Reflect.get(this.native, name);
  };
}
