/**
 * COMMAND LINE: the permissions of this process, as flags of `deno run` for another one like it.
 *
 * Deno tells whether something is allowed, and not what was. A permission that is whole is passed on whole;
 * of `sys` each of the names that there are is asked about. One that was given in part
 * (`--allow-read=./public`), or from which something was taken (`--deny-read=./secret`), cannot be told
 * from none, and is not passed on: the other process never gets more than this one has.
 */

const NAMES = ["net", "read", "write", "env", "run", "ffi", "import"] as const;
const SYSTEM = [
  "cpus",
  "gid",
  "homedir",
  "hostname",
  "loadavg",
  "networkInterfaces",
  "osRelease",
  "osUptime",
  "systemMemoryInfo",
  "uid",
  "username",
] as const;

/** The flags; `--no-prompt` always, since nobody could answer. */
export function toGrantedFlags(): string[] {
  const whole = NAMES.filter((name) => isWhole({ name })).map((name) => `--allow-${name}`);
  const kinds = SYSTEM.filter((kind) =>
    isWhole({ name: "sys", kind } as Deno.PermissionDescriptor)
  );
  if (isWhole({ name: "sys" })) whole.push("--allow-sys");
  else if (kinds.length > 0) whole.push(`--allow-sys=${kinds.join(",")}`);
  return [...whole, "--no-prompt"];
}

function isWhole(descriptor: Deno.PermissionDescriptor): boolean {
  const { state, partial } = Deno.permissions.querySync(descriptor);
  return state === "granted" && !partial;
}
