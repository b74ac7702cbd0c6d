// Runs the scripts in the folder that it is given, as a program of its own: for what cannot be tested in
// the process that tests, such as having no descriptors left. Prints its port.

import { cgi } from "../../../lib/handlers/gateway/cgi.ts";
import { startServer } from "../../support/server.ts";
import { ENVIRONMENT } from "./served_scripts.ts";

const [directory = "."] = Deno.args;
const { port, server } = startServer(cgi({
  directory,
  software: "rawserve/1.2.3",
  environment: ENVIRONMENT,
  onDiagnostics: (line) => console.error(line),
}));
console.log(`Serves at port ${port}`);
await server.closed;
