import { readFileSync } from "node:fs";
import type { Client, LeadOpportunity } from "@reparto/client";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { client, launch, type Options, open, picture, settled, signIn, violations } from "./browser.js";
import { Program } from "./program.js";

let browser: Browser;
let program: Program;
let api: Client;
let page: Page;
let errors: string[];
let close: (() => Promise<void>) | undefined;

async function start(options: Options = {}): Promise<void> {
  await close?.();
  const opened = await open(browser, program.url, options);
  ({ page, errors } = opened);
  close = () => opened.context.close();
}

beforeAll(async () => {
  [browser, program] = await Promise.all([launch(), Program.start()]);
  api = await client(program.url);
});
beforeEach(() => start());
afterEach(() => expect(errors).toEqual([]));
afterAll(async () => {
  await browser?.close();
  await program?.stop();
});

const button = (name: string | RegExp) => page.getByRole("button", { name, exact: true });
const title = (name: string) => page.getByRole("heading", { level: 1, name });

let made = 0;

/** A new lead, free, with a name that nobody else in the demo has. */
async function lead(): Promise<LeadOpportunity> {
  made += 1;
  const contact = await api.contactApi.create({
    first_name: "Zulema",
    last_name: `Quiroga ${made}`,
    email: `zulema${made}@example.net`,
    phone: `+34 611 000 00${made}`,
  });
  return api.opportunityApi.create({ contact_id: contact.id, opportunity_score: 90, detection_reason: "Zulema llamó" });
}

async function unwilling(reason = "Pidió que no la llamaran"): Promise<LeadOpportunity> {
  const one = await lead();
  await api.contactApi.update(one.contact_id, { do_not_contact: { reason } });
  return api.opportunityApi.get(one.id);
}

async function openLead({ id, contact }: LeadOpportunity): Promise<void> {
  await page.goto(`/opportunities/${id}`);
  await title(contact.name).waitFor();
}

async function choose(label: string, name: string): Promise<void> {
  const box = page.getByRole("combobox", { name: label }).or(page.getByRole("textbox", { name: label }));
  await box.first().click();
  await box.first().fill(name);
  await page.getByRole("option", { name: new RegExp(name) }).click();
}

async function anAgent(): Promise<{ id: string; name: string; email: string }> {
  const agent = (await api.userApi.responsibles()).find((one) => one.role_name === "agent");
  if (agent === undefined) throw new Error("the demo has no agent");
  return agent;
}

describe("do not contact", () => {
  it("is set with a reason, shown, filtered by and removed", async () => {
    const one = await lead();
    await signIn(page);
    await openLead(one);
    await button("Marcar «no contactar»").click();
    await page.getByLabel("Motivo").fill("Llamó para que no la molesten");
    await button("Marcar").click();
    await page.getByText("Llamó para que no la molesten").waitFor();
    await picture(page, "do-not-contact");
    expect(await violations(page)).toEqual([]);
    expect((await api.contactApi.get(one.contact_id)).do_not_contact?.reason).toBe("Llamó para que no la molesten");

    await page.goto("/opportunities?do_not_contact=true&search=Quiroga");
    const row = page.locator("tbody tr").filter({ hasText: one.contact.name });
    await row.waitFor();
    expect(await row.textContent()).toContain("No contactar");
    await page.goto(`/opportunities?do_not_contact=false&search=${encodeURIComponent(one.contact.name)}`);
    await page.getByText("No hay resultados").waitFor();

    await openLead(one);
    await button("Quitar la marca").click();
    await button("Sí, quitarla").click();
    await button("Marcar «no contactar»").waitFor();
    expect((await api.contactApi.get(one.contact_id)).do_not_contact).toBe(null);
  });

  it("is respected in assigning many, unless they are included", async () => {
    const agent = await anAgent();
    const [refuses, agrees] = [await unwilling(), await lead()];
    await signIn(page);
    await page.goto("/opportunities?search=Zulema%20Quiroga&assigned_to=none");
    for (const { contact } of [refuses, agrees]) {
      await page.getByRole("checkbox", { name: `Seleccionar ${contact.name}`, exact: true }).check();
    }
    await button("Asignar").click();
    await choose("A quién", agent.name);
    await page.keyboard.press("Escape");
    await page.getByText("Incluir a una persona que pidió no ser contactada").waitFor();
    await picture(page, "assign-do-not-contact");
    expect(await violations(page)).toEqual([]);
    await button("Asignar 2").click();
    const result = page.getByLabel("Resultado");
    await result.getByText("Se ha asignado una oportunidad").waitFor();
    await result.getByRole("row", { name: new RegExp(refuses.contact.name) }).waitFor();
    expect((await api.opportunityApi.get(refuses.id)).assigned_to_id).toBe(null);
    await picture(page, "assign-left-out");
    expect(await violations(page)).toEqual([]);
    await button("Asignar también la que no quiere contacto").click();
    await result.getByText("Se han asignado 2 oportunidades").waitFor();
    expect((await api.opportunityApi.get(refuses.id)).assigned_to_id).toBe(agent.id);
    await button("Deshacer").click();
    await page.getByText("2 oportunidades han vuelto").waitFor();
    expect((await api.opportunityApi.get(refuses.id)).assigned_to_id).toBe(null);
  });

  it("is asked about when one is assigned", async () => {
    const agent = await anAgent();
    const one = await unwilling();
    await signIn(page);
    await openLead(one);
    await choose("Asignada a", agent.name);
    await button("Asignar de todos modos").waitFor();
    expect((await api.opportunityApi.get(one.id)).assigned_to_id).toBe(null);
    await picture(page, "assign-anyway");
    expect(await violations(page)).toEqual([]);
    await button("Asignar de todos modos").click();
    await expect.poll(async () => (await api.opportunityApi.get(one.id)).assigned_to_id).toBe(agent.id);
  });

  it("is left out of the exported list, which Excel reads", async () => {
    const [refuses, agrees] = [await unwilling(), await lead()];
    await signIn(page);
    await page.goto("/opportunities?search=Zulema%20Quiroga");
    await settled(page);
    const [saved] = await Promise.all([page.waitForEvent("download"), button("Exportar lista").click()]);
    const text = readFileSync(await saved.path(), "utf8");
    expect(text.startsWith("\uFEFFid;contact;email")).toBe(true);
    expect(text).toContain(agrees.contact.name);
    expect(text).not.toContain(refuses.contact.name);
    await page.getByText(/Se ha omitido a/).waitFor();
  });
});

