// lib/cli/hash_password.ts: from a keyboard, or a pipe, to what --auth takes.

import { Failure } from "../../lib/cli/failure.ts";
import { type Keyboard, readAndHash, readPassword } from "../../lib/cli/hash_password.ts";
import { parseCredentials } from "../../lib/handlers/credentials.ts";
import { assertEquals, assertRejects } from "../deps.ts";

/** A keyboard on which `input` is typed, or a pipe, with what was shown and whether it is raw. */
function makeKeyboard(input: string | Uint8Array<ArrayBuffer>, isTerminal: boolean) {
  const octets = typeof input === "string" ? new TextEncoder().encode(input) : input;
  let at = 0;
  const state = { shown: "", isRaw: false, rest: () => octets.subarray(at) };
  const keyboard: Keyboard = {
    isTerminal: () => isTerminal,
    read: (into) => {
      const count = Math.min(into.length, octets.length - at);
      into.set(octets.subarray(at, at + count));
      at += count;
      return Promise.resolve(count === 0 ? null : count);
    },
    setRaw: (isRaw) => void (state.isRaw = isRaw),
    print: (text) => void (state.shown += text),
  };
  return { keyboard, state };
}

const TYPED: [name: string, keys: string, password: string][] = [
  ["what is typed twice", "s3cret\rs3cret\r", "s3cret"],
  ["spaces and all", " a b \n a b \n", " a b "],
  ["a letter taken back", "abx\x7fc\rabc\r", "abc"],
  ["a letter of several octets taken back", "aä\x08b\rab\r", "ab"],
  ["more taken back than there was", "a\x7f\x7f\x7fb\rb\r", "b"],
  ["a line taken back", "nonsense\x15abc\rabc\r", "abc"],
];

for (const [name, keys, password] of TYPED) {
  Deno.test(`a terminal's password is ${name}`, async () => {
    const { keyboard, state } = makeKeyboard(keys, true);
    assertEquals(await readPassword(keyboard), password);
    assertEquals(state.shown, "Password: \nThe same again: \n");
    assertEquals(state.isRaw, false);
  });
}

const PIPED: [input: string, password: string][] = [
  ["s3cret", "s3cret"],
  ["s3cret\nmore", "s3cret"],
  ["s3cret \r\n", "s3cret "],
  ["\n", ""],
  ["", ""],
];

for (const [input, password] of PIPED) {
  Deno.test(`a pipe's password is the first line of ${JSON.stringify(input)}`, async () => {
    const { keyboard, state } = makeKeyboard(input, false);
    assertEquals(await readPassword(keyboard), password);
    assertEquals(state.shown, "");
  });
}

Deno.test("what is printed is what --auth takes behind the colon", async () => {
  const hash = await readAndHash(makeKeyboard("s3cret\n", false).keyboard);
  assertEquals(await parseCredentials(`ann:${hash}`).hash.matches("s3cret"), true);
});

Deno.test("what follows the line stays in the pipe", async () => {
  const { keyboard, state } = makeKeyboard("one\ntwo\n", false);
  await readPassword(keyboard);
  assertEquals(new TextDecoder().decode(state.rest()), "two\n");
});

Deno.test("two passwords that differ, none, and an interruption are refused, and the terminal is as before", async () => {
  const cases: [keys: string, message: string, exitStatus: number][] = [
    ["one\rtwo\r", "Cannot hash the password: the two are not the same", 2],
    ["\r\r", "Cannot hash the password: give at least one character, none a control", 2],
    ["a\tb\ra\tb\r", "Cannot hash the password: give at least one character, none a control", 2],
    ["ab\x03", "No password was given", 1],
  ];
  for (const [keys, message, exitStatus] of cases) {
    const { keyboard, state } = makeKeyboard(keys, true);
    await assertRefused(keyboard, message, exitStatus);
    assertEquals(state.isRaw, false);
  }
});

Deno.test("octets that are no UTF-8, or endless, are refused", async () => {
  const latin1 = makeKeyboard(Uint8Array.of(0xe4, 10), false);
  await assertRefused(latin1.keyboard, "Cannot hash the password: it is not written in UTF-8");
  const endless = makeKeyboard("a".repeat(70_000), false);
  await assertRefused(
    endless.keyboard,
    "Cannot hash the password: it is longer than 65536 octets",
  );
});

async function assertRefused(keyboard: Keyboard, message: string, exitStatus = 2): Promise<void> {
  const error = await assertRejects(() => readAndHash(keyboard), Failure);
  assertEquals([error.message, (error as Failure).exitStatus], [message, exitStatus]);
}
