// A guest book in SQLite. GUEST_BOOK names its file; without it the book lives as long as the server.

import { DatabaseSync } from "node:sqlite";
import { html } from "../../lib/handlers/html.ts";
import { readForm } from "../../lib/handlers/router/read_form.ts";
import { Router } from "../../lib/handlers/router/router.ts";

/** Longer entries are cut, in characters. */
const LONGEST = 1_000;

const book = new DatabaseSync(Deno.env.get("GUEST_BOOK") ?? ":memory:");
book.exec("create table if not exists entry (id integer primary key, name text, said text)");
const entries = book.prepare("select name, said from entry order by id desc limit 50");
const add = book.prepare("insert into entry (name, said) values (?, ?)");

export default new Router([
  ["/", {
    GET: () =>
      html`
        <!DOCTYPE html>
        <html lang="en">
          <title>Guest book</title>
          <form method="post">
            <input name="name" required> <input name="said" required> <button>Sign</button>
          </form>
          <ul>${entries.all().map(({ name, said }) =>
            html`
              <li><b>${name}</b>: ${said}</li>
            `
          )}</ul>
        </html>
      `,
    POST: async (request, { base }) => {
      const form = await readForm(request);
      if (form instanceof Response) return form;
      const [name, said] = ["name", "said"].map((key) => String(form.get(key) ?? "").trim());
      if (!name || !said) {
        return new Response("Give a name and something to say\n", { status: 400 });
      }
      add.run(name.slice(0, LONGEST), said.slice(0, LONGEST));
      // After a redirect, reloading the page does not sign again.
      return new Response(null, { status: 303, headers: { location: `${base}/` } });
    },
  }],
]);
