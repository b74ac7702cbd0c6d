// A chat: whoever is there hears what everybody says. Unchanged under `deno serve`.

const everybody = new Set<WebSocket>();
const page = `<!doctype html><meta charset="utf-8"><title>Chat</title>
<form><input autofocus autocomplete="off"></form><ul></ul>
<script>
  const socket = new WebSocket(location.href.replace(/^http/, "ws"));
  socket.onmessage = ({ data }) => {
    document.querySelector("ul").appendChild(document.createElement("li")).textContent = data;
  };
  document.forms[0].onsubmit = (event) => {
    event.preventDefault();
    socket.send(event.target[0].value);
    event.target.reset();
  };
</script>`;

function chat(request: Request): Response {
  const url = new URL(request.url);
  // Any page of the Web may connect from a visitor's browser, with the visitor's cookies: only ours may.
  const origin = request.headers.get("origin");
  if (origin !== null && origin !== url.origin) {
    return new Response("Not from here", { status: 403 });
  }
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.onopen = () => everybody.add(socket);
  socket.onclose = () => everybody.delete(socket);
  socket.onmessage = ({ data }) => {
    for (const one of everybody) one.send(data);
  };
  return response;
}

export default {
  fetch(request: Request): Response {
    return request.headers.get("upgrade") === "websocket"
      ? chat(request)
      : new Response(page, { headers: { "content-type": "text/html; charset=utf-8" } });
  },
};
