/**
 * WHAT ANSWERS: the processes that a script has started, and how they are ended with it.
 *
 *   by a mark       in the environment, which whoever is started inherits: /proc is searched for it
 *   by a session    of their own, and with it a process group, which is ended as a whole
 *
 * A session is made by a fork of the server, which copies the tables of all its memory: 2 to 7 ms for which
 * nobody is answered. The program `setsid` in between costs nearly as much as a small script. Without a session
 * a process is made beside ours (vfork), in 0.3 ms. So on Linux the mark is taken, and the search has to be paid by
 * those scripts alone that are ended before their time. But where there is a terminal, Ctrl-C goes to whoever is
 * not in a session of his own, and scripts would end whose answers the server still waits for.
 */

/** The variable that is the mark; Apache has one of that name, for the same in logs: one value for each request. */
export const MARK = "UNIQUE_ID";

const SHELL = "/bin/sh";
const PATH = { PATH: "/usr/bin:/bin" };
/** Says whether the search finds its own process. */
const TRIAL = `grep -lsxzF "${MARK}=$1" /proc/$$/environ`;
/**
 * SIGKILL is sent until nobody is found, for those who are found may be starting others; not for ever. `grep` ends
 * with 1 where it finds nobody, and with 2 where others' processes are not to be read.
 */
const SEARCH = `
for round in 1 2 3 4 5; do
  found=$(grep -lsxzF "${MARK}=$1" /proc/[0-9]*/environ)
  [ $? -le 2 ] || exit 1
  [ -n "$found" ] || break
  for file in $found; do
    process=\${file#/proc/}
    kill -s "$2" "\${process%/environ}"
  done
  [ "$2" = KILL ] || break
done`;

let isFound: boolean | undefined;

/** Whether processes can be searched for by their mark: there are a shell, `/proc`, and a `grep` that knows how. */
export function canSearch(): boolean {
  return isFound ??= tryToSearch();
}

/** A mark that nobody else has. */
export function newMark(): string {
  return crypto.randomUUID();
}

/** Sends `signal` to all processes with the mark. Rejects with `Deno.errors` and `Error` where they cannot be looked for. */
export async function signalMarked(mark: string, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  const name = signal.slice("SIG".length);
  const search = toSearch(SEARCH, [mark, name]);
  const { success } = await new Deno.Command(SHELL, { ...search, env: PATH }).spawn().status;
  if (!success) throw new Error("the search for those whom it has started failed");
}

function tryToSearch(): boolean {
  if (Deno.build.os !== "linux") return false;
  const mark = newMark();
  try {
    const search = toSearch(TRIAL, [mark]);
    const { stdout } = new Deno.Command(SHELL, {
      ...search,
      env: { ...PATH, [MARK]: mark },
      stdout: "piped",
    }).outputSync();
    return stdout.length > 0;
  } catch (error) {
    const { NotFound, PermissionDenied, NotCapable } = Deno.errors;
    if ([NotFound, PermissionDenied, NotCapable].some((kind) => error instanceof kind)) {
      return false;
    }
    throw error;
  }
}

function toSearch(program: string, args: string[]): Deno.CommandOptions {
  return {
    args: ["-c", program, "rawserve", ...args],
    cwd: "/",
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  };
}
