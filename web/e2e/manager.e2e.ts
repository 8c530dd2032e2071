import type { Client } from "@reparto/client";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { client, launch, open, picture, settled, signIn, violations } from "./browser.js";
import { Program } from "./program.js";

let browser: Browser;
let program: Program;
let api: Client;
let page: Page;
let errors: string[];
let close: () => Promise<void>;

beforeAll(async () => {
  [browser, program] = await Promise.all([launch(), Program.start()]);
  api = await client(program.url);
});
beforeEach(async () => {
  const opened = await open(browser, program.url);
  ({ page, errors } = opened);
  close = () => opened.context.close();
});
afterEach(async () => {
  expect(errors).toEqual([]);
  await close();
});
afterAll(async () => {
  await browser?.close();
  await program?.stop();
});

const FREE = "/opportunities?assigned_to=none&status=pending";
const button = (name: string | RegExp) => page.getByRole("button", { name, exact: true });
const result = () => page.getByLabel("Resultado");

async function agentNames(): Promise<string[]> {
  const people = await api.userApi.responsibles();
  return people.filter((one) => one.role_name === "agent").map((one) => one.name);
}

async function held(name: string): Promise<number> {
  const people = await api.userApi.crmUsers();
  const id = people.find((one) => one.name === name)?.id ?? "";
  return (await api.opportunityApi.list({ assigned_to: id, limit: 1 })).total;
}

async function chooseAgents(label: string, names: string[]): Promise<void> {
  const box = page.getByRole("combobox", { name: label }).or(page.getByRole("textbox", { name: label }));
  for (const name of names) {
    await box.first().click();
    await box.first().fill(name);
    await page.getByRole("option", { name: new RegExp(name) }).click();
  }
  await page.keyboard.press("Escape");
}

async function selectFirst(count: number): Promise<void> {
  await button("Seleccionar más…").click();
  await page.getByLabel("Las primeras").fill(String(count));
  await button("Seleccionar").click();
  await page.getByText(`${count} seleccionadas`).waitFor();
}

