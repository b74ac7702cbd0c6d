// An app behind a server of our own, with the page of its failures, for tests over a real socket.

import { BackgroundWork } from "../../../lib/handlers/apps/app_info.ts";
import { fetchApp, type FetchFunction } from "../../../lib/handlers/apps/fetch_app.ts";
import { ErrorPage } from "../../../lib/handlers/dev/error_page.ts";
import { withErrorPage } from "../../../lib/handlers/dev/failure_answers.ts";
import { withMounts } from "../../../lib/handlers/mounts.ts";
import type { Handler } from "../../../lib/server/handler.ts";
import { connect, type RawResponse } from "../../support/raw_client.ts";
import { startServer, text } from "../../support/server.ts";
import type { TestServer } from "../../support/server.ts";

/** What a browser asks for. */
export const PAGE = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/** Where the page's parts are. */
export const STATIC = new URL("../../../static/", import.meta.url);

export const page = new ErrorPage({ staticDirectory: STATIC, software: "rawserve/test" });

/** A server, and what its apps failed with. */
export class ShownApp implements AsyncDisposable {
  readonly server: TestServer;
  /** What the page told of. */
  readonly told: unknown[] = [];

  /** Serves the handler that `make` makes of the page's wrapper. */
  constructor(make: (wrap: (handler: Handler) => Handler) => Handler) {
    this.server = startServer(
      make((handler) =>
        withErrorPage(handler, { page, onError: (error) => this.told.push(error) })
      ),
    );
  }

  /** Serves `app` at the root, and below /app as well. */
  static serve(app: FetchFunction): ShownApp {
    const handler = fetchApp(app, new BackgroundWork(() => {}));
    return new ShownApp((wrap) => {
      const shown = wrap(handler);
      return withMounts([{ prefix: "/app", handler: shown, isFolder: false }], shown);
    });
  }

  /** Serves `handler`. */
  static handle(handler: Handler): ShownApp {
    return new ShownApp((wrap) => wrap(handler));
  }

  /** The answer to a GET, or to another method, with these fields. */
  async ask(target: string, ...fields: string[]): Promise<RawResponse> {
    const [method = "GET", path = target] = / /.test(target) ? target.split(" ") : [];
    using client = await connect(this.server.port);
    await client.send(
      [`${method} ${path} HTTP/1.1`, "Host: a.test", ...fields, "", ""].join("\r\n"),
    );
    return await client.readResponse({ head: method === "HEAD" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}

/** A handler that answers. */
export const fine: Handler = () => text("fine");
