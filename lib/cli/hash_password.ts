/**
 * COMMAND LINE: `--hash-password` reads a password and prints what --auth wants behind the colon.
 *
 *   rawserve --auth "ann:$(rawserve --hash-password)" ./private
 *
 * On a terminal the password is asked for twice and not shown; the questions go to standard error, so that
 * the above works. From a pipe or a file the first line counts. It never comes from the command line,
 * which stays in the shell's history and is in everybody's list of processes.
 */

import { hashPassword } from "../handlers/credentials.ts";
import { FAILED, Failure, USAGE } from "./failure.ts";
import { toFailure } from "./given_value.ts";

/** Where the password comes from and the questions go; `Deno.stdin` and `Deno.stderr`, or a test's own. */
export interface Keyboard {
  isTerminal(): boolean;
  /** Reads some octets; null at the end. */
  read(into: Uint8Array): Promise<number | null>;
  /** Whether each key is handed over as it is pressed, and not shown. */
  setRaw(isRaw: boolean): void;
  print(text: string): void;
}

const CONSOLE: Keyboard = {
  isTerminal: () => Deno.stdin.isTerminal(),
  read: (into) => Deno.stdin.read(into),
  setRaw: (isRaw) => Deno.stdin.setRaw(isRaw),
  print: (text) => void Deno.stderr.writeSync(new TextEncoder().encode(text)),
};

/** Longer than any password, in octets. */
const LONGEST = 65_536;

const [CTRL_C, CTRL_D, BACKSPACE, LINE_FEED, RETURN, CTRL_U, DELETE] = [3, 4, 8, 10, 13, 21, 127];

/** The hash of the password that is read. Throws `Failure` where there is none. */
export async function readAndHash(keyboard: Keyboard = CONSOLE): Promise<string> {
  const password = await readPassword(keyboard);
  try {
    return hashPassword(password);
  } catch (error) {
    throw toFailure(error);
  }
}

/** What is typed or piped in. Throws `Failure` where that is no text. */
export function readPassword(keyboard: Keyboard): Promise<string> {
  return keyboard.isTerminal() ? askTwice(keyboard) : readLine(keyboard);
}

async function askTwice(keyboard: Keyboard): Promise<string> {
  keyboard.setRaw(true);
  try {
    const first = await ask("Password: ", keyboard);
    const second = await ask("The same again: ", keyboard);
    if (first === second) return first;
    throw new Failure("Cannot hash the password: the two are not the same", USAGE);
  } finally {
    keyboard.setRaw(false);
  }
}

/** What is typed until Return. A terminal in raw mode leaves it to us to take back a letter. */
async function ask(question: string, keyboard: Keyboard): Promise<string> {
  keyboard.print(question);
  const octets: number[] = [];
  try {
    for (;;) {
      const key = await readOctet(keyboard);
      if (key === CTRL_C) throw new Failure("No password was given", FAILED);
      if (key === null || key === LINE_FEED || key === RETURN || key === CTRL_D) break;
      if (key === CTRL_U) octets.length = 0;
      else if (key !== BACKSPACE && key !== DELETE) octets.push(key);
      // A character of several octets goes as a whole: those behind its first begin with the bits 10.
      else while (((octets.pop() ?? 0) & 0xc0) === 0x80);
    }
  } finally {
    keyboard.print("\n");
  }
  return decode(octets);
}

async function readLine(keyboard: Keyboard): Promise<string> {
  const octets: number[] = [];
  while (octets.length <= LONGEST) {
    const octet = await readOctet(keyboard);
    if (octet === null || octet === LINE_FEED) break;
    octets.push(octet);
  }
  if (octets.at(-1) === RETURN) octets.pop();
  return decode(octets);
}

/** One octet, so that nothing of what is behind the line is taken away; null at the end. */
async function readOctet(keyboard: Keyboard): Promise<number | null> {
  const octet = new Uint8Array(1);
  return await keyboard.read(octet) === null ? null : octet[0]!;
}

function decode(octets: readonly number[]): string {
  if (octets.length > LONGEST) throw refuse(`it is longer than ${LONGEST} octets`);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      Uint8Array.from(octets),
    );
  } catch (error) {
    if (error instanceof TypeError) throw refuse("it is not written in UTF-8");
    throw error;
  }
}

function refuse(reason: string): Failure {
  return new Failure(`Cannot hash the password: ${reason}`, USAGE);
}
