import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Client, createClient } from "@reparto/client";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { ADMIN, PASSWORD } from "./program.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Where systems keep Chromium, or a browser made of it. */
const CHROMIUMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/snap/bin/chromium"];

function chromiumPath(): string {
  const path = process.env["CHROMIUM"] ?? CHROMIUMS.find((one) => existsSync(one));
  if (path === undefined) throw new Error("Chromium is missing: apt-get install chromium, or name one with CHROMIUM=");
  return path;
}

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
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
  dark?: boolean;
  width?: number;
  height?: number;
}

/** A page that fails its test when the console holds an error: a broken policy, a script that threw. */
export async function open(
  browser: Browser,
  url: string,
  options: Options = {},
): Promise<{ page: Page; context: BrowserContext; errors: string[] }> {
  const context = await browser.newContext({
    baseURL: url,
    locale: options.locale ?? "es-ES",
    timezoneId: "Europe/Madrid",
    colorScheme: options.dark ? "dark" : "light",
    viewport: { width: options.width ?? 1360, height: options.height ?? 860 },
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(45_000);
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    // Chromium reports every answer that is no success; what the page makes of them is tested by itself.
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
}

/** The API beside the page: what another manager, or another system, does meanwhile. */
export async function client(url: string, email = ADMIN): Promise<Client> {
  const api = createClient({ baseUrl: url, language: "es" });
  await api.authApi.login(email, PASSWORD);
  return api;
}

/** What axe-core finds that is serious or critical on the page as it stands. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run: (options: object) => Promise<AxeResults> } };
    interface AxeResults {
      violations: Array<{ id: string; impact: string; nodes: Array<{ target: string[]; failureSummary: string }> }>;
    }
    const results = await axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] });
    return results.violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary}`));
  });
}

/** Saves a picture, where a folder for pictures is named. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env["REPARTO_PICTURES"];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

/** Waits until everything that a screen asks for has come: the change feed stays open, so the network is never idle. */
export async function settled(page: Page): Promise<void> {
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.waitForFunction(async () => {
    await document.fonts.ready;
    const waiting = '.mantine-Loader-root, [aria-busy="true"], [data-loading="true"]';
    const cells = [...document.querySelectorAll("td, .numbers")];
    return document.querySelector(waiting) === null && !cells.some((cell) => cell.textContent?.trim() === "…");
  });
}
