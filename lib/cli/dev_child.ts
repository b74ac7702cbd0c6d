/**
 * COMMAND LINE: the server under `--dev`, as the program that its supervisor starts and starts again.
 *
 *   supervisor -- stdin --> stop              as a signal does, and twice as two do
 *                           reload            to open pages: load yourselves again
 *                           restyle PATH      to open pages: take this style sheet anew
 *                           (its end)         end, soon: another one is about to take the place, or nobody
 *                                             is there any more to be served for
 *
 * The pipe's end comes whatever befalls the supervisor, so no server is left behind alone. Signals mean nothing
 * here: a terminal sends Ctrl-C to both, and the supervisor's word would be the second.
 *
 * What cannot be opened is told on standard error and in the browser, until a change makes it possible. Left
 * out: an app that never gives the processor back does not hear the pipe's end; the supervisor kills it.
 */

import { cannotStart } from "../handlers/dev/cannot_start.ts";
import { LiveReload } from "../handlers/dev/live_reload.ts";
import { escapeControls } from "./escape.ts";
import { FAILED, Failure } from "./failure.ts";
import { HangupSignals } from "./hangup_signals.ts";
import type { Opened } from "./open_served.ts";
import type { ServeSettings } from "./options.ts";
import { StopSignals } from "./stop_signals.ts";

/** The variable that makes a process such a server. */
export const DEV_VARIABLE = "RAWSERVE_DEV_SUPERVISED";
/** Added to the exit status of a server that has never served; no status of ours is so high. */
export const UNSTARTED = 160;
/** Time for open requests to finish when the server is started again, in seconds. */
const GRACE = 0.5;

/** What the supervisor says at the start. */
export interface DevOrder {
  /** The port that the first of its servers got; 0 for the one that the settings name. */
  readonly port: number;
  /** Whether it is the first. */
  readonly isFirst: boolean;
}

/** The value of the variable. */
export function formatOrder({ port, isFirst }: DevOrder): string {
  return `${isFirst ? "first" : "again"}:${port}`;
}

/** A server that is supervised, from its own side. */
export class DevChild {
  readonly #order: DevOrder;
  readonly #pages: LiveReload;
  #signals: StopSignals | null = null;
  #isLeft = false;

  private constructor(order: DevOrder, pages: LiveReload) {
    this.#order = order;
    this.#pages = pages;
  }

  /** This process, which obeys from now on; null where it is not supervised. What it starts will not be either. */
  static enter({ staticDirectory }: { staticDirectory: URL }): DevChild | null {
    const [, which, port] = /^(first|again):(\d+)$/.exec(Deno.env.get(DEV_VARIABLE) ?? "") ?? [];
    if (which === undefined) return null;
    Deno.env.delete(DEV_VARIABLE);
    const order = { port: Number(port), isFirst: which === "first" };
    // Until `run` has listeners of its own. The supervisor hears signals as well, and passes on what they mean.
    new StopSignals({ isDeaf: true });
    new HangupSignals({ onReload: () => {}, onHangup: () => {} });
    const child = new DevChild(order, new LiveReload({ staticDirectory }));
    void child.#obey();
    return child;
  }

  /** `settings` as they are for this one. */
  adapt(settings: ServeSettings): ServeSettings {
    const { port, isFirst } = this.#order;
    const { place, open } = settings;
    return {
      ...settings,
      open: open && isFirst,
      place: place.transport === "tcp" && place.port === 0 ? { ...place, port } : place,
    };
  }

  /**
   * What `open` opens, with pages that load themselves again; or, where that cannot be opened, what says why.
   * Rejects as `open` does where the command line is wrong, unless it was right before.
   */
  async open(open: () => Promise<Opened>): Promise<Opened> {
    const opened = await this.#openOrTell(open);
    return {
      handler: this.#pages.wrap(opened.handler),
      keep: opened.keep,
      close: (grace) => {
        this.#pages.close();
        return opened.close(grace);
      },
      [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
    };
  }

  async #openOrTell(open: () => Promise<Opened>): Promise<Opened> {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (error.exitStatus !== FAILED && this.#order.isFirst) throw error;
      console.error(escapeControls(error.message));
      return {
        handler: cannotStart(error.message),
        keep: [],
        close: () => Promise.resolve(),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
    }
  }

  /** From now on `signals` tells of what the supervisor says. */
  attach(signals: StopSignals): void {
    this.#signals = signals;
  }

  /** How the end is to be made: shortly and without a word where nobody asked for it. Lets go of open pages. */
  toEnding(settings: ServeSettings): ServeSettings {
    this.#pages.close();
    if (!this.#isLeft) return settings;
    return { ...settings, grace: Math.min(settings.grace, GRACE), quiet: true };
  }

  async #obey(): Promise<void> {
    let rest = "";
    for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#take(line);
    }
    this.#isLeft = true;
    this.#stop();
  }

  #take(line: string): void {
    const [word, path = ""] = line.split(/ (.*)/s, 2);
    if (word === "stop") this.#stop();
    else if (word === "reload") this.#pages.reload();
    else if (word === "restyle") this.#pages.restyle(decodeURIComponent(path));
  }

  #stop(): void {
    // Nothing is served yet that could be finished.
    if (this.#signals === null) Deno.exit(0);
    this.#signals.stop();
  }
}
