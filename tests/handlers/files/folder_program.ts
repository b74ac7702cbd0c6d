// Serves the folder that it is given, as a program of its own: for what cannot be tested in the process
// that tests, such as rights that it must not have. Prints its port.

import { files } from "../../../lib/handlers/files/files.ts";
import { STATIC_DIRECTORY } from "../../support/served_folder.ts";
import { startServer } from "../../support/server.ts";

const [root = "."] = Deno.args;
const { port, server } = startServer(files({ root, staticDirectory: STATIC_DIRECTORY }));
console.log(`Serves at port ${port}`);
await server.closed;
