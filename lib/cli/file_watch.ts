/**
 * COMMAND LINE: what changes in the watched folders, told in heaps.
 *
 *   system --> events --> paths --+--> quiet for some milliseconds --> one heap
 *                                 +--> a new folder: watch that, too
 *
 * Nothing is polled. The folders of libraries are not asked about at all: on Linux each folder that is watched
 * costs the kernel something, and a user has some thousands of them. So there folders are named one by one,
 * and a new one makes a new list; what changed between the old list and the new one is found by comparing files.
 * Elsewhere a folder is watched with all that is in it, and what nobody wants is dropped.
 *
 * Writing a file is several events, and saving all files of an editor more: what comes together is told together.
 * Links to folders are not followed.
 */

import { fstatSync } from "node:fs";
import { dirname, resolve, sep } from "node:path";
import { isForeignFolder, type WatchedRoot } from "./watched_files.ts";

/** So long nothing must have come before what came is told, in milliseconds. */
const QUIET = 60;
/** How long the system may take to tell of a change, in milliseconds. */
const DELAY = 10;
const IS_LISTED = Deno.build.os === "linux" || Deno.build.os === "android";

/** Watches until it is disposed of. */
export class FileWatch implements Disposable {
  readonly #roots: readonly WatchedRoot[];
  /** Files that we write ourselves: a log that lies where it is watched. */
  readonly #outputs = toOutputs();
  readonly #changed = new Set<string>();
  #folders: Set<string>;
  #watcher: Deno.FsWatcher | null = null;
  /** Resolves when the watcher is closed, and has let go of its folders. */
  #ended: Promise<void> = Promise.resolve();
  #isStale = false;
  #isRenewing = false;
  #isQuiet = true;
  #isClosed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #delay: ReturnType<typeof setTimeout> | undefined;
  #waiting: ((paths: string[]) => void) | null = null;
  /** The files as they were when somebody last watched them; null while somebody does. */
  #unwatched: ReadonlyMap<string, string> | null = null;
  /** Rejects where the system no longer watches. */
  readonly #failed = Promise.withResolvers<never>();

  /** Throws `Deno.errors` and `Error` where the system does not watch. */
  constructor(roots: readonly WatchedRoot[]) {
    this.#roots = roots;
    this.#folders = this.#findFolders();
    this.#watch(this.#folders);
    // Whoever waits hears of it, now or later.
    this.#failed.promise.catch(() => {});
  }

