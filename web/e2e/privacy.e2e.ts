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
    await button("Asignar también la de quien pidió no ser contactado").click();
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
    const text = await exported("Exportar lista");
    expect(text.startsWith("\uFEFFId. de la oportunidad;Id. del contacto;Nombre completo")).toBe(true);
    expect(text).toContain(agrees.contact.name);
    expect(text).not.toContain(refuses.contact.name);
    await page.getByText(/Se ha omitido a/).waitFor();
  });
});

/** The text of the CSV file that a button exports. */
function exported(name: string): Promise<string> {
  return saved(async () => {
    await button(name).click();
    await page.getByRole("menuitem", { name: "CSV con punto y coma" }).click();
  });
}

/** The text of the file that an action makes the browser save. */
async function saved(action: () => Promise<void>): Promise<string> {
  const [file] = await Promise.all([page.waitForEvent("download"), action()]);
  return readFileSync(await file.path(), "utf8");
}

describe("an export", () => {
  /** The newest entries about jobs, and about their files. */
  const recorded = async () => {
    const newest = async (action: string) => (await api.userApi.auditLogs({ action, limit: 1 })).items[0];
    return { made: await newest("job_created"), taken: await newest("job_downloaded") };
  };
  const rowsOf = (text: string): number => text.trimEnd().split("\r\n").length - 1;

  it("of the list is in the audit log, with its filter and how many rows were taken", async () => {
    await lead();
    const { total } = await api.opportunityApi.list({ search: "Quiroga", do_not_contact: false });
    await signIn(page);
    await page.goto("/opportunities?search=Quiroga&do_not_contact=false");
    await settled(page);
    expect(rowsOf(await exported("Exportar lista"))).toBe(total);
    const { made, taken } = await recorded();
    expect(made?.details).toMatchObject({ kind: "export", filter: { search: true, do_not_contact: false } });
    expect(taken).toMatchObject({ entity_id: made?.entity_id, details: { count: total } });
  });

  it("has times in the reader's zone and the number of a mobile, and comes in again as it was", async () => {
    const one = await lead();
    await api.contactApi.update(one.contact_id, { mobile: "+34 600 111 000", email: null, phone: null });
    await signIn(page);
    await page.goto(`/opportunities?search=${encodeURIComponent("600111000")}`);
    await settled(page);
    const text = await exported("Exportar lista");
    expect(text).toMatch(/;Móvil;/);
    expect(text).toMatch(/;'?\+34 600 111 000;/);
    expect(text).toMatch(/;20\d\d-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+0[12]:00;/);
    const again = await api.importApi.preview(new Blob([text], { type: "text/csv" }));
    expect(again).toMatchObject({ unchanged: rowsOf(text), created: 0 });
    const book = page.waitForEvent("download");
    await button("Exportar lista").click();
    await page.getByRole("menuitem", { name: "Excel (.xlsx)" }).click();
    const file = await book;
    expect(file.suggestedFilename()).toBe("oportunidades.xlsx");
    const workbook = await api.importApi.preview(new Blob([new Uint8Array(readFileSync(await file.path()))]));
    expect(workbook).toMatchObject({ unchanged: rowsOf(text), created: 0, file: { origin: "Reparto" } });
  });

  it("of a selection has the selected ones alone, and is in the audit log", async () => {
    const [one, other] = [await lead(), await lead()];
    await signIn(page);
    await page.goto(`/opportunities?search=${encodeURIComponent("Zulema Quiroga")}`);
    await page.getByRole("checkbox", { name: `Seleccionar ${one.contact.name}`, exact: true }).check();
    const text = await exported("Exportar selección");
    expect(rowsOf(text)).toBe(1);
    expect(text).toContain(one.id);
    expect(text).not.toContain(other.id);
    const { made, taken } = await recorded();
    expect(taken).toMatchObject({ entity_id: made?.entity_id, details: { count: 1 } });
  });

  it("of everything is in the audit log", async () => {
    await signIn(page);
    await page.goto("/import");
    const rows = rowsOf(await exported("Exportar todo"));
    const { made, taken } = await recorded();
    expect(made?.details).toMatchObject({ kind: "export", filter: {} });
    expect(taken).toMatchObject({ entity_id: made?.entity_id, details: { count: rows } });
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

describe("a contact", () => {
  const form = () => page.getByRole("form", { name: "Editar" });
  const typed = (label: string) => form().getByLabel(label, { exact: true });

  it("is corrected on its card, with errors beside their fields", async () => {
    const one = await lead();
    await api.contactApi.update(one.contact_id, { custom_fields: { campaña: "verano" } } as object);
    await signIn(page);
    await openLead(one);
    await button("Editar").click();
    await form().waitFor();
    await picture(page, "contact-form");
    expect(await violations(page)).toEqual([]);
    await typed("Correo electrónico").fill("esto no es un correo");
    await typed("Edad").fill("41");
    await button("Guardar").click();
    await form().getByText("debe ser una dirección de correo").waitFor();
    expect((await api.contactApi.get(one.contact_id)).edad).toBe(null);
    await typed("Correo electrónico").fill(`corregida${made}@example.net`);
    await typed("Apellidos").fill("Quiroga Sanz");
    await typed("Nacionalidad").fill("Chile");
    await typed("Móvil").fill("");
    await typed("Notas").fill("Prefiere por la tarde");
    await typed("campaña").fill("otoño");
    await form().getByRole("combobox", { name: "Empadronado" }).click();
    await page.getByRole("option", { name: "Sí", exact: true }).click();
    await button("Guardar").click();
    await page.getByText("Contacto guardado").waitFor();
    await title("Zulema Quiroga Sanz").waitFor();
    await page.getByText("Prefiere por la tarde").waitFor();
    expect(await api.contactApi.get(one.contact_id)).toMatchObject({
      email: `corregida${made}@example.net`,
      nacionalidad: "Chile",
      edad: 41,
      empadronado: true,
      phone: one.contact.phone,
      notes: "Prefiere por la tarde",
      custom_fields: { campaña: "otoño" },
    });
  });

  it("that somebody else changed meanwhile is not overwritten unasked", async () => {
    const one = await lead();
    await signIn(page);
    await openLead(one);
    await button("Editar").click();
    await typed("Ciudad").fill("Jaén");
    await api.contactApi.update(one.contact_id, { city: "Lugo", country: "España" });
    await button("Guardar").click();
    await form().getByText("Ciudad: ahora pone «Lugo».").waitFor();
    expect(await violations(page)).toEqual([]);
    expect((await api.contactApi.get(one.contact_id)).city).toBe("Lugo");
    await button("Guardar").click();
    await page.getByText("Contacto guardado").waitFor();
    expect(await api.contactApi.get(one.contact_id)).toMatchObject({ city: "Jaén", country: "España" });
  });

  it("is deleted with its opportunity after a question", async () => {
    const one = await lead();
    await signIn(page);
    await openLead(one);
    await button("Eliminar…").click();
    await page.getByText("dejarán de aparecer en las listas").waitFor();
    await picture(page, "contact-delete");
    expect(await violations(page)).toEqual([]);
    await button("Cancelar").click();
    expect((await api.opportunityApi.get(one.id)).id).toBe(one.id);
    await button("Eliminar…").click();
    await button("Eliminar el contacto y su oportunidad").click();
    await page.getByText(`Se ha eliminado a ${one.contact.name}`).waitFor();
    await title("Oportunidades").waitFor();
    await expect(api.contactApi.get(one.contact_id)).rejects.toMatchObject({ status: 404 });
    await expect(api.opportunityApi.get(one.id)).rejects.toMatchObject({ status: 404 });
  });

  it("is corrected by an agent who has its opportunity, on a phone, and deleted by none", async () => {
    const agent = await anAgent();
    const [own, free] = [await lead(), await lead()];
    await api.opportunityApi.assign(own.id, agent.id);
    await start({ locale: "en-GB", dark: true, width: 360, height: 780 });
    await signIn(page, agent.email);
    await page.goto(`/opportunities/${free.id}`);
    await title(free.contact.name).waitFor();
    expect(await button("Edit").count()).toBe(0);
    await page.goto(`/opportunities/${own.id}`);
    await title(own.contact.name).waitFor();
    expect(await button("Delete…").count()).toBe(0);
    await button("Edit").click();
    const entry = page.getByRole("form", { name: "Edit" });
    await entry.waitFor();
    expect(await entry.getByLabel("Responsible").count()).toBe(0);
    await picture(page, "contact-form-phone-dark");
    expect(await violations(page)).toEqual([]);
    await entry.getByLabel("City", { exact: true }).fill("Cádiz");
    await button("Save").click();
    await page.getByText("Contact saved").waitFor();
    expect((await api.contactApi.get(own.contact_id)).city).toBe("Cádiz");
  });
});

describe("a person", () => {
  it("gets one file with everything that is kept", async () => {
    const one = await lead();
    await signIn(page);
    await openLead(one);
    const everything = JSON.parse(await saved(() => button("Todo sobre esta persona").click())) as object;
    expect(JSON.stringify(everything)).toContain(one.contact.email);
    const readable = await saved(() => button("Lo mismo, para leer o imprimir").click());
    expect(readable).toContain(`<h1>Todo sobre ${one.contact.name}</h1>`);
    expect(readable).toContain(`<dd>${one.contact.email}</dd>`);
    await start();
    await page.setContent(readable);
    await page.getByRole("heading", { name: "Auditoría" }).waitFor();
    await picture(page, "person-page");
    expect(await violations(page)).toEqual([]);
    expect((await api.userApi.auditLogs({ action: "contact_everything_read" })).items.length).toBeGreaterThanOrEqual(2);
    await start();
    await signIn(page);
    await page.goto("/audit?action=contact_everything_read");
    await page.getByText("Descarga de todo sobre una persona").first().waitFor();
  });

  it("who was erased is named as that where the opportunity would be assigned", async () => {
    const agent = await anAgent();
    const one = await lead();
    await api.contactApi.erase(one.contact_id, "Lo pidió");
    await signIn(page);
    await page.goto(`/opportunities/${one.id}`);
    await title("Persona borrada").waitFor();
    await choose("Asignada a", agent.name);
    await page.getByText("Los datos de esta persona se borraron").waitFor();
    expect((await api.opportunityApi.get(one.id)).assigned_to_id).toBe(null);
    const { errors: refused } = await api.opportunityApi.bulkAssign({
      opportunity_ids: [one.id],
      assigned_to_id: agent.id,
    });
    expect(refused).toMatchObject([{ code: "do_not_contact", error: expect.stringContaining("se han borrado") }]);
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
