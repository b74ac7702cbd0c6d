// Answers that an app gives again: whatever came before, each is what it would have been alone.

import { RepeatedAnswer } from "../../../lib/handlers/apps/repeated_answer.ts";
import { FieldBlock } from "../../../lib/http1/field_block.ts";
import { ReadyAnswer } from "../../../lib/server/ready_answer.ts";
import { assert, assertEquals } from "../../deps.ts";
import { toText } from "../../support/raw_client.ts";

const [one, other] = ["1", "2"].map((value) => new FieldBlock([["A", value]]));
const LONG = "x".repeat(100_000);

Deno.test("an answer that is given twice in a row is a ready one, until another one is given", () => {
  const repeated = new RepeatedAnswer();
  const kinds = ["a", "a", "a", "b", "a", "a"].map((text) => repeated.of(200, text, one!));
  assertEquals(kinds.map((answer) => answer instanceof ReadyAnswer), [
    false,
    true,
    true,
    false,
    false,
    true,
  ]);
  assertEquals(kinds[1], kinds[2]);
});

Deno.test("whatever differs from the answer before counts", () => {
  const repeated = new RepeatedAnswer();
  const texts = ["", "a", "b", "\u00e9", LONG];
  for (const before of texts) {
    for (const text of texts) {
      for (const [status, fields] of [[200, one!], [404, one!], [200, other!]] as const) {
        for (let i = 0; i < 3; i++) repeated.of(200, before, one!);
        for (let i = 0; i < 3; i++) {
          const answer = repeated.of(status, text, fields);
          assertEquals([answer.status, answer.fields], [status, fields]);
          assert(answer.content instanceof Uint8Array);
          assertEquals(toText(answer.content), toText(new TextEncoder().encode(text)));
        }
      }
    }
  }
});

Deno.test("long texts are not kept", () => {
  const repeated = new RepeatedAnswer();
  const answers = Array.from({ length: 3 }, () => repeated.of(200, LONG, one!));
  assert(!answers.some((answer) => answer instanceof ReadyAnswer));
});