  /**
   * The files that have changed since the last time, at least one; waits for that. One call at a time. Rejects with
   * `Deno.errors` and `Error` where the system no longer watches.
   */
  next(): Promise<string[]> {
    const changes = new Promise<string[]>((resolve) => {
      this.#waiting = resolve;
      if (this.#isQuiet) this.#tell();
    });
    return Promise.race([changes, this.#failed.promise]);
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#delay);
    this.#watcher?.close();
  }

  #watch(folders: ReadonlySet<string>): void {
    this.#watcher = Deno.watchFs([...folders], { recursive: !IS_LISTED });
    this.#ended = this.#follow(this.#watcher);
  }

  async #follow(watcher: Deno.FsWatcher): Promise<void> {
    for await (const { kind, paths } of watcher) {
      // Reading is no change, and we read what is watched.
      if (kind !== "access") { for (const path of paths) this.#take(path, kind); }
    }
  }

  #take(path: string, kind: Deno.FsEvent["kind"]): void {
    if (!this.#roots.some(({ folder }) => holds(folder, path))) return;
    const info = toInfo(path);
    if (info?.isDirectory) {
      if (!IS_LISTED || isForeignFolder(path)) return;
      if (this.#folders.has(path) && kind === "modify") return;
      this.#forget(path);
    } else {
      if (this.#folders.has(path)) this.#forget(path);
      if (this.#isOutput(info)) return;
      this.#changed.add(path);
    }
    this.#wait();
  }

  /** A folder that was taken away, and perhaps made again: that is another one, and all that is in it. */
  #forget(path: string): void {
    this.#isStale = true;
    for (const folder of this.#folders) {
      if (holds(path, folder)) this.#folders.delete(folder);
    }
  }

  #wait(): void {
    this.#isQuiet = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#rest().catch(this.#failed.reject), QUIET);
  }

  async #rest(): Promise<void> {
    // One after the other: two at a time would leave a watcher behind.
    if (this.#isRenewing) return this.#wait();
    this.#isRenewing = this.#isStale;
    const isDone = !this.#isStale || await this.#renew();
    this.#isRenewing = false;
    if (this.#isClosed) return;
    if (!isDone) return this.#wait();
    this.#isQuiet = true;
    this.#tell();
  }

  #tell(): void {
    if (this.#waiting === null || this.#changed.size === 0) return;
    this.#waiting([...this.#changed]);
    this.#waiting = null;
    this.#changed.clear();
  }

  /**
   * Watches the folders that are there now; what lies in new ones is new, and so is what was written while nothing
   * was watched. False where they change meanwhile.
   */
  async #renew(): Promise<boolean> {
    if (this.#unwatched === null) {
      this.#unwatched = this.#findFiles(this.#folders);
      // What changed before is told yet: a watcher that is closed tells nothing more.
      await new Promise((resolve) => this.#delay = setTimeout(resolve, DELAY));
      if (this.#isClosed) return false;
    }
    // Before anything else is watched: Deno 2.9 takes a folder that was made again for the one that it watches already.
    this.#watcher?.close();
    this.#watcher = null;
    await this.#ended;
    if (this.#isClosed) return false;
    const folders = this.#findFolders();
    try {
      this.#watch(folders);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      return false;
    }
    const before = this.#unwatched;
    const now = this.#findFiles(folders);
    this.#folders = folders;
    this.#unwatched = null;
    this.#isStale = false;
    for (const path of new Set([...before.keys(), ...now.keys()])) {
      if (before.get(path) === now.get(path) || this.#isOutput(toInfo(path))) continue;
      this.#changed.add(path);
    }
    return true;
  }

  #isOutput(info: Deno.FileInfo | null): boolean {
    return this.#outputs.some(({ dev, ino }) => dev === info?.dev && ino === info.ino);
  }

  /** The files right in the folders, save in those that are watched for a folder's sake only, and their states. */
  #findFiles(folders: ReadonlySet<string>): Map<string, string> {
    const files = new Map<string, string>();
    for (const folder of folders) {
      if (!this.#roots.some((root) => holds(root.folder, folder))) continue;
      for (const { name, isDirectory } of entriesOf(folder)) {
        if (!isDirectory) files.set(resolve(folder, name), toState(resolve(folder, name)));
      }
    }
    return files;
  }

  #findFolders(): Set<string> {
    const found = new Set<string>();
    for (const { folder, file } of this.#roots) {
      if (file === null && IS_LISTED) addFolders(folder, found);
    }
    for (const { folder, file } of this.#roots) {
      if (file !== null || !IS_LISTED) found.add(folder);
      // Programs that build a site take its folder away and make it again: the one above tells.
      else found.add(dirname(folder));
    }
    return new Set([...found].filter(isReadable));
  }
}

/** Whether `path` is the folder or below it. */
function holds(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}

/** Another text for another content. What was moved here has its old time, and is another file. */
function toState(path: string): string {
  const info = toInfo(path);
  return `${info?.dev} ${info?.ino} ${info?.size} ${info?.mtime?.getTime()}`;
}

/** Whether it is a folder that can be watched: one that is gone or locked cannot. */
function isReadable(folder: string): boolean {
  try {
    Deno.readDirSync(folder)[Symbol.iterator]().next();
    return true;
  } catch {
    return false;
  }
}

function addFolders(folder: string, found: Set<string>): void {
  if (found.has(folder)) return;
  found.add(folder);
  for (const { name, isDirectory } of entriesOf(folder)) {
    const path = resolve(folder, name);
    if (isDirectory && !isForeignFolder(path)) addFolders(path, found);
  }
}

/** None of a folder that is gone by now, or that may not be read. */
function entriesOf(folder: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(folder)];
  } catch (error) {
    const { NotFound, NotADirectory, PermissionDenied } = Deno.errors;
    if ([NotFound, NotADirectory, PermissionDenied].some((kind) => error instanceof kind)) {
      return [];
    }
    throw error;
  }
}

function toInfo(path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch {
    // It is gone, or was never more than a name: that is a change as well.
    return null;
  }
}

function toOutputs(): { dev: number; ino: number }[] {
  return [1, 2].flatMap((descriptor) => {
    try {
      const { dev, ino } = fstatSync(descriptor);
      return [{ dev, ino }];
    } catch {
      // It is closed, so nothing is written there.
      return [];
    }
  });
}
