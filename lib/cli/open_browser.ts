/**
 * COMMAND LINE: `--open`. Each system has a command that opens a URL with whatever the user likes. That
 * it fails is no reason to stop a server, so it ends in a note.
 */

/** Opens `url`; resolves to null, or to why it did not work. Never rejects. */
export async function openBrowser(
  url: string,
  os: typeof Deno.build.os = Deno.build.os,
): Promise<string | null> {
  const [command, ...args] = toCommand(url, os);
  try {
    const status = await new Deno.Command(command, {
      args,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn().status;
    return status.success ? null : refusal(command, `it ended with ${status.code}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return refusal(command, "it is not installed");
    return refusal(command, error instanceof Error ? error.message : String(error));
  }
}

/** The command line that opens `url`. */
export function toCommand(url: string, os: typeof Deno.build.os): [string, ...string[]] {
  if (os === "darwin") return ["open", url];
  // `start` takes a quoted first argument for the title of a window.
  if (os === "windows") return ["cmd", "/c", "start", "", url];
  return ["xdg-open", url];
}

function refusal(command: string, reason: string): string {
  return `Cannot open the browser with ${command}: ${reason}`;
}
