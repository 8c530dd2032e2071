import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ApiError, type Client } from "@reparto/client";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { client, launch, type Options, open, picture, settled, signIn, violations } from "./browser.js";
import { Program } from "./program.js";

const BOOK = fileURLToPath(new URL("../../crates/leads/tests/samples/book.xlsx", import.meta.url));

let browser: Browser;
let program: Program;
let api: Client;
let page: Page;
let errors: string[];
let close: () => Promise<void>;

async function start(options: Options = {}): Promise<void> {
  await close?.();
  const opened = await open(browser, program.url, options);
  ({ page, errors } = opened);
  close = () => opened.context.close();
  await signIn(page);
  await page.goto("/import");
}

beforeAll(async () => {
  [browser, program] = await Promise.all([launch(), Program.start()]);
  api = await client(program.url);
});
beforeEach(() => start());
afterEach(() => {
  expect(errors).toEqual([]);
});
afterAll(async () => {
  await browser?.close();
  await program?.stop();
});

const button = (name: string | RegExp) => page.getByRole("button", { name, exact: true });
const alert = () => page.locator(".mantine-Alert-root");
const table = (name: string | RegExp) => page.getByRole("table", { name });
const rowsOf = (name: string | RegExp) => table(name).locator("tbody tr").allTextContents();
const total = async (search: string): Promise<number> => (await api.opportunityApi.list({ search, limit: 1 })).total;
const found = async (search: string) => (await api.opportunityApi.list({ search })).opportunities[0];

/** Text as Excel of a Spanish Windows saves it. */
const windows = (lines: readonly string[]): Buffer => Buffer.from(lines.join("\r\n"), "latin1");

async function choose(name: string, buffer: Buffer): Promise<void> {
  await page.locator("input[type=file]").setInputFiles({ name, mimeType: "application/vnd.ms-excel", buffer });
}

async function chooseField(column: string, field: string): Promise<void> {
  const select = table("Columnas").getByLabel(column, { exact: true }).first();
  await select.click();
  await page.getByRole("option", { name: field, exact: true }).click();
}

/** Imports the chosen file, and waits for the result. */
async function finish(count: string): Promise<string> {
  await button(`Importar ${count}`).click();
  await page.waitForURL(/\/import\/[0-9a-f-]+$/);
  await alert().waitFor();
  return (await alert().allTextContents()).join("");
}

const EXCEL = windows([
  "sep=;",
  "Nombre;Apellidos;Correo;Teléfono;Puntuación;Curso",
  "Begoña;Ibáñez Peña;bego@example.net;600801001;87,5;Inglés",
  "Pía;Sol;pia@example.net;3,46E+10;50;Francés",
  'Alan;"Tu"ring;alan@example.net;600801003;70;',
  "Kurt;Gödel;kurt@example.net;600801004;90;Alemán",
  ";;;;;Nadie",
]);

