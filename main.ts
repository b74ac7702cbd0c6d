import { run } from "./lib/cli/run.ts";

// Not Deno.exit: it would also end `deno run --watch`, which stops the program to start it anew.
Deno.exitCode = await run(Deno.args);
