// What a worker's calls are told to be, whatever order things happen in. That the clock moves on is waited for.

import { WorkerCalls } from "../../../lib/handlers/gateway/worker_calls.ts";
import { WsgiCall } from "../../../lib/handlers/gateway/wsgi_call.ts";
import { assert, assertEquals } from "../../deps.ts";
import { requestOf } from "../../support/request.ts";

const [one, two, three] = ["1", "2", "3"].map((path) =>
  new WsgiCall(requestOf(`GET /${path} HTTP/1.1\r\nHost: a`), new Map())
) as [WsgiCall, WsgiCall, WsgiCall];

/** Calls of a worker whose last answer was quick. */
function quickCalls(): WorkerCalls {
  const calls = new WorkerCalls();
  do {
    calls.begin(one);
    calls.end();
    calls.begin(one);
  } while (!calls.hasRoom);
  return calls;
}

Deno.test("before a worker has answered, and while it is idle, there is no room ahead", () => {
  const calls = new WorkerCalls();
  assert(calls.isIdle && !calls.hasRoom);
  calls.begin(one);
  assert(!calls.isIdle && !calls.hasRoom);
  assert(!calls.end());
  assert(calls.isIdle && !calls.hasRoom);
});

Deno.test("there is room behind a slow answer no more", async () => {
  const calls = quickCalls();
  await new Promise((resolve) => setTimeout(resolve, 20));
  calls.end();
  calls.begin(two);
  assert(!calls.hasRoom);
});

Deno.test("what lies ahead comes next, under its own number", () => {
  const calls = quickCalls();
  const { number } = calls;
  calls.add(two);
  assert(calls.hasAhead && !calls.hasRoom);
  assertEquals([calls.present, calls.number], [one, number]);
  assert(calls.end());
  assertEquals([calls.present, calls.number, calls.hasAhead], [two, number + 1, false]);
});

Deno.test("what is taken back has been counted, and nothing lies ahead until that is told", () => {
  const calls = quickCalls();
  const { number } = calls;
  assertEquals(calls.takeBack(0), null);
  calls.add(two);
  assertEquals(calls.takeBack(1e9), null);
  assertEquals(calls.takeBack(0), two);
  assert(calls.isTakingBack && !calls.hasRoom && !calls.hasAhead);
  assert(!calls.end());
  assert(!calls.isIdle, "the process may have begun with it");
  calls.endTakingBack();
  assert(calls.isIdle);
  calls.begin(three);
  assertEquals(calls.number, number + 2);
});

Deno.test("what lies ahead of a worker that is lost is given back, and what is under way is not", () => {
  const calls = quickCalls();
  assertEquals(calls.lose(), null);
  calls.begin(one);
  calls.add(two);
  assertEquals([calls.lose(), calls.present, calls.hasAhead], [two, null, false]);
});
