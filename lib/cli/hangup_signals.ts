/**
 * COMMAND LINE: SIGHUP, which has two meanings.
 *
 * The older one: the terminal was closed, and a program that was started in it ends. The newer one, to
 * servers: read your files again. Which one is meant shows in the terminal:
 *
 *   there was one, and it is gone                      the server ends, as at SIGTERM
 *   it is still there, or there never was any          files are read again, where there are any
 *
 * So `nohup`, which takes the terminal away beforehand, does what people expect of it, although Deno
 * forgets that a signal is to be ignored as soon as it listens for another. Windows has no such signal.
 */

const IS_KNOWN = Deno.build.os !== "windows";

/** Listens for SIGHUP until disposed of. */
export class HangupSignals implements Disposable {
  readonly #onReload: () => void;
  readonly #onHangup: () => void;
  readonly #hadTerminal = hasTerminal();
  readonly #listener = () => this.#take();

  /** `onReload` is to read files again, `onHangup` to end. */
  constructor(options: { onReload: () => void; onHangup: () => void }) {
    this.#onReload = options.onReload;
    this.#onHangup = options.onHangup;
    if (IS_KNOWN) Deno.addSignalListener("SIGHUP", this.#listener);
  }

  [Symbol.dispose](): void {
    if (IS_KNOWN) Deno.removeSignalListener("SIGHUP", this.#listener);
  }

  #take(): void {
    if (this.#hadTerminal && !hasTerminal()) this.#onHangup();
    else this.#onReload();
  }
}

/** Whether one of the three standard streams is one. */
export function hasTerminal(): boolean {
  return Deno.stdin.isTerminal() || Deno.stdout.isTerminal() || Deno.stderr.isTerminal();
}
