/**
 * COMMAND LINE: being told to stop.
 *
 * SIGTERM is what service managers send, SIGINT is Ctrl-C. The first of either asks for a graceful end,
 * the second for an end. Windows knows Ctrl-C and Ctrl-Break.
 */

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

/** Listens for the signals that end the program, until disposed of. */
export class StopSignals implements Disposable {
  readonly #first = Promise.withResolvers<void>();
  readonly #second = Promise.withResolvers<void>();
  readonly #listener: () => void;
  #isStopping = false;

  /** `isDeaf` for a process that is told by other means: then signals do nothing. */
  constructor({ isDeaf = false }: { isDeaf?: boolean } = {}) {
    this.#listener = isDeaf ? () => {} : () => this.stop();
    for (const signal of SIGNALS) Deno.addSignalListener(signal, this.#listener);
  }

  /** Resolves at the first signal. */
  get first(): Promise<void> {
    return this.#first.promise;
  }

  /** Resolves at the second signal. */
  get second(): Promise<void> {
    return this.#second.promise;
  }

  /** Does what a signal does. */
  stop(): void {
    if (this.#isStopping) this.#second.resolve();
    this.#isStopping = true;
    this.#first.resolve();
  }

  [Symbol.dispose](): void {
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, this.#listener);
  }
}
