import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, it } from "vitest";
import { en } from "../src/i18n/en";
import { es } from "../src/i18n/es";
import { client, launch, open, picture, settled, signIn } from "./browser.js";
import { Program } from "./program.js";

// Takes the pictures of the user's guide into the folder that REPARTO_PICTURES names (scale them to 75 % for the guide):
// npm run guide-pictures -w web

let browser: Browser;
let receiver: Server;
let hook: string;
let answer = 204;
beforeAll(async () => {
  browser = await launch();
  receiver = createServer((request, response) => {
    request.resume();
    request.on("end", () => response.writeHead(answer).end());
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  hook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hooks/reparto`;
});
afterAll(async () => {
  await browser?.close();
  receiver?.close();
});

describe.each([
  { language: "en", locale: "en-GB", t: en },
  { language: "es", locale: "es-ES", t: es },
])("the guide in $language", ({ language, locale, t }) => {
  const save = async (page: Page, name: string): Promise<void> => {
    await settled(page);
    await picture(page, `${name}-${language}`);
  };

  it("shows the first run", async () => {
    const program = await Program.start({ empty: true });
    const { page, context } = await open(browser, program.url, { locale, width: 760, height: 700 });
    await page.goto("/");
    await save(page, "first-run");
    await context.close();
    await program.stop();
  });

  it("shows the screens", async () => {
    const program = await Program.start({ env: { REPARTO_WEBHOOK_ALLOW_PRIVATE: "true" } });
    const { page, context } = await open(browser, program.url, { locale });
    const api = await client(program.url);
    const button = (name: string) => page.getByRole("button", { name, exact: true });
    const agents = (await api.userApi.responsibles()).filter((one) => one.role_name === "agent");
    const best = { assigned_to: "none", status: "pending", sort_by: "opportunity_score", sort_order: "desc" } as const;
    await signIn(page);

    await page.goto("/account");
    await page.getByRole("listitem").first().waitFor();
    await save(page, "account");

    await page.goto("/opportunities?assigned_to=none&status=pending&sort_by=opportunity_score");
    await save(page, "opportunities");
    await page.locator("thead .check").click();
    await button(t.opportunities.bar.assign).click();
    const box = page
      .getByRole("combobox", { name: t.assign.to })
      .or(page.getByRole("textbox", { name: t.assign.to }))
      .first();
    for (const { name } of agents.slice(0, 3)) {
      await box.fill(name);
      await page.getByRole("option", { name: new RegExp(name) }).click();
    }
    await page.keyboard.press("Tab");
    await page.locator(".preview").waitFor();
    await save(page, "assign");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });

    // Three are selected; before they are assigned, somebody else takes one.
    await button(t.opportunities.bar.clear).click();
    for (const index of [0, 1, 2]) await page.locator("tbody input[type=checkbox]").nth(index).click();
    const link = await page.locator("tbody tr").nth(1).getByRole("link").getAttribute("href");
    await api.opportunityApi.assign(link?.split("/").pop() ?? "", agents[1]?.id ?? "");
    await button(t.opportunities.bar.assign).click();
    await box.fill(agents[0]?.name ?? "");
    await page.getByRole("option", { name: new RegExp(agents[0]?.name ?? "") }).click();
    await page.keyboard.press("Tab");
    await button(t.assign.submit.replace(/\{.*\}/, "3")).click();
    await page.getByLabel(t.result.title).waitFor();
    await save(page, "partial");

    const [one] = (await api.opportunityApi.list({ ...best, limit: 1 })).opportunities;
    if (one === undefined) throw new Error("the demo data lacks opportunities");
    await api.opportunityApi.assign(one.id, agents[0]?.id ?? "");
    await api.opportunityApi.firstCallAttempt(one.id, { attempt_number: 1, status: "orange" });
    await api.opportunityApi.firstCallAttempt(one.id, { attempt_number: 2, status: "green" });
    await page.goto(`/opportunities/${one.id}`);
    await save(page, "opportunity");

    await page.goto("/deal");
    const dealt = page
      .getByRole("combobox", { name: t.deal.agents })
      .or(page.getByRole("textbox", { name: t.deal.agents }))
      .first();
    for (const { name } of agents.slice(0, 3)) {
      await dealt.fill(name);
      await page.getByRole("option", { name: new RegExp(name) }).click();
    }
    await page.keyboard.press("Tab");
    await save(page, "deal");

    for (const [index, count] of [40, 25, 60].entries()) {
      const { opportunities } = await api.opportunityApi.list({ ...best, limit: count });
      const job = await api.jobApi.create({
        kind: "bulk_assign",
        assigned_to_id: agents[index]?.id ?? "",
        opportunity_ids: opportunities.map(({ id }) => id),
      });
      for await (const progress of api.jobApi.follow(job.id)) void progress;
    }
    await page.goto("/agents");
    await save(page, "agents");

    const { id } = await api.jobApi.create({
      kind: "set_status",
      status: "lost",
      opportunity_ids: Array.from({ length: 500_000 }, () => randomUUID()),
    });
    await program.slowed(async () => {
      await page.goto("/jobs");
      await page.getByRole("progressbar", { name: t.jobs.progress }).waitFor();
      await page.getByText(t.progress.rate.replace("{rate}", "").trim()).waitFor();
      await picture(page, `jobs-${language}`);
      await api.jobApi.cancel(id);
    });

    const rows = ["name,email,phone,score,priority", "Ada,ada@example.net,600000001,91,high", ",,,50,low"];
    await page.goto("/import");
    await page.locator("input[type=file]").setInputFiles({
      name: "leads.csv",
      mimeType: "text/csv",
      buffer: Buffer.from(
        [...rows, "Kurt,kurt@example.net,600000005,101,medium", "Alan,alan at example,,,"].join("\n"),
      ),
    });
    await page.getByRole("table", { name: t.imports.rows }).waitFor();
    await page.setViewportSize({ width: 1360, height: 1180 });
    await save(page, "import");
    await page.setViewportSize({ width: 1360, height: 860 });

    const webhook = await api.webhookApi.create({ url: hook });
    const [two, three] = (await api.opportunityApi.list({ ...best, limit: 2 })).opportunities;
    await api.opportunityApi.assign(two?.id ?? "", agents[0]?.id ?? "");
    await page.goto(`/webhooks/${webhook.id}`);
    await page.getByText(t.deliveryStatus.delivered, { exact: true }).first().waitFor();
    answer = 503;
    await api.opportunityApi.assign(three?.id ?? "", agents[1]?.id ?? "");
    await page.getByText(/503/).first().waitFor();
    await page.setViewportSize({ width: 1360, height: 560 });
    await save(page, "webhook");
    answer = 204;
    await context.close();
    await program.stop();
  });
});
