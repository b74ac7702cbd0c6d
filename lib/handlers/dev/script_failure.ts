/**
 * WHAT ANSWERS: what a JavaScript or TypeScript app threw.
 *
 * Anything can be thrown, and whatever is thrown may lie about itself: a getter for `stack` that throws, a
 * message that is an object, causes that go round in a circle. A failure to tell of a failure would
 * be one too many, so whatever cannot be asked counts as unknown.
 */

import { stripVTControlCharacters, types } from "node:util";
import {
  type AppFailure,
  cutAt,
  ERROR_LIMIT,
  type FailedError,
  MESSAGE_LIMIT,
  NAME_LIMIT,
} from "./app_failure.ts";
import { SourceReader } from "./source_reader.ts";
import { findPlace, parseStack } from "./stack_frames.ts";

/** What `thrown` tells; `when` it was thrown. Never throws. */
export function toScriptFailure(
  thrown: unknown,
  when: AppFailure["when"] = "answering",
): AppFailure {
  return {
    language: "JavaScript",
    runtime: `Deno ${Deno.version.deno}`,
    when,
    errors: new Chain(when).follow(thrown),
  };
}

class Chain {
  readonly #when: AppFailure["when"];
  readonly #sources = new SourceReader();
  readonly #errors: FailedError[] = [];
  readonly #seen = new Set<unknown>();

  constructor(when: AppFailure["when"]) {
    this.#when = when;
  }

  follow(thrown: unknown): FailedError[] {
    this.#add(thrown, "thrown");
    return this.#errors;
  }

  #add(thrown: unknown, relation: FailedError["relation"]): void {
    if (this.#errors.length >= ERROR_LIMIT || this.#seen.has(thrown)) return;
    this.#seen.add(thrown);
    if (!isError(thrown)) {
      const type = thrown === null ? "null" : typeof thrown;
      this.#errors.push({ relation, type, message: inspect(thrown), frames: [] });
      return;
    }
    this.#errors.push(this.#toFailedError(thrown, relation));
    for (const member of toMembers(ask(thrown, "errors"))) this.#add(member, "member");
    const cause = ask(thrown, "cause");
    if (cause !== undefined) this.#add(cause, "cause");
  }

  #toFailedError(error: object, relation: FailedError["relation"]): FailedError {
    const message = toText(ask(error, "message"));
    const stack = toText(ask(error, "stack"));
    const frames = parseStack(stack, { message, sources: this.#sources });
    // Of a file that cannot be read or linked the place stands in what the loader says about it.
    const place = this.#when === "loading" ? findPlace(message, this.#sources) : null;
    if (place !== null) frames.unshift(place);
    return {
      relation,
      type: cutAt(toType(error), NAME_LIMIT),
      message: cutAt(stripVTControlCharacters(message), MESSAGE_LIMIT),
      frames,
    };
  }
}

/** Errors of another realm, a worker's or a `node:vm`'s, are no instances of ours. */
function isError(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  return types.isNativeError(value) || typeof ask(value, "stack") === "string";
}

/** The name that it has been given, else that of its class. */
function toType(error: object): string {
  const name = toText(ask(error, "name"));
  if (name !== "" && name !== "Error") return name;
  const made = ask(error, "constructor");
  const own = typeof made === "function" ? ask(made, "name") : "";
  return typeof own === "string" && own !== "" ? own : "Error";
}

function toMembers(value: unknown): unknown[] {
  try {
    return Array.isArray(value) ? value.slice(0, ERROR_LIMIT) : [];
  } catch {
    // A proxy that does not want to be asked either.
    return [];
  }
}

function toText(value: unknown): string {
  return typeof value === "string" ? value : value === undefined ? "" : inspect(value);
}

function ask(value: object, name: string): unknown {
  try {
    return Reflect.get(value, name);
  } catch {
    // It does not want to be asked.
    return undefined;
  }
}

function inspect(value: unknown): string {
  try {
    return cutAt(stripVTControlCharacters(Deno.inspect(value)), MESSAGE_LIMIT);
  } catch {
    // Nor that one.
    return "something that cannot be shown";
  }
}
