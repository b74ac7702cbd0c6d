// Short names for long addresses. They are kept in memory, or in Redis where REDIS_URL names one.

import { html } from "../../lib/handlers/html.ts";
import { readForm } from "../../lib/handlers/router/read_form.ts";
import { Router } from "../../lib/handlers/router/router.ts";
import { type Store, toStore } from "./shortener_store.ts";

const store: Store = toStore(Deno.env.get("REDIS_URL"));

export default new Router([
  ["/", {
    GET: () =>
      html`
        <!DOCTYPE html>
        <title>Shorten</title>
        <form method="post"><input type="url" name="url" required> <button>Shorten</button></form>
      `,
    POST: async (request, { url, base }) => {
      const form = await readForm(request);
      if (form instanceof Response) return form;
      const long = URL.parse(String(form.get("url")));
      // Anything else could be a script that runs in the name of this page.
      if (long === null || !/^https?:$/.test(long.protocol)) {
        return new Response("Give an address that begins with http:// or https://\n", {
          status: 400,
        });
      }
      const short = new URL(`${base}/${await store.add(long.href)}`, url);
      return html`
        <!DOCTYPE html><a href="${short}">${short}</a>
      `;
    },
  }],
  ["/:short([0-9a-z]+)", async (_request, { params }) => {
    const long = await store.get(params["short"]!);
    return long === null
      ? new Response("There is no such name\n", { status: 404 })
      : new Response(null, { status: 302, headers: { location: long } });
  }],
]);
