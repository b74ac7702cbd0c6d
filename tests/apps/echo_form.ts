// A form that is posted back: whatever somebody writes into it is shown, and nothing of it is markup.

import { html } from "../../lib/handlers/html.ts";
import { readForm } from "../../lib/handlers/router/read_form.ts";
import { Router } from "../../lib/handlers/router/router.ts";

const FORM = html`
  <form method="post" enctype="multipart/form-data">
    <label>Text <textarea name="text"></textarea></label>
    <label>File <input type="file" name="file"></label>
    <button>Send</button>
  </form>
`;

export default new Router([
  ["/", {
    GET: () =>
      html`
        <!DOCTYPE html>
        <title>Echo</title>${FORM}
      `,
    POST: async (request) => {
      const form = await readForm(request);
      if (form instanceof Response) return form;
      const rows = [...form].map(([name, value]) =>
        html`
          <dt>${name}</dt><dd>${typeof value === "string"
            ? value
            : `${value.name}, ${value.size} octets`}</dd>
        `
      );
      return html`
        <!DOCTYPE html>
        <title>Echo</title>
        <dl>${rows}</dl>${FORM}
      `;
    },
  }],
]);
