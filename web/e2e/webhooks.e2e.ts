import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { client, launch, open, picture, settled, signIn, violations } from "./browser.js";
import { Program } from "./program.js";

/** Another system that accepts messages, or does not. */
class Receiver {
  readonly received: Array<{ headers: IncomingHttpHeaders; body: string }> = [];
  answer = 204;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      let body = "";
      request.on("data", (data: Buffer) => {
        body += data.toString();
      });
      request.on("end", () => {
        this.received.push({ headers: request.headers, body });
        response.writeHead(this.answer).end();
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hooks/reparto`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

let browser: Browser;
let program: Program;
const receiver = new Receiver();
let address: string;
beforeAll(async () => {
  address = await receiver.listen();
  const env = { REPARTO_WEBHOOK_ALLOW_PRIVATE: "true" };
  [browser, program] = await Promise.all([launch(), Program.start({ env })]);
});
afterAll(async () => {
  await browser?.close();
  await program?.stop();
  receiver.close();
});

it("a webhook is created, tested, delivered to, retried and deleted", async () => {
  const api = await client(program.url);
  const { page, context, errors } = await open(browser, program.url);
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  await signIn(page);
  await page.goto("/webhooks");
  await page.getByText("Todavía no hay webhooks").waitFor();
  await picture(page, "webhooks-empty");
  expect(await violations(page)).toEqual([]);

  // Create it: the secret is shown only now.
  await button("Nuevo webhook").click();
  await page.getByLabel("Dirección").fill("ftp://example.org");
  await button("Guardar").click();
  await page.getByRole("alert").waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByLabel("Dirección").fill(address);
  await button("Guardar").click();
  await page.getByText("Guarde este secreto ahora").waitFor();
  await page.getByText(/^whsec_/).waitFor();
  await picture(page, "webhook-secret");
  expect(await violations(page)).toEqual([]);
  await button("Ya lo he guardado").click();
  await page.getByRole("table", { name: "Webhooks" }).getByText("Todos los eventos").waitFor();
  expect(await page.getByText(/^whsec_/).count()).toBe(0);
  await picture(page, "webhooks");
  expect(await violations(page)).toEqual([]);

  // Test it: accepted, then rejected.
  const hooks = page.getByRole("table", { name: "Webhooks" });
  await button(`Enviar prueba a ${address}`).click();
  await hooks.getByText("Recibido: ha respondido 204").waitFor();
  expect(JSON.parse(receiver.received.at(-1)?.body ?? "{}")).toMatchObject({ type: "webhook.test" });
  receiver.answer = 503;
  await button(`Enviar prueba a ${address}`).click();
  await hooks.getByText("No recibido: ha respondido 503").waitFor();
  await picture(page, "webhook-tested");
  expect(await violations(page)).toEqual([]);
  receiver.answer = 204;

  // Deliver an event.
  await page.getByRole("link", { name: address }).click();
  // Tests are among the deliveries, and retried until accepted.
  await expect.poll(() => page.getByRole("table", { name: "Envíos" }).getByText("Entregado").count()).toBe(2);
  await page.getByRole("table", { name: "Envíos" }).getByText("webhook.test").first().waitFor();
  const free = await api.opportunityApi.list({ assigned_to: "none", status: "pending", limit: 2 });
  const [one, two] = free.opportunities;
  const [agent] = await api.userApi.responsibles();
  if (one === undefined || two === undefined || agent === undefined) throw new Error("the demo data lack something");
  await api.opportunityApi.assign(one.id, agent.id);
  const row = page.getByRole("table", { name: "Envíos" }).locator("tbody tr").first();
  await row.getByText("Asignada").waitFor();
  await row.getByText("Entregado").waitFor();
  expect(receiver.received.at(-1)?.headers["webhook-signature"]).toMatch(/^v1,/);
  expect(JSON.parse(receiver.received.at(-1)?.body ?? "{}")).toMatchObject({ type: "opportunity.assigned" });
  await row.getByRole("button", { name: "Ver mensaje" }).click();
  await page.getByText('"opportunity.assigned"').waitFor();
  await settled(page);
  await picture(page, "deliveries");
  expect(await violations(page)).toEqual([]);

  // Reject an event, then resend it by hand.
  await row.getByRole("button", { name: "Ocultar mensaje" }).click();
  receiver.answer = 500;
  await api.opportunityApi.assign(two.id, agent.id);
  await row.getByText("En camino").waitFor();
  await row.getByText(/500/).first().waitFor();
  await picture(page, "deliveries-failing");
  expect(await violations(page)).toEqual([]);
  receiver.answer = 204;
  await row.getByRole("button", { name: "Enviar de nuevo" }).click();
  await page.getByText("Se envía de nuevo").waitFor();
  await row.getByText("Entregado").waitFor();
  await page.getByText("Fallidos", { exact: true }).click();
  await page.getByText("No hay envíos fallidos.").waitFor();
  await page.waitForURL(/status=dead/);
  expect(await violations(page)).toEqual([]);

  // Deactivate it, and delete it.
  await button("Editar").click();
  await page.getByRole("switch", { name: "Activo" }).click();
  await settled(page);
  await picture(page, "webhook-edit");
  expect(await violations(page)).toEqual([]);
  await button("Guardar").click();
  await page.getByText("Guardado").waitFor();
  expect((await api.webhookApi.list()).items[0]?.is_active).toBe(false);
  await page.goto("/webhooks");
  await page.getByText("Inactivo").waitFor();
  await button(`Editar ${address}`).click();
  await button("Eliminar el webhook").click();
  await button("Sí, eliminarlo con sus envíos").click();
  await page.getByText("Todavía no hay webhooks").waitFor();
  expect((await api.webhookApi.list()).items).toEqual([]);
  expect(errors).toEqual([]);
  await context.close();
});
