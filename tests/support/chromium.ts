// A real browser for tests: headless Chromium, driven over the Chrome DevTools Protocol with nothing
// but Deno's WebSocket.
//
//   startProgram -> "DevTools listening on ws://..." -> WebSocket -> a new target, attached flat
//
// Each page gets a browser process and an empty profile of its own, so nothing is cached, kept alive
// or remembered from one test to the next. Everything the page says (console, errors, responses,
// requests that failed) is collected from before the first byte is asked for. Disposing closes the
// browser, waits until its processes are gone and removes the profile, also when opening failed.
//
// https://chromedevtools.github.io/devtools-protocol/

import { type Program, startProgram } from "./program.ts";

export interface PageOptions {
  readonly viewport?: Viewport;
  readonly colorScheme?: "light" | "dark";
  /** More switches for Chromium, such as --ignore-certificate-errors. */
  readonly args?: readonly string[];
}

export interface Viewport {
  /** In CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** 1 when not given. */
  readonly scale?: number;
  readonly mobile?: boolean;
}

export interface ConsoleMessage {
  /** `log`, `warning`, `error` ...; what the browser itself says has its level here. */
  readonly type: string;
  readonly text: string;
}

export interface NetworkResponse {
  readonly url: string;
  readonly status: number;
  readonly mimeType: string;
  /** As Chromium names it: `http/1.1`, `h2` ... */
  readonly protocol: string;
  readonly connectionId: number;
  readonly connectionReused: boolean;
  readonly fromDiskCache: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

export interface NetworkFailure {
  readonly url: string;
  readonly reason: string;
}

type Parameters = Record<string, unknown>;
// Messages of the protocol: their shapes are the protocol's, which is not typed here.
// deno-lint-ignore no-explicit-any
type Message = any;

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const MAC_PATHS = [
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
const SWITCHES = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--no-default-browser-check",
  "--disable-background-networking",
  "--disable-breakpad",
  "--disable-component-update",
  "--disable-default-apps",
  "--disable-extensions",
  "--disable-sync",
  "--remote-debugging-port=0",
];
const PATIENCE_MS = 30_000;
const ANY_EVENT = "any event of the protocol";

/** Why tests that need a browser are ignored; for their names. */
export const CHROMIUM_MISSING = `Chromium is missing: none of ${NAMES.join(", ")} is in PATH`;

export function findChromium(): string | null {
  const separator = Deno.build.os === "windows" ? ";" : ":";
  const folders = (Deno.env.get("PATH") ?? "").split(separator).filter((folder) => folder !== "");
  const candidates = NAMES.flatMap((name) => folders.map((folder) => `${folder}/${name}`));
  if (Deno.build.os === "darwin") candidates.push(...MAC_PATHS);
  return candidates.find(isFile) ?? null;
}

/** Opens a browser with one page and returns when the page has loaded. */
export async function openPage(url: string | URL, options: PageOptions = {}): Promise<Page> {
  const chromium = findChromium();
  if (chromium === null) throw new Error(`Cannot open ${url}: ${CHROMIUM_MISSING}`);
  const owned = new AsyncDisposableStack();
  try {
    const devTools = await startBrowser(chromium, { args: options.args ?? [], owned });
    const page = new Page(await devTools.openTarget(), owned);
    await page.start();
    if (options.viewport !== undefined) await page.setViewport(options.viewport);
    if (options.colorScheme !== undefined) await page.setColorScheme(options.colorScheme);
    await page.navigate(url);
    return page;
  } catch (error) {
    await owned.disposeAsync();
    throw error;
  }
}

export class Page implements AsyncDisposable {
  readonly messages: ConsoleMessage[] = [];
  /** Exceptions that nothing in the page caught. */
  readonly errors: string[] = [];
  readonly responses: NetworkResponse[] = [];
  /** Requests that got no response, or not all of it. */
  readonly failures: NetworkFailure[] = [];
  readonly #target: Target;
  readonly #owned: AsyncDisposableStack;
  readonly #urls = new Map<string, string>();

  constructor(target: Target, owned: AsyncDisposableStack) {
    this.#target = target;
    this.#owned = owned;
  }