describe("signing in", () => {
  it("shows the service's refusal, and keeps the address", async () => {
    await page.goto("/operations");
    await page.getByLabel("Correo electrónico").fill("admin@example.org");
    await page.getByLabel("Contraseña", { exact: true }).fill("not the password");
    await button("Entrar").click();
    await page.getByText("Correo electrónico o contraseña incorrectos").waitFor();
    await page.getByLabel("Contraseña", { exact: true }).fill("reparto-demo-1");
    await button("Entrar").click();
    await page.getByRole("heading", { level: 1, name: "Operaciones" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/operations");
  });

  it("survives a reload; signing out ends it in every tab", async () => {
    await signIn(page);
    await page.reload();
    await page.getByRole("heading", { level: 1, name: "Oportunidades" }).waitFor();
    const other = await page.context().newPage();
    await other.goto(`${program.url}/users`);
    await other.getByRole("heading", { level: 1, name: "Usuarios" }).waitFor();
    await page.getByRole("button", { name: "Elena Vidal" }).click();
    await page.getByRole("menuitem", { name: "Cerrar sesión", exact: true }).click();
    await button("Entrar").waitFor();
    await other.getByRole("button", { name: "Entrar" }).waitFor();
  });
});

describe("the list", () => {
  it("keeps filter, order and page in the address", async () => {
    await signIn(page);
    await page.goto("/opportunities");
    await page
      .getByRole("combobox", { name: "Estado" })
      .or(page.getByRole("textbox", { name: "Estado" }))
      .first()
      .click();
    await page.getByRole("option", { name: "Pendiente" }).click();
    await page.waitForURL(/status=pending/);
    await settled(page);
    await page.getByRole("button", { name: "Puntuación" }).click();
    await page.waitForURL(/sort_by=opportunity_score/);
    await settled(page);
    await page.getByRole("button", { name: "Página siguiente" }).click();
    await page.waitForURL(/page=2/);
    expect(Object.fromEntries(new URL(page.url()).searchParams)).toMatchObject({
      status: "pending",
      sort_by: "opportunity_score",
      sort_order: "desc",
      page: "2",
    });
    await settled(page);
    const before = await page.locator("tbody tr").first().textContent();
    await page.reload();
    await settled(page);
    expect(await page.locator("tbody tr").first().textContent()).toBe(before);
  });

  it("searches as one types, and explains no results", async () => {
    await signIn(page);
    await page.goto("/opportunities");
    await page.getByRole("searchbox", { name: "Buscar" }).fill("zzzz nobody");
    await page.getByText("No hay resultados").waitFor();
    await button("Borrar filtro").click();
    await page.locator("tbody tr").first().waitFor();
    await expect.poll(() => new URL(page.url()).search).toBe("");
  });

  it("selects ranges with shift, until the filter changes", async () => {
    await signIn(page);
    await page.goto(FREE);
    const boxes = page.locator("tbody input[type=checkbox]");
    await boxes.nth(2).click();
    await boxes.nth(9).click({ modifiers: ["Shift"] });
    await page.getByText("8 seleccionadas").waitFor();
    await page.getByRole("searchbox", { name: "Buscar" }).fill("garcía");
    await page.getByText("Nada seleccionado").waitFor();
  });
});

describe("assigning", () => {
  it("deals 250 across pages to two agents, undone together", async () => {
    const [first = "", second = ""] = await agentNames();
    const before = [await held(first), await held(second)];
    await signIn(page);
    await page.goto(`${FREE}&sort_by=opportunity_score&sort_order=desc`);
    await selectFirst(250);
    await button("Asignar").click();
    await chooseAgents("A quién", [first, second]);
    await page.getByRole("table", { name: "Cuántas recibe cada uno" }).getByText("+125").first().waitFor();
    await picture(page, "assign");
    expect(await violations(page)).toEqual([]);
    await button("Asignar 250").click();
    await result().getByText("Se han asignado 250 oportunidades").waitFor();
    await picture(page, "assigned");
    expect(await violations(page)).toEqual([]);
    expect([await held(first), await held(second)]).toEqual([(before[0] ?? 0) + 125, (before[1] ?? 0) + 125]);
    await result().getByRole("button", { name: "Deshacer" }).click();
    await page.getByText("250 oportunidades han vuelto a su estado anterior").waitFor();
    expect([await held(first), await held(second)]).toEqual(before);
  });

  it("skips what was reassigned meanwhile, unless asked again", async () => {
    const [first = "", second = ""] = await agentNames();
    await signIn(page);
    await page.goto(FREE);
    const boxes = page.locator("tbody input[type=checkbox]");
    for (const index of [0, 1, 2]) await boxes.nth(index).click();
    const link = await page.locator("tbody tr").nth(1).getByRole("link").getAttribute("href");
    const people = await api.userApi.responsibles();
    const other = people.find((one) => one.name === second);
    await api.opportunityApi.assign(link?.split("/").pop() ?? "", other?.id ?? "");
    await button("Asignar").click();
    await chooseAgents("A quién", [first]);
    await button("Asignar 3").click();
    await result().getByText("Se han asignado 2 oportunidades").waitFor();
    await result().getByText(`La oportunidad está asignada a ${second}`).waitFor();
    await picture(page, "partial");
    expect(await violations(page)).toEqual([]);
    await result().getByRole("button", { name: "Asignarlas de todos modos" }).click();
    await result().getByText("Se han asignado 3 oportunidades").waitFor();
    expect(await result().getByText("está asignada a").count()).toBe(0);
  });

  it("shows beforehand from whom it would take", async () => {
    const [first = "", second = ""] = await agentNames();
    const people = await api.userApi.responsibles();
    const id = people.find((one) => one.name === first)?.id;
    await signIn(page);
    await page.goto(`/opportunities?assigned_to=${id}`);
    const boxes = page.locator("tbody input[type=checkbox]");
    for (const index of [0, 1]) await boxes.nth(index).click();
    await button("Asignar").click();
    await chooseAgents("A quién", [second]);
    await page.getByText(`2 de ${first}`).waitFor();
    await page.keyboard.press("Escape");
  });

  it("unassigns the selection", async () => {
    const [first = ""] = await agentNames();
    const people = await api.userApi.responsibles();
    const id = people.find((one) => one.name === first)?.id;
    const before = await held(first);
    await signIn(page);
    await page.goto(`/opportunities?assigned_to=${id}`);
    await page.locator("tbody tr").first().waitFor();
    const boxes = page.locator("tbody input[type=checkbox]");
    for (const index of [0, 1, 2]) await boxes.nth(index).click();
    await button("Retirar").click();
    await button("Retirar 3").click();
    await result().getByText("Se han retirado 3 oportunidades").waitFor();
    expect(await held(first)).toBe(before - 3);
  });
});

describe("two managers at once", () => {
  it("see each other's changes in an open list", async () => {
    await signIn(page);
    await page.goto(FREE);
    const row = page.locator("tbody tr").first();
    const href = (await row.getByRole("link").getAttribute("href")) ?? "";
    await page.goto("/opportunities?status=pending&sort_by=detected_at");
    const same = page.locator(`tbody tr:has(a[href="${href}"])`);
    await same.waitFor();
    await api.opportunityApi.update(href.split("/").pop() ?? "", { priority: "urgent" });
    await same.getByText("Acaba de cambiar").waitFor();
    await same.getByText("Urgente").waitFor();
  });

  it("see a reassignment at once", async () => {
    const [first = ""] = await agentNames();
    const id = (await api.userApi.responsibles()).find((one) => one.name === first)?.id ?? "";
    await signIn(page);
    await page.goto("/opportunities?assigned_to=none&sort_by=opportunity_score");
    const href = (await page.locator("tbody tr").first().getByRole("link").getAttribute("href")) ?? "";
    // The list does not poll here: what it shows comes from the change feed.
    await page.addInitScript(() => {
      const every = globalThis.setInterval;
      const seldom = (action: () => void, pause?: number) => every(action, (pause ?? 0) < 10_000 ? pause : 2 ** 31 - 1);
      Object.assign(globalThis, { setInterval: seldom });
    });
    const feed = page.waitForResponse((response) => response.url().endsWith("/api/crm/events"));
    await page.goto("/opportunities?sort_by=opportunity_score&limit=100");
    const same = page.locator(`tbody tr:has(a[href="${href}"])`);
    await same.waitFor();
    await feed;
    await api.opportunityApi.assign(href.split("/").pop() ?? "", id);
    await same.getByText("Acaba de cambiar").waitFor();
    await same.getByText(first).waitFor();
  });
});

describe("distributing", () => {
  it("the best gives each agent their number, undoably", async () => {
    const [first = "", second = ""] = await agentNames();
    const before = [await held(first), await held(second)];
    await signIn(page);
    await page.goto("/deal");
    await chooseAgents("Agentes", [first, second]);
    await page.getByLabel(`Número para ${first}`).fill("30");
    await page.getByLabel(`Número para ${second}`).fill("5");
    await picture(page, "deal-chosen");
    expect(await violations(page)).toEqual([]);
    await button("Repartir 35").click();
    await result().getByText("Se han asignado 35 oportunidades").waitFor();
    expect([await held(first), await held(second)]).toEqual([(before[0] ?? 0) + 30, (before[1] ?? 0) + 5]);
    await result().getByRole("button", { name: "Deshacer" }).click();
    await page.getByText("35 oportunidades han vuelto").waitFor();
    expect([await held(first), await held(second)]).toEqual(before);
  });

  it("can be limited to days of detection", async () => {
    const [first = ""] = await agentNames();
    const before = await held(first);
    await signIn(page);
    await page.goto("/deal");
    // Days are those of the reader's time zone.
    const since = await page.evaluate(() => {
      const day = new Date();
      return new Date(day.getFullYear(), day.getMonth(), day.getDate() - 29).toISOString();
    });
    const free = async (from: { detected_from?: string }): Promise<number> =>
      (await api.opportunityApi.list({ assigned_to: "none", status: "pending", limit: 1, ...from })).total;
    const [all, recent] = [await free({}), await free({ detected_from: since })];
    expect(recent).toBeGreaterThan(4);
    expect(recent).toBeLessThan(all);
    await page.getByText(`Hay ${all} libres`).waitFor();
    await button("Detectadas").click();
    await button("Últimos 30 días").waitFor();
    expect(await violations(page)).toEqual([]);
    await button("Últimos 30 días").click();
    await page.getByText(`Hay ${recent} libres`).waitFor();
    await chooseAgents("Agentes", [first]);
    await page.getByLabel(`Número para ${first}`).fill("4");
    await button("Repartir 4").click();
    await result().getByText("Se han asignado 4 oportunidades").waitFor();
    expect([await held(first), await free({ detected_from: since })]).toEqual([before + 4, recent - 4]);
  });

  it("at random exceeds the maximum of one request", async () => {
    const [first = ""] = await agentNames();
    const before = await held(first);
    await signIn(page);
    await page.goto("/deal");
    await page.getByText("Al azar", { exact: true }).click();
    await chooseAgents("Agentes", [first]);
    await page.getByLabel(`Número para ${first}`).fill("120");
    await button("Repartir 120").click();
    await result().getByText("Se han asignado 120 oportunidades").waitFor();
    expect(await held(first)).toBe(before + 120);
    await result().getByRole("button", { name: "Deshacer" }).click();
    await page.getByText("120 oportunidades han vuelto").waitFor();
    expect(await held(first)).toBe(before);
  });
});

describe("handing over", () => {
  it("gives all open opportunities of an agent to others", async () => {
    const [first = "", second = "", third = ""] = await agentNames();
    const people = await api.userApi.responsibles();
    const id = people.find((one) => one.name === third)?.id ?? "";
    const counts = await Promise.all(
      (["assigned", "contacted", "pending"] as const).map(
        async (status) => (await api.opportunityApi.list({ assigned_to: id, status, limit: 1 })).total,
      ),
    );
    const open = counts.reduce((sum, count) => sum + count, 0);
    const before = await held(third);
    await signIn(page);
    await page.goto("/agents");
    await button(`Traspasar lo que tiene ${third}`).click();
    await chooseAgents("A quién", [first, second]);
    await button(`Traspasar ${open}`).click();
    await result().getByText(`Se han asignado ${open} oportunidades`).waitFor();
    expect(await held(third)).toBe(before - open);
  });
});

describe("operations", () => {
  it("are shown item by item and undone from there", async () => {
    const [first = ""] = await agentNames();
    const people = await api.userApi.responsibles();
    const id = people.find((one) => one.name === first)?.id ?? "";
    const { opportunities } = await api.opportunityApi.list({ assigned_to: "none", status: "pending", limit: 3 });
    await api.opportunityApi.bulkAssign({ opportunity_ids: opportunities.map((one) => one.id), assigned_to_id: id });
    await signIn(page);
    await page.goto("/operations?kind=bulk_assign");
    await page.getByRole("link", { name: "Asignación masiva" }).first().click();
    await page
      .getByRole("link", { name: opportunities[0]?.contact.name ?? "" })
      .first()
      .waitFor();
    await button("Deshacer").click();
    await page.getByText("3 oportunidades han vuelto").waitFor();
    await page.getByText("Esta operación se ha deshecho.").waitFor();
  });
});
