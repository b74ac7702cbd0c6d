// The smallest app there is. Runs under `rawserve hello.ts` and under `deno serve hello.ts`.

export default {
  fetch: () => new Response("Hello World!\n"),
};