  /** Starts to collect what the page says; `openPage` has done it. */
  async start(): Promise<void> {
    this.#target.on("Runtime.consoleAPICalled", ({ type, args }) => {
      const text = args.map((each: Message) => each.value ?? each.description ?? each.type);
      this.messages.push({ type, text: text.join(" ") });
    });
    this.#target.on("Log.entryAdded", ({ entry }) => {
      const url = entry.url === undefined ? "" : ` (${entry.url})`;
      this.messages.push({ type: entry.level, text: entry.text + url });
    });
    this.#target.on("Runtime.exceptionThrown", ({ exceptionDetails: details }) => {
      this.errors.push(details.exception?.description ?? details.text);
    });
    this.#target.on("Network.requestWillBeSent", ({ requestId, request }) => {
      this.#urls.set(requestId, request.url);
    });
    this.#target.on("Network.responseReceived", ({ response }) => {
      const { url, status, mimeType, protocol, headers } = response;
      const { connectionId, connectionReused, fromDiskCache } = response;
      this.responses.push({
        ...{ url, status, mimeType, protocol, headers },
        ...{ connectionId, connectionReused, fromDiskCache },
      });
    });
    this.#target.on("Network.loadingFailed", ({ requestId, errorText }) => {
      this.failures.push({ url: this.#urls.get(requestId) ?? "", reason: errorText });
    });
    for (const domain of ["Page", "Runtime", "Network", "Log"]) {
      await this.#target.send(`${domain}.enable`);
    }
  }

  /** Returns when the page's load event has fired; throws when there is no page to load. */
  async navigate(url: string | URL): Promise<void> {
    const loaded = this.#target.once("Page.loadEventFired");
    const { errorText } = await this.#target.send("Page.navigate", { url: String(url) });
    if (errorText !== undefined) throw new Error(`Cannot open ${url}: ${errorText}`);
    await this.#target.within(loaded, `load ${url}`);
  }

  /** The value of a JavaScript expression in the page, awaited; it must be plain data. */
  async evaluate<T = unknown>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.#target.send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
      userGesture: true,
    });
    if (exceptionDetails !== undefined) {
      const reason = exceptionDetails.exception?.description ?? exceptionDetails.text;
      throw new Error(`Cannot evaluate ${expression}: ${reason}`);
    }
    return result.value as T;
  }

  /** Waits until the expression is truthy, asked before each frame the page paints. */
  async waitFor(expression: string): Promise<void> {
    await this.evaluate(`new Promise((resolve, reject) => {
      const ask = () => { try { (${expression}) ? resolve() : requestAnimationFrame(ask); }
        catch (error) { reject(error); } };
      ask();
    })`);
  }

  /**
   * Waits until what was collected is as wanted. Chromium's processes report on their own, so a
   * response may be told of after the script that it belongs to has run.
   */
  async until(isSo: () => boolean, wanted: string): Promise<void> {
    while (!isSo()) await this.#target.within(this.#target.onceAny(), `see ${wanted}`);
  }

  /** Writes a PNG of the viewport, or of the whole page. */
  async screenshot(path: string | URL, options: { wholePage?: boolean } = {}): Promise<void> {
    const { data } = await this.#target.send("Page.captureScreenshot", {
      format: "png",
      captureBeyondViewport: options.wholePage ?? false,
    });
    await Deno.writeFile(path, Uint8Array.fromBase64(data));
  }

  async setViewport({ width, height, scale = 1, mobile = false }: Viewport): Promise<void> {
    await this.#target.send("Emulation.setDeviceMetricsOverride", {
      width,
      height,
      deviceScaleFactor: scale,
      mobile,
    });
  }

  async setColorScheme(scheme: "light" | "dark"): Promise<void> {
    await this.#target.send("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value: scheme }],
    });
  }

  /** Any other command of the protocol, for this page. */
  send(method: string, parameters: Parameters = {}): Promise<Message> {
    return this.#target.send(method, parameters);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}

/** One attached page: commands to it, events from it. */
class Target {
  readonly #devTools: DevTools;
  readonly #sessionId: string;

  constructor(devTools: DevTools, sessionId: string) {
    this.#devTools = devTools;
    this.#sessionId = sessionId;
  }

  send(method: string, parameters: Parameters = {}): Promise<Message> {
    return this.#devTools.send(method, { parameters, sessionId: this.#sessionId });
  }

  on(method: string, listener: (parameters: Message) => void): void {
    this.#devTools.addEventListener(method, (event) => {
      const { sessionId, params } = (event as CustomEvent).detail;
      if (sessionId === this.#sessionId) listener(params);
    });
  }

  once(method: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.on(method, () => resolve());
    return promise;
  }

  onceAny(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#devTools.addEventListener(ANY_EVENT, () => resolve(), { once: true });
    return promise;
  }

  within<T>(promise: Promise<T>, action: string): Promise<T> {
    return this.#devTools.within(promise, action);
  }
}

