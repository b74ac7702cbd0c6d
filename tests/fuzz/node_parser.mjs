// The other side of tests/fuzz/node_parser.ts, for Node: reads a line of JSON, an array of messages in base64,
// gives each to node:http as if it had come over a connection of its own, and writes a line of JSON with what
// became of each. No socket is involved: a server takes any stream for a connection.

import { Buffer } from "node:buffer";
import { createServer } from "node:http";
import process from "node:process";
import { createInterface } from "node:readline";
import { Duplex } from "node:stream";
import { setImmediate } from "node:timers";

/** More than our own limits, so that ours are met first. */
const MAX_HEADER_SIZE = 1 << 20;

class Wire extends Duplex {
  reading = { messages: [], error: null, isTunnel: false };
  _read() {}
  _write(_octets, _encoding, done) {
    done();
  }
}

const server = createServer({
  insecureHTTPParser: false,
  maxHeaderSize: MAX_HEADER_SIZE,
  // Not the parser's business there; ours has the rule.
  requireHostHeader: false,
});
server.maxHeadersCount = 0;
/** Takes note of a request; one whose content never ends stays incomplete. */
const begin = ({ method, url, httpVersion, rawHeaders }, { reading }) => {
  const message = {
    method,
    target: url,
    version: httpVersion,
    fields: rawHeaders,
    content: "",
    isComplete: false,
  };
  reading.messages.push(message);
  return message;
};
const onRequest = (request, response) => {
  const message = begin(request, request.socket);
  request.on("data", (octets) => message.content += octets.toString("latin1"));
  request.on("end", () => {
    message.isComplete = true;
    response.end();
  });
};
server.on("request", onRequest);
server.on("checkContinue", onRequest);
server.on("checkExpectation", onRequest);
server.on("connect", (request, socket) => {
  begin(request, socket).isComplete = true;
  socket.reading.isTunnel = true;
});
server.on("clientError", (error, socket) => {
  // The stream lives on until everything is settled: there may be content on its way to its reader.
  socket.reading.error = error.code;
});

/** Resolves when everything that follows from what has happened has happened. */
function settled() {
  return new Promise((resolve) => setImmediate(() => setImmediate(() => setImmediate(resolve))));
}

for await (const line of createInterface({ input: process.stdin })) {
  const wires = JSON.parse(line).map((base64) => {
    const wire = new Wire();
    server.emit("connection", wire);
    wire.push(Buffer.from(base64, "base64"));
    return wire;
  });
  await settled();
  const readings = wires.map(({ reading }) => reading);
  for (const wire of wires) wire.destroy();
  await settled();
  process.stdout.write(`${JSON.stringify(readings)}\n`);
}
