// Asks for a file that has been there for a while, puts a FIFO in its place, and asks again at once. Prints
// the status; whoever opens the FIFO never gets there, and nothing but killing the program helps.

import { files } from "../../../lib/handlers/files/files.ts";
import { FileSlice } from "../../../lib/server/file_slice.ts";
import { requestOf } from "../../support/request.ts";
import { STATIC_DIRECTORY } from "../../support/served_folder.ts";

const [root = ".", fifo = ""] = Deno.args;
const handler = files({ root, staticDirectory: STATIC_DIRECTORY });

async function ask(): Promise<number> {
  const { status, content } = await handler(requestOf("GET /a.bin HTTP/1.1\r\nHost: a"));
  if (content instanceof FileSlice) content.file.close();
  return status;
}

const { mtime } = Deno.statSync(fifo);
while (Date.now() - mtime!.getTime() < 2_100) await new Promise((wake) => setTimeout(wake, 50));
// Often, so that nothing is slow because it is done for the first time.
for (let i = 0; i < 2_000; i++) await ask();
Deno.renameSync(fifo, `${root}/a.bin`);
console.log(`The status is ${await ask()}`);
