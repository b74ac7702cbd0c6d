// How long the soak goes on, and waiting that does not go on for longer.

/** A time that begins at once and ends by itself. */
export class SoakTime {
  /** Called at the end. A set and no event's listeners, of which thousands would be slow. */
  readonly #atEnd = new Set<() => void>();
  #isOver = false;

  constructor(milliseconds: number) {
    setTimeout(() => {
      this.#isOver = true;
      for (const act of this.#atEnd) act();
    }, milliseconds);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Waits, or until the time is over. */
  async pause(milliseconds: number): Promise<void> {
    if (this.#isOver) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, milliseconds);
    const forget = this.atEnd(resolve);
    await promise;
    forget();
    clearTimeout(timer);
  }

  /** Calls `act` when the time is over, at once if it is, unless what this returns is called before. */
  atEnd(act: () => void): () => void {
    if (this.#isOver) act();
    else this.#atEnd.add(act);
    return () => this.#atEnd.delete(act);
  }
}
