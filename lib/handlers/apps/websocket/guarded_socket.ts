/**
 * WHAT ANSWERS: a socket whose listeners' mistakes end nothing but themselves.
 *
 * What a listener throws ends the whole process on this platform, and so does what an asynchronous one
 * rejects with. One client's message must not end the server for all the others: here both are
 * reported, as what an app throws elsewhere is.
 *
 * It is a `WebSocket` by its prototype, so that `instanceof` holds and constants and name are there; by its make it
 * is a plain event target, for the platform's own constructor would connect somewhere.
 */

type Listener = EventListenerOrEventListenerObject;

/** Hands what its listeners throw, or reject with, to whoever made it. */
export class GuardedSocket extends EventTarget {
  readonly #report: (error: unknown) => void;
  /** The same for the same listener, so that one is added once and can be removed. */
  readonly #guarded = new WeakMap<Listener, EventListener>();

  constructor(report: (error: unknown) => void) {
    super();
    this.#report = report;
  }

  override addEventListener(
    type: string,
    listener: Listener | null,
    options?: boolean | AddEventListenerOptions,
  ): void {
    super.addEventListener(type, this.#guard(listener), options);
  }

  override removeEventListener(
    type: string,
    listener: Listener | null,
    options?: boolean | EventListenerOptions,
  ): void {
    super.removeEventListener(type, this.#guard(listener), options);
  }

  #guard(listener: Listener | null): EventListener | null {
    // What is none is for the platform to refuse.
    if (typeof listener !== "function" && (typeof listener !== "object" || listener === null)) {
      return listener;
    }
    const known = this.#guarded.get(listener);
    if (known !== undefined) return known;
    const guarded = (event: Event) => this.#call(listener, event);
    this.#guarded.set(listener, guarded);
    return guarded;
  }

  #call(listener: Listener, event: Event): void {
    try {
      const returned: unknown = typeof listener === "function"
        ? listener.call(this, event)
        : listener.handleEvent(event);
      if (returned instanceof Promise) returned.catch(this.#report);
    } catch (error) {
      this.#report(error);
    }
  }
}

Object.setPrototypeOf(GuardedSocket.prototype, WebSocket.prototype);
