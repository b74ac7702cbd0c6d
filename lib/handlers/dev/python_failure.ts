/**
 * WHAT ANSWERS: what a Python app raised, from the JSON that its worker tells it in (static/wsgi_failure.py).
 *
 * The worker is our program, in a process in which the app may do what it likes; so what is not as it should be
 * is left out, and never an error.
 */

import {
  type AppFailure,
  cutAt,
  ERROR_LIMIT,
  type FailedError,
  type Frame,
  FRAME_LIMIT,
  LINE_LIMIT,
  LINES_AROUND,
  MESSAGE_LIMIT,
  NAME_LIMIT,
  type SourceLine,
} from "./app_failure.ts";

type Told = Readonly<Record<string, unknown>>;

const RELATIONS: readonly FailedError["relation"][] = ["thrown", "cause", "context", "member"];

/**
 * What `report` tells; `when` it was raised. Where there is none, or nothing can be read in it, the failure is
 * one without frames that says `message`.
 */
export function toPythonFailure(
  report: string | null,
  { when, message }: { when: AppFailure["when"]; message: string },
): AppFailure {
  const told = report === null ? {} : parse(report);
  const errors = toList(told["errors"], ERROR_LIMIT).map(toFailedError);
  const unknown: FailedError = { relation: "thrown", type: "Error", message, frames: [] };
  return {
    language: "Python",
    runtime: toText(told["runtime"], NAME_LIMIT) || "Python",
    when,
    errors: errors.length === 0 ? [unknown] : errors,
  };
}

function parse(report: string): Told {
  try {
    return toRecord(JSON.parse(report));
  } catch {
    // What the app raised stands in the log as well.
    return {};
  }
}

function toFailedError(told: Told): FailedError {
  return {
    relation: RELATIONS.find((relation) => relation === told["relation"]) ?? "thrown",
    type: toText(told["type"], NAME_LIMIT) || "Error",
    message: toText(told["message"], MESSAGE_LIMIT),
    frames: toList(told["frames"], FRAME_LIMIT).map(toFrame),
  };
}

function toFrame(told: Told): Frame {
  return {
    file: toText(told["file"], NAME_LIMIT),
    line: toNumber(told["line"]),
    column: toNumber(told["column"]),
    function: toText(told["function"], NAME_LIMIT) || null,
    isOwn: told["isOwn"] === true,
    source: toSource(told["source"]),
  };
}

function toSource(told: unknown): SourceLine[] {
  if (!Array.isArray(told)) return [];
  return told.slice(0, 2 * LINES_AROUND + 1).flatMap((pair: unknown) => {
    const [first, text] = Array.isArray(pair) ? pair as unknown[] : [];
    const number = toNumber(first);
    return number === null ? [] : [{ number, text: toText(text, LINE_LIMIT) }];
  });
}

function toList(value: unknown, limit: number): Told[] {
  return Array.isArray(value) ? value.slice(0, limit).map(toRecord) : [];
}

function toRecord(value: unknown): Told {
  return typeof value === "object" && value !== null ? value as Told : {};
}

function toText(value: unknown, limit: number): string {
  return typeof value === "string" ? cutAt(value, limit) : "";
}

function toNumber(value: unknown): number | null {
  return Number.isSafeInteger(value) ? value as number : null;
}
