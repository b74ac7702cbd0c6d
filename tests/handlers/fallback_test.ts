// One handler first, another where it has nothing.

import { FieldBlock } from "../../lib/http1/field_block.ts";
import { withFallback } from "../../lib/handlers/fallback.ts";
import { FileSlice, type OpenFile } from "../../lib/server/file_slice.ts";
import type { Content, HttpResponse } from "../../lib/server/handler.ts";
import { assertEquals, assertRejects, assertThrows } from "../deps.ts";
import { getWith } from "../support/request.ts";

const toAnswer = (status: number, content: Content = null): HttpResponse => ({
  status,
  fields: FieldBlock.EMPTY,
  content,
});
const SECOND = toAnswer(299);

for (
  const [status, expected] of [[200, 200], [304, 304], [403, 403], [500, 500], [404, 299], [
    405,
    299,
  ], [
    501,
    299,
  ]] as const
) {
  Deno.test(`after ${status} the answer is ${expected}, at once and by promise`, async () => {
    const first = toAnswer(status);
    assertEquals((await withFallback(() => first, () => SECOND)(getWith())).status, expected);
    const late = withFallback(() => Promise.resolve(first), () => Promise.resolve(SECOND));
    assertEquals((await late(getWith())).status, expected);
  });
}

Deno.test("an answer at once stays one, so that nobody waits for it", () => {
  const answer = withFallback(() => toAnswer(404), () => SECOND)(getWith());
  assertEquals(answer, SECOND);
});

Deno.test("a file of an answer that is not given is closed", () => {
  let closed = 0;
  const file = { close: () => closed++ } as unknown as OpenFile;
  const page = toAnswer(404, new FileSlice(file, { offset: 0, length: 1 }));
  withFallback(() => page, () => SECOND)(getWith());
  assertEquals(closed, 1);
});

Deno.test("what the first throws is not for the second", async () => {
  const fail = () => {
    throw new RangeError("first");
  };
  assertThrows(() => withFallback(fail, () => SECOND)(getWith()), RangeError);
  const late = withFallback(() => Promise.reject(new RangeError("first")), () => SECOND);
  await assertRejects(async () => await late(getWith()), RangeError);
});
