/**
 * WHAT ANSWERS: how a script gets a session of its own, and with it the process group that is ended as a whole.
 *
 * Deno's way, `detached`, has the system fork the server: it copies the tables of all its memory, 2 to 7 ms for
 * which nobody else is answered. Without it the process is made beside ours (vfork), which takes 0.7 ms. So where
 * there is the program `setsid`, that makes the session and then becomes the script, under the same number,
 * for another 0.3 ms.
 *
 * What cannot be executed is known by the error that Deno then throws, and `setsid` would only print one. So it
 * is taken where execution seldom fails: what everybody may execute, with an interpreter that is there, or
 * made for the same machine as `setsid` itself. What fails all the same (a loader that is missing, a `noexec`
 * mount) ends with 126 or 127 and a line of `setsid`'s, which is a 502. All else goes Deno's way.
 */

/** How to start a program in a session of its own. */
export interface SessionCommand {
  /** What is started. */
  readonly program: string;
  readonly args: readonly string[];
  /** Whether Deno has to make the session. */
  readonly detached: boolean;
}

/** Where the program lies, as on nearly every Linux. */
const PLACES = ["/usr/bin/setsid", "/bin/setsid"];
/** What a first line can be, in octets; Linux reads no more of it. */
const FIRST_LINE = 256;
/** Linux ends the name at a space or a tab; a CR belongs to it, and then there is no such program. */
const INTERPRETER = /^#![ \t]*(\/[^ \t\n\0]*)[^\n\0]*\n/;
/** `\x7fELF`; from the fifth octet on, word size and byte order; in the 19th and 20th, the machine. */
const ELF = "\x7fELF";

/** The program, and how it begins; null where there is none; undefined before anybody has looked. */
let setsid: { path: string; beginning: string } | null | undefined;

/** How to start the program at the absolute `path`. */
export function toSessionCommand(path: string): SessionCommand {
  if (setsid === undefined) setsid = findSetsid();
  return setsid !== null && isSurelyExecuted(path, setsid.beginning)
    ? { program: setsid.path, args: [path], detached: false }
    : { program: path, args: [], detached: true };
}

function findSetsid(): { path: string; beginning: string } | null {
  if (Deno.build.os !== "linux") return null;
  const path = PLACES.find(isForEverybody);
  const beginning = path === undefined ? null : readBeginning(path);
  return path === undefined || beginning === null ? null : { path, beginning };
}

function isSurelyExecuted(path: string, own: string): boolean {
  if (!isForEverybody(path)) return false;
  const beginning = readBeginning(path);
  if (beginning === null) return false;
  if (beginning.startsWith(ELF)) {
    return beginning.slice(4, 6) === own.slice(4, 6) &&
      beginning.slice(18, 20) === own.slice(18, 20);
  }
  const interpreter = INTERPRETER.exec(beginning)?.[1];
  return interpreter !== undefined && isForEverybody(interpreter);
}

function isForEverybody(path: string): boolean {
  try {
    const { isFile, mode } = Deno.statSync(path);
    return isFile && mode !== null && (mode & 0o111) === 0o111;
  } catch {
    // Whatever is wrong with it: whoever starts it will be told.
    return false;
  }
}

/** The first octets, a character each; null where nobody lets us read them. */
function readBeginning(path: string): string | null {
  const octets = new Uint8Array(FIRST_LINE);
  try {
    using file = Deno.openSync(path);
    const count = file.readSync(octets) ?? 0;
    return String.fromCharCode(...octets.subarray(0, count));
  } catch {
    // Whatever is wrong with it: whoever starts it will be told.
    return null;
  }
}
