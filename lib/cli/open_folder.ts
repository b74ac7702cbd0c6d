/**
 * COMMAND LINE: the handler for a folder or a file, or one line that says why there is none.
 *
 * A path that leads nowhere is a slip of whoever typed it, and so is an option for folders beside a file; a
 * folder that may not be read has to be mended elsewhere. The exit status tells them apart.
 */

import { CachePolicy } from "../handlers/files/cache_policy.ts";
import { files } from "../handlers/files/files.ts";
import { MediaTypes } from "../handlers/files/media_types.ts";
import type { Handler } from "../server/handler.ts";
import { FAILED, Failure, USAGE } from "./failure.ts";
import { enumerate, type FolderSettings } from "./folder_options.ts";
import { quote } from "./given_value.ts";
import { adviseOn } from "./what.ts";

/**
 * Answers with what is in the folder, or with the file. `onRefusal` is told why something that is there is
 * not served. Throws `Failure` where there is nothing to serve.
 */
export function openFolder(
  settings: FolderSettings,
  options: {
    staticDirectory: string | URL;
    onRefusal: (path: string, reason: string) => void;
  },
): Handler {
  const { what, foldersOnly, mediaTypes, cacheRules, ...ways } = settings;
  try {
    // Deno has no name for this error.
    if (what === "") throw new Deno.errors.NotFound();
    const info = Deno.statSync(what);
    if (!info.isFile && !info.isDirectory) {
      throw new Failure(`Cannot serve ${quote(what)}: it is neither a folder nor a file`, USAGE);
    }
    if (info.isFile && foldersOnly.length > 0) {
      throw new Failure(
        `Cannot use ${enumerate(foldersOnly)} with ${quote(what)}: it is a file, not a folder`,
        USAGE,
      );
    }
    if (info.isFile) Deno.openSync(what).close();
    else enter(what);
    return files({
      root: what,
      ...ways,
      mediaTypes: new MediaTypes(mediaTypes),
      cachePolicy: new CachePolicy(cacheRules),
      ...options,
    });
  } catch (error) {
    throw explain(error, what);
  }
}

/** Throws where the folder may not be entered. Who may not list it as well can still serve it. */
function enter(folder: string): void {
  try {
    // Any name will do: what is asked is whether one may ask.
    Deno.statSync(`${folder}/index.html`);
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) throw error;
  }
}

function explain(error: unknown, what: string): unknown {
  const { errors } = Deno;
  const refuse = (reason: string, exitStatus: number) =>
    new Failure(`Cannot serve ${quote(what)}: ${reason}`, exitStatus);
  if (error instanceof errors.NotFound || error instanceof errors.NotADirectory) {
    return refuse(`there is no such folder or file${adviseOn(what)}`, USAGE);
  }
  if (error instanceof errors.PermissionDenied) return refuse("permission is denied", FAILED);
  if (error instanceof errors.NotCapable) {
    return refuse("Deno does not let it read there (see --allow-read)", FAILED);
  }
  if (error instanceof errors.FilesystemLoop) return refuse("its links lead in a circle", FAILED);
  return error;
}
