import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { client, launch, open, signIn } from "./browser.js";
import { Cluster } from "./postgres.js";
import { demo, Program } from "./program.js";

let browser: Browser;
let cluster: Cluster;
let program: Program;
beforeAll(async () => {
  [browser, cluster] = await Promise.all([launch(), Cluster.start()]);
  program = await Program.start({ database: cluster.url, fill: (database) => demo(database, 1_000) });
});
afterAll(async () => {
  await browser?.close();
  await program?.stop();
  await cluster?.stop();
});

it("the main path works on PostgreSQL too", async () => {
  const api = await client(program.url);
  const [first, second] = (await api.userApi.responsibles()).filter((one) => one.role_name === "agent");
  if (first === undefined || second === undefined) throw new Error("the demo lacks agents");
  const held = async (id: string): Promise<number> =>
    (await api.opportunityApi.list({ assigned_to: id, limit: 1 })).total;
  const before = await held(first.id);
  const { page, context, errors } = await open(browser, program.url);
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const result = page.getByLabel("Resultado");
  const choose = async (name: string): Promise<void> => {
    const box = page.getByRole("combobox", { name: "A quién" }).or(page.getByRole("textbox", { name: "A quién" }));
    await box.first().fill(name);
    await page.getByRole("option", { name: new RegExp(name) }).click();
    await page.keyboard.press("Tab");
  };
  await signIn(page);

  // Filter.
  await page.goto("/opportunities");
  await page
    .getByRole("combobox", { name: "Estado" })
    .or(page.getByRole("textbox", { name: "Estado" }))
    .first()
    .click();
  await page.getByRole("option", { name: "Pendiente" }).click();
  await page.waitForURL(/status=pending/);
  await page.goto("/opportunities?assigned_to=none&status=pending&sort_by=opportunity_score");
  await page.locator("tbody tr").first().waitFor();

  // Assign; one of them was reassigned meanwhile.
  const boxes = page.locator("tbody input[type=checkbox]");
  for (const index of [0, 1, 2]) await boxes.nth(index).click();
  const link = await page.locator("tbody tr").nth(1).getByRole("link").getAttribute("href");
  await api.opportunityApi.assign(link?.split("/").pop() ?? "", second.id);
  await button("Asignar").click();
  await choose(first.name);
  await button("Asignar 3").click();
  await result.getByText("Se han asignado 2 oportunidades").waitFor();
  await result.getByText(`La oportunidad está asignada a ${second.name}`).waitFor();
  expect(await held(first.id)).toBe(before + 2);
  await result.getByRole("button", { name: "Deshacer" }).click();
  await page.getByText("2 oportunidades han vuelto a su estado anterior").waitFor();
  expect(await held(first.id)).toBe(before);

  // More than one request holds.
  await button("Seleccionar más…").click();
  await page.getByLabel("Las primeras").fill("150");
  await button("Seleccionar").click();
  await page.getByText("150 seleccionadas").waitFor();
  await button("Asignar").click();
  await choose(first.name);
  await button("Asignar 150").click();
  await result.getByText("Se han asignado 150 oportunidades").waitFor();
  expect(await held(first.id)).toBe(before + 150);
  await result.getByRole("button", { name: "Deshacer" }).click();
  await page.getByText("150 oportunidades han vuelto a su estado anterior").waitFor();
  expect(await held(first.id)).toBe(before);
  expect(errors).toEqual([]);
  await context.close();
});
