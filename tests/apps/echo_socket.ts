// Sends back what it is sent, as text or octets, until it is told what else to do.

export default {
  fetch(request: Request): Response {
    const { searchParams } = new URL(request.url);
    const protocol = searchParams.get("protocol");
    const { socket, response } = Deno.upgradeWebSocket(
      request,
      protocol === null ? {} : { protocol },
    );
    socket.addEventListener("message", ({ data }) => {
      if (data === "throw") throw new Error("What a listener throws");
      if (data === "reject") return Promise.reject(new Error("What a listener rejects with"));
      if (data === "close") return socket.close(4321, "as you like");
      if (data === "blob") return socket.send(new Blob(["a blob"]));
      socket.send(data);
    });
    return response;
  },
};
