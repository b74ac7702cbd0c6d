/**
 * WHAT ANSWERS: what a listing is written with: as a page, as JSON.
 *
 *   begin     as soon as the folder is read
 *   summary   when every entry was looked at
 *   entry     for each, in order
 *   end
 *
 * Each part is text that goes out as it is made, so that a listing of 100,000 entries is never in memory
 * as a whole.
 */

import type { Entry } from "./listing_entry.ts";
import type { Order } from "./listing_request.ts";

/** What is known of a listing before its entries are. */
export interface ListingHead {
  /** The request's path, decoded, from `/` to `/`. */
  readonly path: string;
  /** The segments of that path: none for the root. */
  readonly segments: readonly string[];
  /** What was asked for. */
  readonly order: Order;
}

/** The parts of a listing in one format. */
export interface ListingFormat {
  /** What comes first. */
  begin(head: ListingHead): string;
  /** What comes between that and the entries, and may say something about all of them. */
  summary(head: ListingHead, entries: readonly Entry[]): string;
  /** One entry; `index` counts from 0. */
  entry(entry: Entry, index: number): string;
  /** What comes last. */
  end(head: ListingHead, entries: readonly Entry[]): string;
}
