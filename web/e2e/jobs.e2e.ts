import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Client, CrmUser } from "@reparto/client";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { client, launch, open, picture, settled, signIn, violations } from "./browser.js";
import { demo, Program } from "./program.js";

/** More than can be selected one by one. */
const OPPORTUNITIES = 11_000;

let browser: Browser;
let program: Program;
let api: Client;
let agents: CrmUser[];
let page: Page;
let errors: string[];
let close: () => Promise<void>;

beforeAll(async () => {
  [browser, program] = await Promise.all([
    launch(),
    Program.start({ fill: (database) => demo(database, OPPORTUNITIES) }),
  ]);
  api = await client(program.url);
  agents = (await api.userApi.responsibles()).filter((one) => one.role_name === "agent");
});
beforeEach(async () => {
  const opened = await open(browser, program.url);
  ({ page, errors } = opened);
  close = () => opened.context.close();
  await signIn(page);
});
afterEach(async () => {
  expect(errors).toEqual([]);
  await close();
});
afterAll(async () => {
  await browser?.close();
  await program?.stop();
});

const button = (name: string | RegExp) => page.getByRole("button", { name, exact: true });
const result = () => page.getByLabel("Resultado");
const total = async (query: object): Promise<number> => (await api.opportunityApi.list({ ...query, limit: 1 })).total;

async function chooseAgent(name: string): Promise<void> {
  const box = page.getByRole("combobox", { name: "A quién" }).or(page.getByRole("textbox", { name: "A quién" }));
  await box.first().fill(name);
  await page.getByRole("option", { name: new RegExp(name) }).click();
  await page.keyboard.press("Tab");
}

async function selectFirst(count: number): Promise<void> {
  await button("Seleccionar más…").click();
  await page.getByLabel("Las primeras").fill(String(count));
  await button("Seleccionar").click();
  await page.getByText(`${count} seleccionadas`).waitFor();
}