describe("a file of Excel", () => {
  it("is shown, mapped, imported and undone", async () => {
    await choose("leads.csv", EXCEL);
    await page.getByText("leads.csv: 5 filas").waitFor();
    await page.getByText("3 nuevas · 0 completadas · 0 sin cambios · 2 omitidas").waitFor();
    const told = await rowsOf("Filas que conviene mirar");
    expect(told.map((row) => Number.parseInt(row, 10))).toEqual([4, 5, 7]);
    expect(told[0]).toMatch(/3,46E\+10/);
    expect(told[1]).toMatch(/Omitida.*comillas/);
    expect(await page.getByLabel("Codificación").first().inputValue()).toContain("indows-1252");
    expect(await page.getByLabel("Separador").first().inputValue()).toContain("Punto y coma");
    expect(await table("Columnas").getByLabel("Apellidos", { exact: true }).first().inputValue()).toBe("Apellidos");
    await picture(page, "import-preview");
    expect(await violations(page)).toEqual([]);
    await chooseField("Curso", "Notas");
    await settled(page);
    await button("Importar 3 filas").waitFor();
    expect(await total("bego@example.net")).toBe(0);
    expect((await api.importApi.list()).items).toEqual([]);

    expect(await finish("3 filas")).toMatch(/Se han importado 3 oportunidades[\s\S]*2 filas no se han importado/);
    expect(await found("bego@example.net")).toMatchObject({
      notes: "Inglés",
      contact: { name: "Begoña Ibáñez Peña", phone: "600801001" },
    });
    expect((await found("pia@example.net"))?.contact.phone).toBeNull();
    const skipped = await rowsOf("No importadas (2)");
    expect(skipped.map((row) => Number.parseInt(row, 10))).toEqual([5, 7]);
    expect(skipped[0]).toContain("alan@example.net");
    const saved = page.waitForEvent("download");
    await button("Guardar en CSV").click();
    const csv = readFileSync(await (await saved).path(), "utf8");
    expect(csv).toMatch(/^\uFEFFNombre;Apellidos;[\s\S]*alan@example\.net/);
    await picture(page, "import-done");
    expect(await violations(page)).toEqual([]);

    await page.getByRole("link", { name: "Ver lo importado" }).click();
    await page.waitForURL(/\/opportunities\?import_id=/);
    const imported = table("Oportunidades").locator("tbody tr");
    await expect.poll(() => imported.count()).toBe(3);
    expect((await imported.allTextContents()).join()).toMatch(/Begoña Ibáñez Peña/);
    await button("De una importación: quitar").click();
    await expect.poll(() => imported.count()).toBeGreaterThan(3);
    await page.goBack();
    await page.getByRole("link", { name: "Ver lo importado" }).waitFor();
    await page.getByText("Creadas (3)", { exact: true }).click();
    await table("Creadas (3)").getByRole("link").first().waitFor();
    expect(await rowsOf("Creadas (3)")).toHaveLength(3);

    // What somebody works with stays.
    const kurt = await found("kurt@example.net");
    await api.opportunityApi.update(kurt?.id ?? "", { priority: "urgent" });
    const undo = button("Deshacer la importación");
    await undo.click();
    await page.getByText("Se eliminan las 3 oportunidades que creó esta importación").waitFor();
    await picture(page, "import-undo");
    expect(await violations(page)).toEqual([]);
    await button("Eliminar lo que creó").click();
    await page.getByText("Se ha eliminado lo que habían creado 2 filas").waitFor();
    await table("Se quedan (1)").waitFor();
    const kept = await rowsOf("Se quedan (1)");
    expect(kept).toHaveLength(1);
    expect(kept[0]).toContain("kurt@example.net");
    expect(await undo.count()).toBe(0);
    expect([await total("bego@example.net"), await total("kurt@example.net")]).toEqual([0, 1]);

    await page.getByRole("link", { name: "Volver a las importaciones" }).click();
    await expect.poll(async () => (await rowsOf("Importaciones anteriores"))[0] ?? "").toMatch(/leads\.csv.*Deshecha/);
    await page.goto("/operations");
    await settled(page);
    const operations = (await rowsOf("Operaciones")).filter((row) => row.includes("leads.csv"));
    expect(operations).toHaveLength(2);
    expect(operations[1]).toMatch(/Importación.*32Deshecha$/);
    await page.goto("/audit?q=import");
    await page.locator("tbody").getByText("Importación iniciada").waitFor();
    await page.locator("tbody").getByRole("link", { name: "Importación" }).last().click();
    await page.getByRole("heading", { level: 1, name: "leads.csv" }).waitFor();
  });

  it("that is in already changes nothing, all or nothing", async () => {
    const rows = ["Nombre;Correo;Teléfono", "Ada Byron;ada@example.net;600802001"];
    await choose("again.csv", windows(rows));
    await finish("1 fila");
    await page.goto("/import");
    await choose("again.csv", windows([...rows, "Eva;no es;600802002"]));
    await page.getByText("1 nueva · 0 completadas · 1 sin cambios · 0 omitidas").waitFor();
    await page.getByRole("switch", { name: "Todo o nada" }).click();
    await page.getByText("Con «Todo o nada» este archivo no se importaría").waitFor();
    expect(await button(/^Importar \d/).isDisabled()).toBe(true);
    expect(await total("ada@example.net")).toBe(1);
  });

  it("does not bring back who was erased, unless asked", async () => {
    const file = windows(["Nombre;Correo", "Nora Vidal;nora@example.net"]);
    await choose("erased.csv", file);
    await finish("1 fila");
    await api.contactApi.erase((await found("nora@example.net"))?.contact.id ?? "", "Lo ha pedido");
    await page.goto("/import");
    await choose("erased.csv", file);
    await page.getByText("0 nuevas · 0 completadas · 0 sin cambios · 1 omitida").waitFor();
    expect((await rowsOf("Filas que conviene mirar"))[0]).not.toContain("Nora");
    await page.getByRole("switch", { name: "Importar también a personas borradas" }).click();
    await finish("1 fila");
    expect((await found("nora@example.net"))?.contact.name).toBe("Nora Vidal");
  });
});

