// node:http with the same answer; runs under Node and under Deno.

import { createServer } from "node:http";
import process from "node:process";

const own = /^(?:date|content-length|connection)$/i;
const fields = JSON.parse(process.env.BENCH_FIELDS).filter(([name]) => !own.test(name));
const content = process.env.BENCH_CONTENT;
const length = String(new TextEncoder().encode(content).length);
const headers = Object.fromEntries([...fields, ["Content-Length", length]]);

const server = createServer((_request, response) => {
  response.writeHead(200, headers);
  response.end(content);
});
server.listen(0, "127.0.0.1", () => {
  console.error(`http://127.0.0.1:${server.address().port}/`);
});
