/**
 * WHAT ANSWERS: the frames in the stack of a JavaScript error, as V8 writes it.
 *
 *   TypeError: message, of any number of lines        what the error says; told apart and left out
 *       at g (file:///app/b.ts:6:11)
 *       at new Foo (file:///app/a.ts:8:29)
 *       at async file:///app/a.ts:10:7                 what awaited
 *       at Array.map (<anonymous>)                     the runtime's own
 *       at eval (eval at f (file:///app/a.ts:11:7), <anonymous>:1:6)
 *
 * Deno has mapped lines and columns back to the TypeScript that was written. A message may hold lines that look
 * like frames, so what the error says is cut off first, and of the rest only the lines at the end count.
 */

import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { cutAt, type Frame, FRAME_LIMIT, NAME_LIMIT } from "./app_failure.ts";
import type { SourceReader } from "./source_reader.ts";

const FRAME = /^ {4}at (.+)$/;
const CALL = /^(.*?) \((.*)\)$/;
const PLACE = /^(.*?):(\d{1,9}):(\d{1,9})$/;
/** A place inside a message, for what a loader says. Deno writes addresses now with escapes and now without. */
const PLACE_IN_TEXT = /(file:\/\/\/[^\n"']+?):(\d{1,9}):(\d{1,9})/;
/** Where packages are kept: beside the app, and in Deno's cache. */
const PACKAGES = /\/node_modules\/|\/npm\/registry\.npmjs\.org\//;
/** Our own sources. */
const OURS = new URL("../../", import.meta.url).href;
const OUR_MAIN = new URL("../../../main.ts", import.meta.url).href;

/** What to make frames with. */
export interface FrameOptions {
  /** What the error says, as it stands at the beginning of the stack. */
  readonly message: string;
  readonly sources: SourceReader;
}

/** The frames in `stack`, the innermost first. What cannot be understood is left out. */
export function parseStack(stack: string, { message, sources }: FrameOptions): Frame[] {
  const lines = withoutMessage(stack, message).split("\n");
  const start = lines.findLastIndex((line) => line !== "" && !FRAME.test(line)) + 1;
  const calls = lines.slice(start).flatMap((line) => FRAME.exec(line)?.[1] ?? []);
  return calls.slice(0, FRAME_LIMIT).map((call) => toFrame(call, sources));
}

/** The frame of the first place that `text` names; null where it names none. */
export function findPlace(text: string, sources: SourceReader): Frame | null {
  const [place] = PLACE_IN_TEXT.exec(stripVTControlCharacters(text)) ?? [];
  return place === undefined ? null : toFrame(place, sources);
}

function withoutMessage(stack: string, message: string): string {
  const at = stack.indexOf(message);
  // Before the message stands a name, on the same line, or it is another text.
  return at < 0 || stack.slice(0, at).includes("\n") ? stack : stack.slice(at + message.length);
}

function toFrame(call: string, sources: SourceReader): Frame {
  const [, name = "", inner = call] = CALL.exec(call) ?? [];
  const place = inner.startsWith("eval at ") ? inner.slice(inner.lastIndexOf(", ") + 2) : inner;
  const [, where = place, lineText, columnText] = PLACE.exec(place.replace(/^async /, "")) ?? [];
  const line = lineText === undefined ? null : Number(lineText);
  const file = toFile(where);
  const isOwn = where.startsWith("file://") && !isForeign(where);
  return {
    file: cutAt(file, NAME_LIMIT),
    line,
    column: columnText === undefined ? null : Number(columnText),
    function: name === "" || name === "async" ? null : cutAt(name, NAME_LIMIT),
    isOwn,
    source: line === null || !where.startsWith("file://") ? [] : sources.read(file, line),
  };
}

function isForeign(address: string): boolean {
  return PACKAGES.test(address) || address.startsWith(OURS) || address === OUR_MAIN;
}

function toFile(where: string): string {
  if (!where.startsWith("file:///")) return where;
  try {
    return fileURLToPath(where);
  } catch {
    // No address that could be a file's: it is shown as it is.
    return where;
  }
}
