// What time is it? Each answer is a new one, so nobody may keep it.

import { html } from "../../lib/handlers/html.ts";
import { Router } from "../../lib/handlers/router/router.ts";

export default new Router([
  ["/", () =>
    new Response(
      html`
        <!DOCTYPE html>
        <html lang="en">
          <title>Time</title>
          <h1>It is ${new Date().toISOString()}</h1>
        </html>
      `.toString(),
      { headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" } },
    )],
  ["/plain", () => `${new Date().toISOString()}\n`],
]);
