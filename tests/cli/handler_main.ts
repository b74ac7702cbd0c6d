// main.ts with a handler that can be made to wait, to fail, and to tell what it may still do.

import { run } from "../../lib/cli/run.ts";
import { FieldBlock } from "../../lib/http1/field_block.ts";
import type { HttpRequest, HttpResponse } from "../../lib/server/handler.ts";
import { attemptAll } from "./attempts.ts";

const PERMISSIONS = ["net", "read", "write", "run", "env", "sys", "ffi", "import"] as const;

Deno.exitCode = await run(Deno.args, { handler });

async function handler(request: HttpRequest): Promise<HttpResponse> {
  switch (request.target.raw) {
    case "/echo":
      return answer(await new Response(request.content).text());
    case "/hang":
      return new Promise(() => {});
    case "/permissions": {
      const granted = PERMISSIONS.filter((name) =>
        Deno.permissions.querySync({ name }).state === "granted"
      );
      return answer(granted.join(" "));
    }
    case "/attempts":
      return answer(JSON.stringify(await attemptAll()));
    default:
      throw new Error("A failure\nwith \x1b[31mcolour", { cause: new Error("the reason") });
  }
}

function answer(text: string): HttpResponse {
  return { status: 200, fields: FieldBlock.EMPTY, content: new TextEncoder().encode(text) };
}
