// What tests take from outside: @std/assert and @std/http from JSR, at the versions that deno.json
// names, where JSR can be reached; else our own stand-ins for the first and null for the second.
// The same tests pass either way, so a clone can be tested on a plane.
//
// The specifiers are no literals, so that neither Deno's type checker nor its loader asks for JSR
// before the question below is answered. The question is one request with a deadline: a network
// that swallows packets must cost seconds, not hang. The answer is kept in the environment, which
// all test files of one run share: the first file asks and says what it found, the others listen.
//
//   RAWSERVE_TEST_STD   unset: ask    jsr: was reached    anything else: why it is not used
//
// Types are our own (those of the stand-ins), since JSR's cannot be had without JSR.

import * as standIns from "./support/assert_stand_in.ts";

/** The part of @std/http that tests compare rawserve with. */
export interface StdHttp {
  readonly STATUS_TEXT: Readonly<Record<number, string>>;
  serveDir(request: Request, options?: StdServeDirOptions): Promise<Response>;
  serveFile(request: Request, filePath: string): Promise<Response>;
}

export interface StdServeDirOptions {
  readonly fsRoot?: string;
  readonly urlRoot?: string;
  readonly showDirListing?: boolean;
  readonly showDotfiles?: boolean;
  readonly showIndex?: boolean;
  readonly enableCors?: boolean;
  readonly quiet?: boolean;
  readonly headers?: string[];
}

type Assertions = typeof standIns;

const VERDICT = "RAWSERVE_TEST_STD";
const REACHED = "jsr";
const ANSWER_WITHIN_MS = 5_000;
const LOAD_WITHIN_MS = 30_000;

const stdAssert = await loadStdAssert();
const stdHttpLoaded = stdAssert === null ? verdict() : await loadStdHttp();
const chosen: Assertions = stdAssert ?? standIns;

/** Whether the assertions below are @std/assert's own. */
export const fromJsr: boolean = stdAssert !== null;

/** @std/http, or null where JSR cannot be reached. */
export const stdHttp: StdHttp | null = typeof stdHttpLoaded === "string" ? null : stdHttpLoaded;

/** Why `stdHttp` is null, for the names of ignored tests; else empty. */
export const stdHttpMissing: string = typeof stdHttpLoaded === "string"
  ? `@std/http is missing: ${stdHttpLoaded}`
  : "";

export const AssertionError: Assertions["AssertionError"] = chosen.AssertionError;
export const assert: Assertions["assert"] = chosen.assert;
export const assertEquals: Assertions["assertEquals"] = chosen.assertEquals;
export const assertExists: Assertions["assertExists"] = chosen.assertExists;
export const assertGreater: Assertions["assertGreater"] = chosen.assertGreater;
export const assertGreaterOrEqual: Assertions["assertGreaterOrEqual"] = chosen.assertGreaterOrEqual;
export const assertInstanceOf: Assertions["assertInstanceOf"] = chosen.assertInstanceOf;
export const assertLess: Assertions["assertLess"] = chosen.assertLess;
export const assertLessOrEqual: Assertions["assertLessOrEqual"] = chosen.assertLessOrEqual;
export const assertMatch: Assertions["assertMatch"] = chosen.assertMatch;
export const assertNotEquals: Assertions["assertNotEquals"] = chosen.assertNotEquals;
export const assertNotMatch: Assertions["assertNotMatch"] = chosen.assertNotMatch;
export const assertRejects: Assertions["assertRejects"] = chosen.assertRejects;
export const assertStrictEquals: Assertions["assertStrictEquals"] = chosen.assertStrictEquals;
export const assertStringIncludes: Assertions["assertStringIncludes"] = chosen.assertStringIncludes;
export const assertThrows: Assertions["assertThrows"] = chosen.assertThrows;
export const fail: Assertions["fail"] = chosen.fail;
export const unreachable: Assertions["unreachable"] = chosen.unreachable;

async function loadStdAssert(): Promise<Assertions | null> {
  const known = verdict() !== "";
  if (known && verdict() !== REACHED) return null;
  try {
    if (!known) await askJsr();
    const loaded = await load("@std/assert") as Assertions;
    if (!known) announce(REACHED, "Tests use @std/assert and @std/http from JSR");
    return loaded;
  } catch (error) {
    const reason = firstLine(error);
    announce(reason, `Tests use the stand-ins in tests/support: ${reason}`);
    return null;
  }
}

async function loadStdHttp(): Promise<StdHttp | string> {
  try {
    const [status, fileServer] = await Promise.all([
      load("@std/http/status"),
      load("@std/http/file-server"),
    ]);
    return { ...status, ...fileServer } as unknown as StdHttp;
  } catch (error) {
    return firstLine(error);
  }
}

function verdict(): string {
  return Deno.env.get(VERDICT) ?? "";
}

function announce(answer: string, line: string): void {
  Deno.env.set(VERDICT, answer);
  console.log(line);
}

async function askJsr(): Promise<void> {
  const url = new URL("@std/assert/meta.json", registry());
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), ANSWER_WITHIN_MS);
  try {
    const response = await fetch(url, { signal: patience.signal });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`It answered ${response.status}`);
  } catch (error) {
    const reason = patience.signal.aborted ? "no answer in time" : firstLine(error);
    throw new Error(`Cannot reach ${url.host}: ${reason}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** Deno itself takes JSR's address from this variable too. */
function registry(): string {
  const address = Deno.env.get("JSR_URL") || "https://jsr.io";
  return address.endsWith("/") ? address : `${address}/`;
}

async function load(specifier: string): Promise<Record<string, unknown>> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`Cannot load ${specifier}: it took too long`)),
    LOAD_WITHIN_MS,
  );
  try {
    return await Promise.race([import(specifier), late]);
  } finally {
    clearTimeout(timer);
  }
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n", 1)[0] ?? message;
}