/** The connection to the browser. Events of the protocol are dispatched under their own names. */
class DevTools extends EventTarget {
  readonly #socket: WebSocket;
  readonly #closed = Promise.withResolvers<void>();
  readonly #answers = new Map<number, (answer: Message) => void>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    super();
    this.#socket = socket;
    socket.onmessage = (event) => this.#receive(JSON.parse(event.data));
    socket.onclose = () => this.#closed.resolve();
  }

  static async connect(address: string): Promise<DevTools> {
    const socket = new WebSocket(address);
    const devTools = new DevTools(socket);
    const opened = Promise.withResolvers<void>();
    socket.onopen = () => opened.resolve();
    await devTools.within(opened.promise, `connect to ${address}`);
    return devTools;
  }

  async openTarget(): Promise<Target> {
    const { targetId } = await this.send("Target.createTarget", {
      parameters: { url: "about:blank" },
    });
    const { sessionId } = await this.send("Target.attachToTarget", {
      parameters: { targetId, flatten: true },
    });
    return new Target(this, sessionId);
  }

  async send(
    method: string,
    { parameters = {}, sessionId }: { parameters?: Parameters; sessionId?: string } = {},
  ): Promise<Message> {
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<Message>();
    this.#answers.set(id, resolve);
    this.#socket.send(JSON.stringify({ id, method, params: parameters, sessionId }));
    const { result, error } = await this.within(promise, method);
    if (error !== undefined) throw new Error(`Chromium refuses ${method}: ${error.message}`);
    return result;
  }

  /** The promise, unless the browser goes away or the time runs out first. */
  async within<T>(promise: Promise<T>, action: string): Promise<T> {
    const late = Promise.withResolvers<never>();
    const fail = (reason: string) => late.reject(new Error(`Cannot ${action}: ${reason}`));
    const timer = setTimeout(() => fail("Chromium did not answer in time"), PATIENCE_MS);
    const closed = this.#closed.promise.then(() => {
      throw new Error(`Cannot ${action}: Chromium closed the connection`);
    });
    try {
      return await Promise.race([promise, closed, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Asks the browser to end, and waits until the connection has. */
  async close(): Promise<void> {
    this.#socket.send(JSON.stringify({ id: ++this.#lastId, method: "Browser.close" }));
    await this.#closed.promise;
  }

  #receive(message: Message): void {
    if (message.id === undefined) {
      this.dispatchEvent(new CustomEvent(message.method, { detail: message }));
      this.dispatchEvent(new Event(ANY_EVENT));
      return;
    }
    this.#answers.get(message.id)?.(message);
    this.#answers.delete(message.id);
  }
}

interface BrowserOptions {
  readonly args: readonly string[];
  readonly owned: AsyncDisposableStack;
}

/** What is started here is put on `owned`, to be undone from the last to the first. */
async function startBrowser(chromium: string, { args, owned }: BrowserOptions): Promise<DevTools> {
  const profile = await Deno.makeTempDir({ prefix: "rawserve_chromium_" });
  owned.defer(() => Deno.remove(profile, { recursive: true }));
  const program = owned.use(startProgram({
    command: chromium,
    args: [...SWITCHES, ...args, `--user-data-dir=${profile}`, "about:blank"],
    env: { HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile },
    patienceMs: PATIENCE_MS,
  }));
  const [, address = ""] = await program.waitForLine(/^DevTools listening on (ws:\S+)/);
  const devTools = await DevTools.connect(address);
  owned.defer(() => endBrowser(devTools, program));
  return devTools;
}

/** Its outputs end when the last of its processes has ended, so the profile is no longer used. */
async function endBrowser(devTools: DevTools, program: Program): Promise<void> {
  await devTools.close();
  await program.waitForEnd();
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}
