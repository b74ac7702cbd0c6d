// Who is found by a mark. What becomes of scripts is in script_process_test.ts.

import {
  canSearch,
  MARK,
  newMark,
  signalMarked,
} from "../../../lib/handlers/gateway/script_family.ts";
import { assertEquals } from "../../deps.ts";

function sleeper(mark: string): Deno.ChildProcess {
  return new Deno.Command("sleep", { args: ["600"], env: { [MARK]: mark } }).spawn();
}

Deno.test("on Linux, and nowhere else, processes can be searched for", () => {
  assertEquals(canSearch(), Deno.build.os === "linux");
});

Deno.test({
  name: "those with the mark get the signal, and nobody else",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const mark = newMark();
    const [one, another, longer, other] = [mark, mark, `${mark}0`, newMark()].map(sleeper);
    await signalMarked(mark, "SIGTERM");
    assertEquals((await one!.status).signal, "SIGTERM");
    assertEquals((await another!.status).signal, "SIGTERM");
    for (const child of [longer!, other!]) {
      // It would throw if there were nobody any more.
      child.kill("SIGKILL");
      assertEquals((await child.status).signal, "SIGKILL");
    }
  },
});

Deno.test({
  name: "SIGKILL is sent until nobody with the mark is left, and nobody is no error",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const mark = newMark();
    const busy = "i=0; while [ $i -lt 30 ]; do sleep 600 & i=$((i + 1)); done; wait";
    const child = new Deno.Command("sh", { args: ["-c", busy], env: { [MARK]: mark } }).spawn();
    await signalMarked(mark, "SIGKILL");
    assertEquals((await child.status).signal, "SIGKILL");
    await signalMarked(mark, "SIGKILL");
  },
});
