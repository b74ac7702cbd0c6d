// An app with a way to fail for each path, for the page that --dev shows.

import { findVisitor } from "./failing_store.ts";

interface Visitor {
  readonly name: string;
}

const ways: Readonly<Record<string, (request: Request) => Response | Promise<Response>>> = {
  "/sync": () => {
    throw new TypeError("Thrown at once");
  },
  "/async": async () => {
    await Promise.resolve();
    throw new RangeError("Thrown later");
  },
  "/imported": (request) => greet(findVisitor(new URL(request.url).searchParams.get("name"))),
  "/text": () => {
    throw "a text & <b>markup</b>";
  },
  "/null": () => {
    throw null;
  },
  "/several": async () => {
    throw new AggregateError(
      await Promise.all(["one", "two"].map((name) => Promise.resolve(new Error(name)))),
      "Two at once",
    );
  },
  "/markup": () => {
    throw new Error(`</pre><script>document.title = "Gone"</script><img src=x onerror=alert(1)>`);
  },
  "/liar": () => {
    throw Object.defineProperty(new Error("liar"), "stack", {
      get() {
        throw new Error("I will not tell");
      },
    });
  },
  "/nothing": () => undefined as unknown as Response,
  "/map": () => Response.json([1, 2].map(() => JSON.parse("{"))),
  "/body": () =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode("begun"));
        },
        pull() {
          throw new Error("In the middle");
        },
      }),
    ),
  "/": () => new Response("fine"),
};

function greet({ name }: Visitor): Response {
  return new Response(`Hello, ${name}`);
}

export default {
  fetch(request: Request): Response | Promise<Response> {
    const way = ways[new URL(request.url).pathname];
    return way === undefined ? new Response("Not found", { status: 404 }) : way(request);
  },
};
