/**
 * WHAT ANSWERS: compressed variants that are made once and kept, as many as fit.
 *
 *   find --> kept                     at once, nothing is awaited
 *        --> known not to be worth it    at once: identity is sent
 *        --> unknown --> make --> being made already: waits for the same one
 *                             --> waits for its turn, reads, compresses, keeps
 *
 * What is kept is what the caller makes of the octets, an answer with its head for instance, so that a
 * request for it costs one look-up. A key names a version of a file: when the file changes so does the
 * key, the old variant is not found any more, and leaves as the one that was not used for longest.
 *
 * Only a few are made at a time. A thousand files that are asked for at once are not a thousand files in
 * memory: a file is read when its turn has come. A client that leaves does not stop it, for the next
 * one will ask for the same.
 */

import type { ContentCoding } from "../../http1/content_codings.ts";
import { compress } from "./compressor.ts";

/** How a variant is made. */
export interface VariantOptions<Variant> {
  /** The coding that is wanted. */
  readonly coding: ContentCoding;
  /** Reads the octets that the key stands for, and throws where they are not there any more. */
  readonly read: () => Uint8Array | Promise<Uint8Array>;
  /** What is kept and handed out for the compressed octets. */
  readonly represent: (octets: Uint8Array) => Variant;
  /** Whether the variant is wanted even if it is not smaller, since the client refuses identity. False unless given. */
  readonly isForced?: boolean;
}

interface Entry<Variant> {
  /** Null: not smaller than the original. */
  readonly variant: Variant | null;
  readonly cost: number;
}

/** How much is kept: the texts of many a site, and less than a browser's tab takes. Octets. */
export const KEPT_OCTETS = 67_108_864;

/** How many variants are made at the same time; they share one thread. */
const MADE_AT_ONCE = 4;
/** What an entry costs besides its content: two maps' slots, the key, a representation with its fields. Octets. */
const ENTRY_COST = 2_048;

/** Compressed variants by file and coding, the least recently used leaving first. */
export class CompressionCache<Variant> {
  readonly #limit: number;
  readonly #kept = new Map<string, Entry<Variant>>();
  readonly #pending = new Map<string, Promise<{ variant: Variant; isWorthIt: boolean }>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #octets = 0;

  /**
   * `limit` is in octets: each variant's content, and 2 KiB for what else it is. 0 keeps nothing. What
   * `represent` copies besides is not counted.
   */
  constructor(options: { limit?: number } = {}) {
    this.#limit = options.limit ?? KEPT_OCTETS;
  }

  /** What is kept by now, in octets; never above the limit. */
  get octets(): number {
    return this.#octets;
  }

  /** The variant of the file that is `key`; null where it is not worth it; undefined where that is not known. */
  find(key: string, coding: ContentCoding): Variant | null | undefined {
    const id = toId(key, coding);
    const entry = this.#kept.get(id);
    if (entry === undefined) return undefined;
    // A map keeps the order of insertion; the first is the one that leaves.
    this.#kept.delete(id);
    this.#kept.set(id, entry);
    return entry.variant;
  }

  /**
   * The variant of the file that is `key`, made if need be; null where it would not be smaller and is
   * not forced. Rejects with what reading, compressing or representing throws, and remembers nothing then.
   */
  async make(key: string, options: VariantOptions<Variant>): Promise<Variant | null> {
    const { coding, isForced = false } = options;
    const known = this.find(key, coding);
    if (known !== undefined && !(known === null && isForced)) return known;
    const id = toId(key, coding);
    let pending = this.#pending.get(id);
    if (pending === undefined) {
      pending = this.#make(id, options);
      this.#pending.set(id, pending);
    }
    const { variant, isWorthIt } = await pending;
    return isWorthIt || isForced ? variant : null;
  }

  async #make(
    id: string,
    { coding, read, represent }: VariantOptions<Variant>,
  ): Promise<{ variant: Variant; isWorthIt: boolean }> {
    await this.#awaitTurn();
    try {
      const octets = await read();
      const coded = await compress(octets, coding);
      const isWorthIt = coded.length < octets.length;
      const variant = represent(coded);
      this.#keep(
        id,
        isWorthIt
          ? { variant, cost: coded.length + ENTRY_COST }
          : { variant: null, cost: ENTRY_COST },
      );
      return { variant, isWorthIt };
    } finally {
      this.#pending.delete(id);
      this.#endTurn();
    }
  }

  #keep(id: string, entry: Entry<Variant>): void {
    this.#drop(id);
    if (entry.cost > this.#limit) return;
    this.#kept.set(id, entry);
    this.#octets += entry.cost;
    for (const oldest of this.#kept.keys()) {
      if (this.#octets <= this.#limit) break;
      this.#drop(oldest);
    }
  }

  #drop(id: string): void {
    this.#octets -= this.#kept.get(id)?.cost ?? 0;
    this.#kept.delete(id);
  }

  async #awaitTurn(): Promise<void> {
    if (this.#running < MADE_AT_ONCE) this.#running++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Hands the turn on to who has waited longest. */
  #endTurn(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running--;
    else next();
  }
}

/** A coding's name has no space in it, so no two pairs have the same id. */
function toId(key: string, coding: ContentCoding): string {
  return `${coding} ${key}`;
}
