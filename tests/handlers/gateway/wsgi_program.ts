// A process that runs the cases with several workers, for tests that kill it. It prints the workers' numbers.

import { startWsgi } from "../../../lib/handlers/gateway/wsgi.ts";
import { listenTcp } from "../../../lib/net/tcp.ts";
import { serve } from "../../../lib/server/serve.ts";
import { APPS, STATIC } from "./wsgi_app.ts";

const app = await startWsgi({
  app: "wsgi_cases:app",
  directory: APPS,
  workers: 2,
  staticDirectory: STATIC,
  software: "rawserve/test",
  environment: {
    PATH: Deno.env.get("PATH") ?? "",
    HOME: Deno.env.get("HOME") ?? "/",
    PYTHONDONTWRITEBYTECODE: "1",
  },
  onDiagnostics: (line, { pid }) => console.log(`${pid}: ${line}`),
});
const { address } = serve(app.handler, { listener: listenTcp({ hostname: "127.0.0.1", port: 0 }) });
console.log(`port ${address.transport === "tcp" ? address.port : 0}`);
