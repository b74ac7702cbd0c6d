/**
 * COMMAND LINE: the command that started this process, to start another one like it.
 *
 * The executable is a command by itself. Under Deno there are flags before the program: permissions, and where
 * modules are found. Deno does not tell them. Linux does, in /proc, which Deno lets nobody read who has not
 * every permission; `cat` may. Elsewhere permissions are asked for one by one; other flags are lost.
 * Those that watch files or wait for a debugger are for the first process alone.
 */

import { toGrantedFlags } from "./granted_flags.ts";

const ONLY_FIRST =
  /^--(?:watch|watch-exclude|watch-hmr|hmr|no-clear-screen|inspect|inspect-brk|inspect-wait)(?:=|$)/;

/** What stands between the path of the executable and the arguments of the program. */
export function toOwnCommand(): string[] {
  if (Deno.build.standalone) return [];
  const words = toOwnWords();
  if (words === null) return ["run", ...toGrantedFlags(), Deno.mainModule];
  return words.filter((word) => !ONLY_FIRST.test(word));
}

/** Null where the system does not tell, or tells something that was not expected. */
function toOwnWords(): string[] | null {
  if (Deno.build.os !== "linux") return null;
  const { success, stdout } = readCommandLine();
  if (!success) return null;
  const words = new TextDecoder().decode(stdout).split("\0").slice(1, -1);
  const end = words.length - Deno.args.length;
  const isOurs = words[0] === "run" && end > 1 &&
    Deno.args.every((arg, i) => arg === words[end + i]);
  return isOurs ? words.slice(0, end) : null;
}

function readCommandLine(): { success: boolean; stdout: Uint8Array } {
  try {
    return new Deno.Command("cat", {
      args: [`/proc/${Deno.pid}/cmdline`],
      stdin: "null",
      stderr: "null",
    }).outputSync();
  } catch (error) {
    // There is no cat, or it may not be started.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable) {
      return { success: false, stdout: new Uint8Array() };
    }
    throw error;
  }
}
