// Node's own WebSocket, asked to do what the command line says; prints what it sees, a line each.

import process from "node:process";

const [url, ...messages] = process.argv.slice(2);
const socket = new WebSocket(url, ["a", "b"]);
socket.binaryType = "arraybuffer";
let answers = 0;

socket.onopen = () => {
  console.log(`open ${socket.protocol} ${socket.extensions.split(";")[0]}`);
  for (const message of messages) {
    socket.send(message.startsWith("x") ? message.repeat(5_000) : message);
  }
  socket.send(new Uint8Array([0, 1, 255]));
};
socket.onmessage = ({ data }) => {
  console.log(
    typeof data === "string"
      ? `text ${data.length} ${data.slice(0, 20)}`
      : `octets ${new Uint8Array(data)}`,
  );
  if (++answers === messages.length + 1) socket.close(3000, "bye");
};
socket.onerror = () => console.log("error");
socket.onclose = ({ code, reason, wasClean }) => console.log(`close ${code} ${reason} ${wasClean}`);
