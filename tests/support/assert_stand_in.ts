// Stands in for @std/assert where JSR cannot be reached: the part of it that these tests use, with
// the same names, arguments and meaning, over node:assert.
//
// Two things are equal here when `deepStrictEqual` says so. Where that differs from @std/assert it
// is the stricter of the two (-0 is not 0, a null prototype is not Object's), so a test that passes
// with the stand-ins passes with the real thing. The exported types are the ones that tests are
// checked against in both cases.
//
// Bytes get a message of their own: a difference in a wire message is read as text with an offset,
// not as a column of numbers.

import nodeAssert from "node:assert";
import { isDeepStrictEqual } from "node:util";

type ErrorClass<E extends Error> = abstract new (...args: never[]) => E;

const BYTES_SHOWN_BEFORE = 24;
const BYTES_SHOWN_AFTER = 40;

export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

export function assert(value: unknown, message = "Expected something truthy"): asserts value {
  if (!value) throw new AssertionError(`${message}: got ${shown(value)}`);
}

export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new AssertionError(titled("Values are not equal", message) + difference(actual, expected));
}

export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  if (!isDeepStrictEqual(actual, expected)) return;
  throw new AssertionError(`${titled("Values are equal", message)}: ${shown(actual)}`);
}

export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  message?: string,
): asserts actual is T {
  if (Object.is(actual, expected)) return;
  const title = titled("Values are not strictly equal", message);
  const alike = isDeepStrictEqual(actual, expected);
  throw new AssertionError(
    title + (alike ? `: equal in content, but not the same: ${shown(actual)}` : difference(
      actual,
      expected,
    )),
  );
}

export function assertExists<T>(actual: T, message?: string): asserts actual is NonNullable<T> {
  if (actual !== undefined && actual !== null) return;
  throw new AssertionError(`${titled("Expected a value", message)}: got ${actual}`);
}

export function assertInstanceOf<T>(
  actual: unknown,
  expected: abstract new (...args: never[]) => T,
  message?: string,
): asserts actual is T {
  if (actual instanceof expected) return;
  const title = titled(`Expected an instance of ${expected.name}`, message);
  throw new AssertionError(`${title}: got ${shown(actual)}`);
}

export function assertMatch(actual: string, expected: RegExp, message?: string): void {
  if (actual.search(expected) !== -1) return;
  const title = titled(`Expected a match of ${expected}`, message);
  throw new AssertionError(`${title}: got ${shown(actual)}`);
}

export function assertNotMatch(actual: string, expected: RegExp, message?: string): void {
  if (actual.search(expected) === -1) return;
  const title = titled(`Expected no match of ${expected}`, message);
  throw new AssertionError(`${title}: got ${shown(actual)}`);
}

export function assertStringIncludes(actual: string, expected: string, message?: string): void {
  if (actual.includes(expected)) return;
  const title = titled(`Expected a string with ${shown(expected)} in it`, message);
  throw new AssertionError(`${title}: got ${shown(actual)}`);
}

export function assertGreater<T>(actual: T, expected: T, message?: string): void {
  if (actual > expected) return;
  throw new AssertionError(titled(`Expected ${shown(actual)} > ${shown(expected)}`, message));
}

export function assertGreaterOrEqual<T>(actual: T, expected: T, message?: string): void {
  if (actual >= expected) return;
  throw new AssertionError(titled(`Expected ${shown(actual)} >= ${shown(expected)}`, message));
}

export function assertLess<T>(actual: T, expected: T, message?: string): void {
  if (actual < expected) return;
  throw new AssertionError(titled(`Expected ${shown(actual)} < ${shown(expected)}`, message));
}

export function assertLessOrEqual<T>(actual: T, expected: T, message?: string): void {
  if (actual <= expected) return;
  throw new AssertionError(titled(`Expected ${shown(actual)} <= ${shown(expected)}`, message));
}

/** Returns the error that `run` threw. */
export function assertThrows<E extends Error = Error>(
  run: () => unknown,
  errorClass?: ErrorClass<E>,
  messageIncludes?: string,
): E {
  try {
    run();
  } catch (error) {
    return expectError(error, { errorClass, messageIncludes });
  }
  throw new AssertionError(`Expected ${errorClass?.name ?? "an error"}, but nothing was thrown`);
}

/** Returns the error that the promise was rejected with; an error thrown at once does not count. */
export async function assertRejects<E extends Error = Error>(
  run: () => PromiseLike<unknown>,
  errorClass?: ErrorClass<E>,
  messageIncludes?: string,
): Promise<E> {
  let promise: PromiseLike<unknown>;
  try {
    promise = run();
  } catch (error) {
    throw new AssertionError(`Expected a rejection, but it was thrown at once: ${shown(error)}`);
  }
  try {
    await promise;
  } catch (error) {
    return expectError(error, { errorClass, messageIncludes });
  }
  throw new AssertionError(`Expected ${errorClass?.name ?? "an error"}, but nothing was rejected`);
}

export function fail(message = "This must not be reached"): never {
  throw new AssertionError(message);
}

export function unreachable(message = "This must not be reached"): never {
  throw new AssertionError(message);
}

interface Expectation<E extends Error> {
  readonly errorClass: ErrorClass<E> | undefined;
  readonly messageIncludes: string | undefined;
}

function expectError<E extends Error>(error: unknown, expectation: Expectation<E>): E {
  const { errorClass, messageIncludes } = expectation;
  assertInstanceOf(error, errorClass ?? (Error as unknown as ErrorClass<E>));
  if (messageIncludes !== undefined) {
    assertStringIncludes(error.message, messageIncludes, `Unexpected message of ${error.name}`);
  }
  return error;
}

function difference(actual: unknown, expected: unknown): string {
  if (actual instanceof Uint8Array && expected instanceof Uint8Array) {
    return byteDifference(actual, expected);
  }
  try {
    nodeAssert.deepStrictEqual(actual, expected);
  } catch (error) {
    if (error instanceof nodeAssert.AssertionError) {
      return `\n${error.message.slice(error.message.indexOf("\n") + 1)}`;
    }
    throw error;
  }
  return `: ${shown(actual)} and ${shown(expected)}`;
}

function byteDifference(actual: Uint8Array, expected: Uint8Array): string {
  const length = Math.min(actual.length, expected.length);
  let offset = 0;
  while (offset < length && actual[offset] === expected[offset]) offset++;
  return [
    `: ${actual.length} and ${expected.length} bytes, which differ from offset ${offset} on`,
    `actual:   ${excerpt(actual, offset)}`,
    `expected: ${excerpt(expected, offset)}`,
  ].join("\n");
}

function excerpt(bytes: Uint8Array, offset: number): string {
  const start = Math.max(0, offset - BYTES_SHOWN_BEFORE);
  const part = bytes.subarray(start, offset + BYTES_SHOWN_AFTER);
  return JSON.stringify(String.fromCharCode(...part));
}

function titled(title: string, message: string | undefined): string {
  return message === undefined ? title : `${message}: ${title}`;
}

function shown(value: unknown): string {
  return Deno.inspect(value, { strAbbreviateSize: 2000 });
}
