/**
 * COMMAND LINE: how a folder, or a single file, is to be served.
 *
 * What the texts of --mime and --cache mean is known where they are used, in handlers/files; here they are
 * only handed on. An option that says how to serve a folder where none is named was meant for something,
 * so it is refused; a variable may have been set for other days, and says nothing then.
 */

import { type CacheRule, parseCacheOption } from "../handlers/files/cache_policy.ts";
import { parseMimeOption } from "../handlers/files/media_types.ts";
import { BY_FLAG } from "./given.ts";
import type { Given, GivenOptions } from "./given.ts";
import { refuse, toSettings, toSwitch } from "./given_value.ts";
import { OPTIONS } from "./option_table.ts";
import { DEFAULT_INDEX } from "./serving_options.ts";
import type { OptionRow } from "./option_row.ts";

/** How to serve what was named. */
export interface FolderSettings {
  /** The folder or file, as it was typed. */
  readonly what: string;
  readonly index: readonly string[];
  readonly listing: boolean;
  readonly archive: boolean;
  readonly dotfiles: boolean;
  readonly followSymlinks: boolean;
  readonly spa: boolean;
  readonly cleanUrls: boolean;
  readonly compress: boolean;
  /** Media types by extension, beside those that are known. */
  readonly mediaTypes: ReadonlyMap<string, string>;
  readonly cacheRules: readonly CacheRule[];
  /** The flags that mean nothing should `what` be a file. */
  readonly foldersOnly: readonly string[];
}

/** How to serve `what`. Throws `Failure` for what cannot be understood. */
export function toFolder(given: GivenOptions, what: string): FolderSettings {
  return {
    what,
    index: toIndex(given.get("index")),
    listing: toSwitch(given.get("listing"), true),
    archive: given.has("archive"),
    dotfiles: given.has("dotfiles"),
    followSymlinks: given.has("follow-symlinks"),
    spa: given.has("spa"),
    cleanUrls: given.has("clean-urls"),
    compress: toSwitch(given.get("compress"), true),
    mediaTypes: new Map(toSettings(given.get("mime"), parseMimeOption)),
    cacheRules: toSettings(given.get("cache"), parseCacheOption),
    foldersOnly: flagsOf(given, ({ foldersOnly = false }) => foldersOnly),
  };
}

/** `a`, `a and b`, `a, b and c`. */
export function enumerate(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}

/** The options on the command line that say how to serve a folder, as they were typed. */
export function folderFlags(given: GivenOptions): string[] {
  return flagsOf(given, ({ group }) => group === "folder");
}

/** The options on the command line whose rows are `wanted`, as they were typed. */
function flagsOf(given: GivenOptions, wanted: (row: OptionRow) => boolean): string[] {
  return OPTIONS.filter((row) => wanted(row) && given.get(row.name)?.rank === BY_FLAG)
    .map(({ name }) => given.get(name)!.source);
}

function toIndex(index: Given | undefined): readonly string[] {
  if (index === undefined) return DEFAULT_INDEX;
  return index.values.flatMap((value) => {
    const names = value.split(",").map((name) => name.trim());
    const isBad = names.some((name) => /^\.{0,2}$|[/\\\0]/.test(name));
    if (isBad) throw refuse(index, "give names of files, such as index.html,index.htm", value);
    return names;
  });
}