describe("source and consent", () => {
  it("are recorded and shown", async () => {
    const one = await lead();
    await signIn(page);
    await openLead(one);
    await button("Editar origen y consentimiento").click();
    await page.getByLabel("Origen", { exact: true }).fill("Feria de Sevilla");
    await page.getByLabel("Recibido").fill("2026-03-02");
    await page.getByLabel("Versión del texto").fill("2026-01");
    await page.getByLabel("Aceptado el").fill("2026-03-03");
    await page.getByLabel("Canal").fill("papel");
    expect(await violations(page)).toEqual([]);
    await button("Guardar").click();
    await page.getByText("Feria de Sevilla").waitFor();
    await page.getByText(/Texto 2026-01, 3 mar 2026, por papel/).waitFor();
    expect(await api.contactApi.get(one.contact_id)).toMatchObject({
      source: "Feria de Sevilla",
      source_at: "2026-03-01T23:00:00Z",
      consent: { text_version: "2026-01", at: "2026-03-02T23:00:00Z", channel: "papel" },
    });
  });
});

describe("a person", () => {
  it("gets one file with everything that is kept", async () => {
    const one = await lead();
    await signIn(page);
    await openLead(one);
    const [saved] = await Promise.all([page.waitForEvent("download"), button("Todo sobre esta persona").click()]);
    const everything = JSON.parse(readFileSync(await saved.path(), "utf8")) as object;
    expect(JSON.stringify(everything)).toContain(one.contact.email);
    await page.goto("/audit?action=contact_everything_read");
    await page.getByText("Descarga de todo sobre una persona").first().waitFor();
  });

  it("is erased after a reason and the name are typed", async () => {
    const one = await lead();
    await signIn(page);
    await openLead(one);
    await button("Borrar a esta persona…").click();
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    const submit = dialog.getByRole("button", { name: "Borrar para siempre" });
    await dialog.getByLabel("Motivo").fill("Lo pidió por carta");
    expect(await submit.isDisabled()).toBe(true);
    await dialog.getByLabel(/^Para confirmar/).fill(`${one.contact.name} x`);
    expect(await submit.isDisabled()).toBe(true);
    await dialog.getByLabel(/^Para confirmar/).fill(one.contact.name.toLowerCase());
    await picture(page, "erase");
    expect(await violations(page)).toEqual([]);
    await submit.click();
    await page.getByText(/^Borrada, junto con los textos de 1 oportunidad/).waitFor();
    await title("Persona borrada").waitFor();
    await page.getByText("Todo lo que decía quién era se borró el").waitFor();
    await picture(page, "erased");
    expect(await violations(page)).toEqual([]);
    expect(await page.locator("body").textContent()).not.toContain("Zulema");
    expect((await api.opportunityApi.list({ search: one.contact.name })).total).toBe(0);
    expect(await api.contactApi.get(one.contact_id)).toMatchObject({ email: null, phone: null, first_name: null });

    await start({ locale: "en-GB", dark: true, width: 360, height: 780 });
    await signIn(page);
    await page.goto(`/opportunities/${one.id}`);
    await title("Erased person").waitFor();
    await settled(page);
    await picture(page, "erased-phone-dark");
    expect(await violations(page)).toEqual([]);
  });

  it("who is an agent sees no erasing, and marks only own leads", async () => {
    const agent = await anAgent();
    const [own, free] = [await lead(), await lead()];
    await api.opportunityApi.assign(own.id, agent.id);
    await signIn(page, agent.email);
    await openLead(own);
    await button("Marcar «no contactar»").waitFor();
    expect(await button("Borrar a esta persona…").count()).toBe(0);
    expect(await button("Todo sobre esta persona").count()).toBe(0);
    await openLead(free);
    await page.getByRole("heading", { name: "Privacidad" }).waitFor();
    expect(await button("Marcar «no contactar»").count()).toBe(0);
  });
});

describe("a removed user", () => {
  it("can be erased from the same drawer", async () => {
    const user = await api.userApi.create({
      email: "quien.fue@example.org",
      password: "una frase bien larga",
      full_name: "Quien Fue",
      role: "agent",
    });
    await signIn(page);
    await page.goto("/users?search=quien.fue");
    await page.locator("tbody").getByRole("button", { name: "Quien Fue" }).click();
    await button("Eliminar usuario").click();
    await button("Sí, eliminar").click();
    await page.getByText("Usuario eliminado.").waitFor();
    await button("Borrar quién era…").click();
    await page.getByLabel("Motivo").fill("Ya no trabaja aquí");
    await page.getByLabel(/^Para confirmar/).fill("Quien Fue");
    await picture(page, "erase-user");
    expect(await violations(page)).toEqual([]);
    await button("Borrar para siempre").click();
    await page.getByText("Lo que hizo se conserva con el nombre «Persona borrada»").waitFor();
    const { items } = await api.userApi.auditLogs({ user_id: user.id });
    expect(JSON.stringify(items)).not.toContain("quien.fue");
  });
});