describe("a file that leaves a choice", () => {
  it("asks for the order of its dates", async () => {
    const rows = ["Nombre;Correo;Fecha de alta", "Ida;ida@example.net;05/06/2026", "Lía;lia@example.net;07/08/2026"];
    await choose("dates.csv", windows(rows));
    const question = page.getByRole("group", { name: "¿Qué va primero en las fechas de este archivo" });
    await question.waitFor();
    expect(await alert().count()).toBe(0);
    expect(await question.textContent()).toContain("05/06/2026");
    await picture(page, "import-dates");
    expect(await violations(page)).toEqual([]);
    await question.getByRole("button", { name: "Mes/día/año" }).click();
    await finish("2 filas");
    expect((await found("ida@example.net"))?.detected_at).toMatch(/^2026-05-0[56]/);
  });

  it("asks for the columns", async () => {
    await choose("columns.csv", windows(["quién;dónde", "Olga Ruiz;olga@example.net"]));
    await page.getByText("Indique qué columna es").waitFor();
    expect((await rowsOf("Columnas")).join()).not.toContain("vacía");
    await chooseField("dónde", "Correo electrónico");
    await button("Importar 1 fila").waitFor();
    await chooseField("quién", "Nombre completo");
    await settled(page);
    await finish("1 fila");
    expect((await found("olga@example.net"))?.contact.name).toBe("Olga Ruiz");
  });

  it("is read anew in another encoding", async () => {
    await choose(
      "mac.csv",
      Buffer.from([...Buffer.from("Nombre;Correo\rI"), 0x96, ...Buffer.from("igo;i@example.net\r")]),
    );
    await page.getByText("mac.csv: una fila").waitFor();
    await page.getByLabel("Codificación").first().click();
    await page.getByRole("option", { name: "Windows-1252", exact: true }).click();
    await table("Columnas").getByText("I–igo").waitFor();
    await page.getByLabel("Codificación").first().click();
    await page.getByRole("option", { name: "MacRoman", exact: true }).click();
    await table("Columnas").getByText("Iñigo").waitFor();
  });
});

describe("times without a zone", () => {
  it("are those of the reader's own, and the page says so", async () => {
    await start({ timezoneId: "America/Bogota" });
    await choose("times.csv", windows(["Nombre;Correo;Fecha", "Zoe Paz;zoe@example.net;2026-05-14 10:00"]));
    await page.getByText("Las horas sin zona se leen en la de este navegador: America/Bogota.").waitFor();
    await finish("1 fila");
    expect((await found("zoe@example.net"))?.detected_at).toBe("2026-05-14T15:00:00Z");
    await page.getByText("America/Bogota").waitFor();
  });
});