describe("more than one request holds", () => {
  it("runs as a job per agent, undone together", async () => {
    const [first, second] = agents;
    if (first === undefined || second === undefined) throw new Error("the demo lacks agents");
    const before = [await total({ assigned_to: first.id }), await total({ assigned_to: second.id })];
    await page.goto("/opportunities?assigned_to=none&status=pending");
    await selectFirst(600);
    await button("Asignar").click();
    await chooseAgent(first.name);
    await chooseAgent(second.name);
    await button("Asignar 600").click();
    await result().getByText("Se han asignado 600 oportunidades").waitFor();
    expect([await total({ assigned_to: first.id }), await total({ assigned_to: second.id })]).toEqual(
      before.map((count) => count + 300),
    );
    await result().getByRole("link", { name: "Ver el trabajo" }).waitFor();
    expect(await violations(page)).toEqual([]);
    await result().getByRole("button", { name: "Deshacer" }).click();
    await page.getByText("600 oportunidades han vuelto a su estado anterior").waitFor();
    expect([await total({ assigned_to: first.id }), await total({ assigned_to: second.id })]).toEqual(before);
  });

  it("is refused if some were reassigned meanwhile", async () => {
    const [first, second] = agents;
    if (first === undefined || second === undefined) throw new Error("the demo lacks agents");
    await page.goto("/opportunities?assigned_to=none&status=pending");
    await selectFirst(150);
    const href = (await page.locator("tbody tr").nth(3).getByRole("link").getAttribute("href")) ?? "";
    await api.opportunityApi.assign(href.split("/").pop() ?? "", second.id);
    const before = await total({ assigned_to: first.id });
    await button("Asignar").click();
    await chooseAgent(first.name);
    await button("Asignar 150").click();
    await page.getByText("Una se ha reasignado").waitFor();
    await picture(page, "reassigned-meanwhile");
    expect(await violations(page)).toEqual([]);
    expect(await total({ assigned_to: first.id })).toBe(before);
    await page.getByLabel("Omitir las que se hayan reasignado entretanto").uncheck();
    await button("Asignar 150").click();
    await result().getByText("Se han asignado 150 oportunidades").waitFor();
    expect(await total({ assigned_to: first.id })).toBe(before + 150);
  });

  it("can be everything that matches, for one person", async () => {
    const [, , third] = agents;
    if (third === undefined) throw new Error("the demo lacks agents");
    const held = await total({ assigned_to: third.id });
    await page.goto("/opportunities");
    await settled(page);
    await button("Seleccionar más…").click();
    await button("Las 11.000 que coinciden").click();
    await page.getByText("Todas las que coinciden: 11.000").waitFor();
    expect(await page.locator("tbody .check:checked").count()).toBe(50);
    await button("Asignar").click();
    await chooseAgent(third.name);
    await page.getByText("Todo lo que coincide va a una persona").waitFor();
    await page
      .getByText(/ya están? asignadas?/)
      .first()
      .waitFor();
    await settled(page);
    await picture(page, "assign-all");
    expect(await violations(page)).toEqual([]);
    await button("Asignar 11.000").click();
    await result().getByText("Se han asignado 11.000 oportunidades").waitFor();
    expect(await total({ assigned_to: third.id })).toBe(OPPORTUNITIES);
    await result().getByRole("button", { name: "Deshacer" }).click();
    await page.getByText("11.000 oportunidades han vuelto a su estado anterior").waitFor();
    expect(await total({ assigned_to: third.id })).toBe(held);
  });

  it("shows its progress and can be stopped", async () => {
    const [first] = agents;
    if (first === undefined) throw new Error("the demo lacks agents");
    const before = await total({ assigned_to: first.id });
    // A slow job: the page's own request, with very many unknown ids added.
    const ids = nowhere(500_000);
    await page.route("**/api/crm/jobs", async (route) => {
      const asked = route.request().postDataJSON() as { opportunity_ids?: string[]; dry_run?: boolean } | null;
      if (asked === null || asked.dry_run) return route.continue();
      return route.continue({ postData: JSON.stringify({ ...asked, opportunity_ids: ids }) });
    });
    await page.goto("/opportunities?assigned_to=none&status=pending");
    await selectFirst(500);
    await button("Asignar").click();
    await chooseAgent(first.name);
    const made = page.waitForResponse((response) => response.url().endsWith("/jobs") && response.status() === 202);
    await button("Asignar 500").click();
    await made;
    await program.slowed(async () => {
      const cancelled = page.waitForResponse((response) => response.url().endsWith("/cancel"));
      await button("Parar").click();
      await cancelled;
    });
    await result().getByText("No se ha asignado ninguna").waitFor();
    await result().getByText("Usted lo ha parado").waitFor();
    expect(await violations(page)).toEqual([]);
    expect(await total({ assigned_to: first.id })).toBe(before);
    expect((await api.jobApi.list({ limit: 1 })).items[0]?.status).toBe("cancelled");
  });
});

/** Ids of no opportunity. */
const nowhere = (count: number): string[] => Array.from({ length: count }, () => randomUUID());

describe("a change of status", () => {
  it("applies to the whole selection and can be undone", async () => {
    const before = await total({ status: "converted" });
    await page.goto("/opportunities?assigned_to=none&status=pending");
    await page.locator("tbody tr").first().waitFor();
    const boxes = page.locator("tbody input[type=checkbox]");
    for (const index of [0, 1, 2]) await boxes.nth(index).click();
    await button("Cambiar estado").click();
    await page
      .getByRole("combobox", { name: "Estado nuevo" })
      .or(page.getByRole("textbox", { name: "Estado nuevo" }))
      .first()
      .click();
    await page.getByRole("option", { name: "Convertida" }).click();
    await picture(page, "status-dialog");
    expect(await violations(page)).toEqual([]);
    await button("Cambiar 3").click();
    await result().getByText("Se han cambiado 3 oportunidades").waitFor();
    expect(await violations(page)).toEqual([]);
    expect(await total({ status: "converted" })).toBe(before + 3);
    await result().getByRole("button", { name: "Deshacer" }).click();
    await page.getByText("3 oportunidades han vuelto a su estado anterior").waitFor();
    expect(await total({ status: "converted" })).toBe(before);
  });
});

