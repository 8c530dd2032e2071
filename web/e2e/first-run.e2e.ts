import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launch, open, picture, violations } from "./browser.js";
import { Program } from "./program.js";

let browser: Browser;
let program: Program;
beforeAll(async () => {
  [browser, program] = await Promise.all([launch(), Program.start({ empty: true })]);
});
afterAll(async () => {
  await browser?.close();
  await program?.stop();
});

/** Waits for the token that the service prints. */
async function token(): Promise<string> {
  const printed = () => /one-time token:\s+(\S+)\s/.exec(program.said)?.[1];
  await expect.poll(printed).toBeTruthy();
  return printed() ?? "";
}

it("the printed token creates the first administrator", async () => {
  const { page, context, errors } = await open(browser, program.url);
  await page.goto("/");
  await page.getByRole("heading", { level: 1, name: "Empezar con Reparto" }).waitFor();
  expect(await violations(page)).toEqual([]);
  await picture(page, "first-run");
  await page.getByLabel("Código de un solo uso").fill("not the token");
  await page.getByLabel("Su nombre").fill("Marta Ruiz");
  await page.getByLabel("Correo electrónico").fill("marta@example.org");
  await page.getByLabel("Contraseña", { exact: true }).fill("una frase larga");
  const submit = page.getByRole("button", { name: "Crear el administrador y entrar" });
  await submit.click();
  await page.getByText("El código de un solo uso no es válido").waitFor();
  expect(await violations(page)).toEqual([]);

  await page.getByLabel("Código de un solo uso").fill(await token());
  await submit.click();
  await page.getByRole("heading", { level: 1, name: "Oportunidades" }).waitFor();
  await page.getByText("Todavía no hay oportunidades").waitFor();
  await page.getByRole("button", { name: "Marta Ruiz" }).waitFor();
  expect(await violations(page)).toEqual([]);
  await page.goto("/audit");
  await page.getByText("user_created").first().waitFor();
  expect(errors).toEqual([]);
  await context.close();

  // Afterwards nobody is asked for a token, and none is printed.
  await program.down();
  await program.up();
  expect(program.said).not.toContain("one-time token");
  const other = await open(browser, program.url, { locale: "en-GB", dark: true });
  await other.page.goto("/");
  await other.page.getByRole("button", { name: "Sign in" }).waitFor();
  expect(other.errors).toEqual([]);
  await other.context.close();
});

it("the first run is accessible in dark mode on a phone", async () => {
  const empty = await Program.start({ empty: true });
  try {
    const { page, context, errors } = await open(browser, empty.url, {
      dark: true,
      locale: "en-GB",
      width: 390,
      height: 844,
    });
    await page.goto("/");
    await page.getByRole("heading", { level: 1, name: "Welcome to Reparto" }).waitFor();
    expect(await violations(page)).toEqual([]);
    await picture(page, "first-run-phone-dark");
    expect(errors).toEqual([]);
    await context.close();
  } finally {
    await empty.stop();
  }
});
