import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Client, createClient } from "@reparto/client";
import { type Browser, type BrowserContext, chromium, type Page, type Request } from "playwright-core";
import { ADMIN, PASSWORD } from "./program.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The usual paths of Chromium and of browsers based on it. */
const CHROMIUMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/snap/bin/chromium"];

function chromiumPath(): string {
  const path = process.env["CHROMIUM"] ?? CHROMIUMS.find((one) => existsSync(one));
  if (path === undefined) throw new Error("Chromium is missing: apt-get install chromium, or name one with CHROMIUM=");
  return path;
}

/** Milliseconds after which something counts as hanging, generous for busy machines. */
const HANGS = 180_000;

/** Each page's pending requests, without streams, which never end. */
const asked = new WeakMap<Page, Set<Request>>();

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
    timeout: HANGS,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

export interface Options {
  locale?: string;
  timezoneId?: string;
  dark?: boolean;
  width?: number;
  height?: number;
}

/** A page with the errors of its console: violations of the content policy, exceptions. */
export async function open(
  browser: Browser,
  url: string,
  options: Options = {},
): Promise<{ page: Page; context: BrowserContext; errors: string[] }> {
  const context = await browser.newContext({
    baseURL: url,
    locale: options.locale ?? "es-ES",
    timezoneId: options.timezoneId ?? "Europe/Madrid",
    colorScheme: options.dark ? "dark" : "light",
    viewport: { width: options.width ?? 1360, height: options.height ?? 860 },
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(HANGS);
  const page = await context.newPage();
  const waiting = new Set<Request>();
  asked.set(page, waiting);
  page.on("request", (request) => {
    if (!request.url().endsWith("/events")) waiting.add(request);
  });
  page.on("requestfinished", (request) => waiting.delete(request));
  page.on("requestfailed", (request) => waiting.delete(request));
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    // Chromium logs every unsuccessful response; how the page handles these is tested separately.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      errors.push(message.text());
  });
  return { page, context, errors };
}

export async function signIn(page: Page, email = ADMIN, password = PASSWORD): Promise<void> {
  await page.goto("/");
  await page.locator('input[name="email"]').fill(email);
  await page.locator('input[name="password"]').fill(password);
  await page.locator('button[type="submit"]').click();
  await page.getByRole("navigation").waitFor();
  // Wait for the first screen, so that going to another one interrupts nothing.
  await page.getByRole("heading", { level: 1 }).waitFor();
}

/** An API client for what another manager, or another system, does meanwhile. */
export async function client(url: string, email = ADMIN, password = PASSWORD): Promise<Client> {
  const api = createClient({ baseUrl: url, language: "es" });
  await api.authApi.login(email, password);
  return api;
}

/** How often a page that keeps changing is checked again. */
const ATTEMPTS = 20;

/**
 * The serious and critical violations that axe-core finds on the page. They count only if the page did not change during
 * the check: elements that are fading in or out have passing colours.
 */
export async function violations(page: Page): Promise<string[]> {
  // Away from all elements: what is below the pointer would depend on the layout's progress.
  await page.mouse.move(0, 0);
  await page.evaluate(AXE);
  for (let attempt = 1; ; attempt += 1) {
    await page.waitForFunction(() => document.querySelector('[aria-busy="true"], [data-loading="true"]') === null);
    const { found, moved } = await page.evaluate(faults);
    if (found.length === 0 || !moved || attempt === ATTEMPTS) return found;
  }
}

/** Runs in the page: its violations, and whether the page changed during the check. */
async function faults(): Promise<{ found: string[]; moved: boolean }> {
  interface AxeResults {
    violations: Array<{ id: string; impact: string; nodes: Array<{ target: string[]; failureSummary: string }> }>;
  }
  const { axe } = globalThis as unknown as { axe: { run: (options: object) => Promise<AxeResults> } };
  const runs = (): boolean => document.getAnimations().some(({ playState }) => playState === "running");
  let moved = runs();
  const watcher = new MutationObserver(() => {
    moved = true;
  });
  watcher.observe(document.body, { attributes: true, characterData: true, childList: true, subtree: true });
  const results = await axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] });
  moved ||= watcher.takeRecords().length > 0 || runs();
  watcher.disconnect();
  const found = results.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary}`));
  return { found, moved };
}

/** Saves a screenshot if `REPARTO_PICTURES` names a folder. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env["REPARTO_PICTURES"];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

/** Waits until a screen has loaded completely. The network is never idle, as the change feed stays open. */
export async function settled(page: Page): Promise<void> {
  await page.getByRole("heading", { level: 1 }).waitFor();
  while (true) {
    await page.waitForFunction(isComplete);
    // What has just loaded may request more, at the latest two frames later.
    await page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(null)))),
    );
    if ((asked.get(page)?.size ?? 0) === 0 && (await page.evaluate(isComplete))) return;
  }
}

/** Runs in the page: whether nothing on it is loading. */
async function isComplete(): Promise<boolean> {
  await document.fonts.ready;
  const waiting = '.mantine-Loader-root, [aria-busy="true"], [data-loading="true"]';
  const cells = [...document.querySelectorAll("td, .numbers")];
  return document.querySelector(waiting) === null && !cells.some((cell) => cell.textContent?.trim() === "…");
}

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  /** Microseconds of the thread's own time. */
  tdur?: number;
  args: { name?: string };
}

/** The page's longest task during an action, in milliseconds of its own processor time. */
export async function longestTask(browser: Browser, page: Page, action: () => Promise<void>): Promise<number> {
  await browser.startTracing(page, { categories: ["disabled-by-default-devtools.timeline"] });
  await action();
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const events = trace.traceEvents;
  const threadOf = ({ pid, tid }: TraceEvent): string => `${pid} ${tid}`;
  const mains = events.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain");
  const main = new Set(mains.map(threadOf));
  const tasks = events.filter((event) => event.name === "RunTask" && main.has(threadOf(event)));
  if (tasks.length === 0) throw new Error("the browser reported no task");
  return Math.max(...tasks.map(({ tdur }) => tdur ?? 0)) / 1000;
}