describe("the list of jobs", () => {
  it("shows a running job, cancels and resumes it", async () => {
    const { opportunities } = await api.opportunityApi.list({ assigned_to: "none", limit: 1 });
    // The only existing one comes last: before it the job runs for long.
    const ids = [...nowhere(500_000), opportunities[0]?.id ?? ""];
    const { id } = await api.jobApi.create({ kind: "bulk_unassign", opportunity_ids: ids });
    await program.slowed(async () => {
      await page.goto("/jobs");
      const row = page.getByRole("table", { name: "Trabajos" }).locator("tbody tr").first();
      await row.getByRole("progressbar", { name: "Progreso" }).waitFor();
      await row.getByText(/por segundo/).waitFor();
      await picture(page, "jobs-running");
      await row.getByRole("link", { name: "Retirar" }).click();
      await page.getByRole("progressbar", { name: "Progreso del trabajo" }).waitFor();
      await picture(page, "job-running");
      await button("Cancelar el trabajo").click();
      await page.getByText("Cancelado", { exact: true }).waitFor();
    });
    const job = await api.jobApi.get(id);
    expect([job.status, job.done, job.failed]).toEqual(["cancelled", 0, 500_001]);
    await settled(page);
    await picture(page, "job-cancelled");
    expect(await violations(page)).toEqual([]);

    await button("Reanudar").click();
    await page.getByText("El trabajo sigue con lo que quedaba").waitFor();
    await page.getByText("Terminado", { exact: true }).waitFor();
    await page.getByText("1 hecha, 500.000 no hechas, de 500.001").waitFor();
    expect(await button("Reanudar").count()).toBe(0);
  });

  it("lists a job's errors and saves them as a file", async () => {
    const { opportunities } = await api.opportunityApi.list({ assigned_to: "none", limit: 2 });
    const ids = [...opportunities.map((one) => one.id), ...nowhere(30)];
    const { id } = await api.jobApi.create({ kind: "bulk_unassign", opportunity_ids: ids });
    await page.goto(`/jobs/${id}`);
    await page.getByText("2 hechas, 30 no hechas, de 32").waitFor();
    await page.getByRole("table", { name: "No hechas" }).getByText("Oportunidad no encontrada").first().waitFor();
    await button("Ver más").click();
    await expect.poll(() => page.getByRole("table", { name: "No hechas" }).locator("tbody tr").count()).toBe(30);
    await picture(page, "job-errors");
    expect(await violations(page)).toEqual([]);
    const saved = page.waitForEvent("download");
    await button("Guardar como CSV").click();
    const lines = readFileSync(await (await saved).path(), "utf8")
      .trimEnd()
      .split("\r\n");
    expect(lines).toHaveLength(31);
    // As a Spanish Excel reads it: a byte-order mark, and semicolons.
    expect(lines[0]).toBe("\uFEFFId. de la oportunidad;Error;Código");
    expect(lines[1]).toContain("Oportunidad no encontrada;opportunity_not_found");
  });

  it("undoes ended jobs and downloads exports", async () => {
    const { opportunities } = await api.opportunityApi.list({ assigned_to: "none", status: "pending", limit: 5 });
    const [agent] = agents;
    const made = await api.jobApi.create({
      kind: "bulk_assign",
      opportunity_ids: opportunities.map((one) => one.id),
      assigned_to_id: agent?.id ?? "",
    });
    const written = await api.jobApi.create({ kind: "export", filter: { min_score: 99 } });
    for (const id of [made.id, written.id]) {
      for await (const progress of api.jobApi.follow(id)) void progress;
    }
    await page.goto(`/jobs/${written.id}`);
    const saved = page.waitForEvent("download");
    await button("Descargar el archivo").click();
    const lines =
      readFileSync(await (await saved).path(), "utf8")
        .trimEnd()
        .split("\n").length - 1;
    expect(lines).toBe((await api.jobApi.get(written.id)).done);
    await page.goto("/jobs");
    await settled(page);
    await picture(page, "jobs");
    expect(await violations(page)).toEqual([]);
    await page.getByRole("link", { name: "Asignar", exact: true }).first().click();
    await page.getByRole("heading", { level: 1, name: /^Asignar: / }).waitFor();
    await button("Deshacer").click();
    await page.getByRole("heading", { level: 1, name: "Deshacer un trabajo" }).waitFor();
    await page.getByText("Terminado", { exact: true }).waitFor();
    await page.getByText("5 hechas, 0 no hechas, de 5").waitFor();
    await picture(page, "job-undone");
    expect(await violations(page)).toEqual([]);
    await page.getByRole("link", { name: "Ver ese trabajo" }).click();
    await page.getByRole("heading", { level: 1, name: /^Asignar/ }).waitFor();
  });
});
