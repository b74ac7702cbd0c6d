/**
 * COMMAND LINE: what a server that runs has no use for is given up, so that a hole in it is a hole into
 * less. Deno never gives a permission back: from then on asking for one fails, or on a terminal asks
 * the user where `--no-prompt` is missing.
 *
 *   net            stays: it is what serving is
 *   read           goes: the site is in memory; what reads at request time will have to keep it
 *   write          stays where a Unix socket is to be removed at the end; Deno cannot keep a single path of it
 *   run            goes; with --open as soon as the browser's command has started
 *   env, sys       go: options and interfaces have been read
 *   ffi, import    go: they were never needed
 */

const ALL = ["read", "write", "run", "env", "sys", "ffi", "import"] as const;

/** A permission that can be given up. */
export type Permission = typeof ALL[number];

/** Gives up every permission but `net` and those in `keep`. */
export function dropPermissions(keep: readonly Permission[]): void {
  for (const name of ALL) {
    if (!keep.includes(name)) Deno.permissions.revokeSync({ name } as Deno.PermissionDescriptor);
  }
}
