// An index page and a login page: two patterns, two views.

import { type Html, html } from "../../lib/handlers/html.ts";
import { readForm } from "../../lib/handlers/router/read_form.ts";
import { Router } from "../../lib/handlers/router/router.ts";

export default new Router([
  ["/", (_request, { base }) =>
    page(
      "Index",
      html`
        <p>This is the index. <a href="${base}/login">Log in</a></p>
      `,
    )],
  ["/login", {
    GET: () =>
      page(
        "Login",
        html`
          <form method="post"><input name="user"> <button>Log in</button></form>
        `,
      ),
    POST: async (request) => {
      const form = await readForm(request);
      if (form instanceof Response) return form;
      const user = form.get("user");
      return page(
        "Welcome",
        html`
          <p>Hello, ${user || "stranger"}!</p>
        `,
      );
    },
  }],
]);

function page(title: string, content: Html): Html {
  return html`
    <!DOCTYPE html>
    <html lang="en">
      <title>${title}</title>
      <h1>${title}</h1>
      ${content}
    </html>
  `;
}