describe("other ways in", () => {
  it("takes a workbook", async () => {
    await page.locator("input[type=file]").setInputFiles(BOOK);
    await table("Columnas").getByText("lola@example.org").waitFor();
    await finish("2 filas");
    expect((await found("lola@example.org"))?.contact.phone).toContain("34611222333");
  });

  it("takes a file that is dropped beside the zone", async () => {
    const data = await page.evaluateHandle(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(["Nombre;Correo\nUrsula;ursula@example.net\n"], "dropped.csv", { type: "text/csv" }));
      return transfer;
    });
    await page.locator("h1").dispatchEvent("dragover", { dataTransfer: data });
    await page.locator(".drop-zone[data-over]").waitFor();
    await page.locator("h1").dispatchEvent("drop", { dataTransfer: data });
    await page.getByText("dropped.csv: una fila").waitFor();
    expect(await page.locator(".drop-zone[data-over]").count()).toBe(0);
  });

  it("refuses what is no table, in the service's words", async () => {
    await choose("offer.csv", Buffer.from("%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n", "latin1"));
    await alert().waitFor();
    expect(await alert().textContent()).toMatch(/no es un CSV/);
    expect(await button("Reintentar").count()).toBe(0);
    await choose("good.csv", windows(["Nombre;Correo", "Vera;vera@example.net"]));
    await button("Importar 1 fila").waitFor();
    expect(await alert().count()).toBe(0);
  });

  it("understands its own sample file whole", async () => {
    const saved = page.waitForEvent("download");
    await button("Descargar un archivo de ejemplo").click();
    const download = await saved;
    expect(download.suggestedFilename()).toBe("ejemplo.csv");
    await page.locator("input[type=file]").setInputFiles(await download.path());
    await page.getByText("1 nueva · 0 completadas").waitFor();
    const fields = table("Columnas").locator("tbody input:not([type=hidden])");
    const chosen = await fields.evaluateAll((inputs) => inputs.map((input) => (input as HTMLInputElement).value));
    expect(chosen).not.toContain("Campo personalizado");
    expect(await page.getByText("Ninguna fila tiene avisos.").count()).toBe(1);
  });

  it("offers every field of the service", async () => {
    const file = new Blob(["Nombre\nAna\n"], { type: "text/csv" });
    const refused = await api.importApi.preview(file, { mapping: { Nombre: "none" } }).catch((error: unknown) => error);
    if (!(refused instanceof ApiError)) throw new Error("an unknown field was taken");
    const words: string[] = refused.message.match(/[a-z_]+/g) ?? [];
    const { FIELDS } = await import("../src/screens/imports/fields.js");
    const offered = Object.values<readonly string[]>(FIELDS).flat();
    expect(offered.length).toBeGreaterThan(40);
    expect(offered.filter((field) => !words.includes(field))).toEqual([]);
  });
});

