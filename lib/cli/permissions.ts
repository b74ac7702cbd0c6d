/**
 * COMMAND LINE: what a server that runs has no use for is given up, so that a hole in it is a hole into
 * less. Deno never gives a permission back: from then on asking for one fails, or on a terminal asks
 * the user where `--no-prompt` is missing.
 *
 *   net            stays: it is what serving is
 *   read           goes where the embedded site is served, which is in memory; stays for a folder, all of
 *                  it: Deno gives up a whole permission or nothing, and grants no part of what it has.
 *                  Then what keeps the server inside its folder is the handler's own check of each path.
 *                  It stays with --tls-cert, too, whose files are read again on SIGHUP; never where the
 *                  certificate was made at the start
 *   write          stays where a Unix socket is to be removed at the end, all of it for the same reason
 *   run            goes; with --open as soon as the browser's command has started
 *   env, sys       go: options and interfaces have been read
 *   ffi, import    go: they were never needed
 *
 * An app that runs in this process has `net` and `read`, from its first line on, and what `--grant` leaves to
 * it; and what the server itself keeps, for there is one process and one set of permissions. `run` stays
 * where Python workers and scripts are started, which have the system's permissions and not Deno's.
 */

const ALL = ["read", "write", "run", "env", "sys", "ffi", "import"] as const;

/** A permission that can be given up. */
export type Permission = typeof ALL[number];

/** What `--grant` can leave to an app. */
export const GRANTS = ["write", "run", "env", "sys", "ffi", "import"] as const;

/** One of them. */
export type Grant = typeof GRANTS[number];

/** Gives up every permission but `net` and those in `keep`. */
export function dropPermissions(keep: readonly Permission[]): void {
  for (const name of ALL) {
    if (!keep.includes(name)) Deno.permissions.revokeSync({ name } as Deno.PermissionDescriptor);
  }
}