describe("what was imported", () => {
  it("is assigned at once", async () => {
    const agents = (await api.userApi.responsibles()).filter((one) => one.role_name === "agent").slice(0, 2);
    const rows = Array.from({ length: 4 }, (_, index) => `Tea ${index};tea${index}@example.net`);
    await choose("deal.csv", windows(["Nombre;Correo", ...rows]));
    await finish("4 filas");
    await button("Repartir las 4 que están libres").click();
    const box = page.getByRole("combobox", { name: "A quién" }).or(page.getByRole("textbox", { name: "A quién" }));
    for (const { name } of agents) {
      await box.first().fill(name);
      await page.getByRole("option", { name: new RegExp(name) }).click();
    }
    await page.keyboard.press("Tab");
    await button("Asignar 4").click();
    await page.getByLabel("Resultado").waitFor();
    const holders = await Promise.all([0, 1, 2, 3].map((index) => found(`tea${index}@example.net`)));
    const counts = agents.map(({ id }) => holders.filter((one) => one?.assigned_to_id === id).length);
    expect(counts).toEqual([2, 2]);
    await expect.poll(() => button(/^Repartir la/).count()).toBe(0);
  });

  it("is offered to be dealt as far as it is free", async () => {
    const rows = ["Uma;uma@example.net;;", "Lena;lena@example.net;Perdido;", "Nora;nora2@example.net;;sí"];
    await choose("free.csv", windows(["Nombre;Correo;Estado;No contactar", ...rows]));
    await finish("3 filas");
    await button("Repartir la que está libre").click();
    await page.getByText("Uma").first().waitFor();
    await button("Asignar 1").waitFor();
    expect((await found("lena@example.net"))?.status).toBe("lost");
  });

  it("is told where a further file says otherwise, and is not linked to any more when it was undone", async () => {
    await choose("first.csv", windows(["Nombre;Apellidos;Correo;Prioridad", "Ona;Rey;ona@example.net;media"]));
    await finish("1 fila");
    await page.goto("/import");
    await choose("second.csv", windows(["Nombre;Apellidos;Correo;Prioridad", "Ona;Rey;ona@example.net;alta"]));
    await page.getByText("0 nuevas · 0 completadas · 1 sin cambios · 0 omitidas").waitFor();
    await page.getByText("Ninguna fila cambiaría nada").waitFor();
    expect(await button(/^Importar \d/).isDisabled()).toBe(true);
    expect((await rowsOf("Filas que conviene mirar"))[0]).toContain(
      "se conserva la prioridad (media); el archivo dice alta",
    );
    await choose("first.csv", windows(["Nombre;Apellidos;Correo;Prioridad", "Ona;Rey;ona@example.net;media"]));
    await page.getByText("first.csv: una fila").waitFor();
    await settled(page);
    expect(await table("Filas que conviene mirar").count()).toBe(0);
    await choose(
      "third.csv",
      windows(["Nombre;Correo;Prioridad", "Ona;ona@example.net;alta", "Pau;pau@example.net;media"]),
    );
    await finish("1 fila");
    await page.getByText("Con avisos (1)", { exact: true }).waitFor();
    await page.getByText("Creadas (1)", { exact: true }).click();
    await table("Creadas (1)").getByRole("link").first().waitFor();
    await button("Deshacer la importación").click();
    await button("Eliminar lo que creó").click();
    await page.getByText("Importación deshecha").waitFor();
    await page.getByText("Creadas (1)", { exact: true }).click();
    await table("Creadas (1)").getByText("Eliminada").waitFor();
    expect(await table("Creadas (1)").getByRole("link").count()).toBe(0);
    await picture(page, "import-undone");
    expect(await violations(page)).toEqual([]);
  });

  it("goes on while the page is reloaded", async () => {
    const rows = Array.from({ length: 12_000 }, (_, index) => `Uno ${index};uno${index}@example.net`);
    await choose("large.csv", windows(["Nombre;Correo", ...rows]));
    await button("Importar 12.000 filas").waitFor();
    await program.slowed(async () => {
      await button("Importar 12.000 filas").click();
      await page.waitForURL(/\/import\/[0-9a-f-]+$/);
      await page.getByRole("progressbar", { name: "Progreso de la importación" }).waitFor();
      await page.reload();
      await page.getByRole("heading", { level: 1, name: "large.csv" }).waitFor();
    });
    await page.getByText("Se han importado 12.000 oportunidades").waitFor();
    await page.goto("/operations");
    await settled(page);
    expect((await rowsOf("Operaciones")).filter((row) => row.includes("large.csv"))).toHaveLength(1);
  });
});

describe("a phone in the dark", () => {
  it("shows all of it without overflow, in English", async () => {
    await start({ width: 360, height: 780, dark: true, locale: "en-GB" });
    await choose("leads.csv", EXCEL);
    await page.getByText("leads.csv: 5 rows").waitFor();
    const narrow = async (name: string): Promise<void> => {
      await settled(page);
      await picture(page, name);
      expect(await violations(page), name).toEqual([]);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(over, name).toBeLessThanOrEqual(0);
    };
    await narrow("phone-import-preview");
    await button(/^Import \d/).click();
    await alert().waitFor();
    await narrow("phone-import-done");
    await page.goto("/import");
    await table("Previous imports").locator("tbody tr").first().waitFor();
    await narrow("phone-import");
  });
});
