import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { client, launch, open, picture, settled, signIn, violations } from "./browser.js";
import { Program } from "./program.js";

let browser: Browser;
let program: Program;
beforeAll(async () => {
  [browser, program] = await Promise.all([launch(), Program.start({ env: { REPARTO_WEBHOOK_ALLOW_PRIVATE: "true" } })]);
});
afterAll(async () => {
  await browser?.close();
  await program?.stop();
});

/** Nothing listens there: deliveries fail at once and are retried. */
const HOOK = "http://127.0.0.1:9/hooks/reparto";

const SCREENS = {
  opportunities: "/opportunities",
  deal: "/deal",
  agents: "/agents",
  operations: "/operations",
  jobs: "/jobs",
  webhooks: "/webhooks",
  users: "/users",
  audit: "/audit",
  import: "/import",
  mine: "/mine",
} as const;

describe.each([
  { name: "light", dark: false, locale: "es-ES", assign: "Asignar", status: "Cambiar estado", to: "A quién" },
  { name: "dark", dark: true, locale: "en-GB", assign: "Assign", status: "Change status", to: "Assign to" },
])("every screen, $name", ({ name, dark, locale, assign, status, to }) => {
  it("has no serious accessibility violation", async () => {
    const { page, context, errors } = await open(browser, program.url, { dark, locale });
    await page.goto("/");
    await page.locator("form").waitFor();
    expect(await violations(page)).toEqual([]);
    await picture(page, `sign-in-${name}`);
    await signIn(page);
    const api = await client(program.url);
    const { opportunities } = await api.opportunityApi.list({ limit: 1, assigned_to: "none", status: "pending" });
    const [agent] = await api.userApi.responsibles();
    const one = opportunities[0];
    if (one === undefined || agent === undefined) throw new Error("the demo data lack something");
    const { operation_ids } = await api.opportunityApi.bulkAssign({
      opportunity_ids: [one.id],
      assigned_to_id: agent.id,
      notes: "Llamar por la mañana",
    });
    const webhook = await api.webhookApi.create({ url: HOOK, events: ["job.finished"] });
    const job = await api.jobApi.create({
      kind: "bulk_unassign",
      opportunity_ids: [one.id, "00000000-0000-4000-8000-000000000000"],
    });
    for await (const progress of api.jobApi.follow(job.id)) void progress;
    const more = {
      opportunity: `/opportunities/${one.id}`,
      operation: `/operations/${operation_ids[0]}`,
      job: `/jobs/${job.id}`,
      webhook: `/webhooks/${webhook.id}`,
    };
    for (const [screen, path] of Object.entries({ ...SCREENS, ...more })) {
      await page.goto(path);
      await settled(page);
      await picture(page, `${screen}-${name}`);
      expect(await violations(page), screen).toEqual([]);
    }
    await page.goto("/webhooks");
    await page.getByRole("table").getByRole("button", { name: /^Edit/ }).first().click();
    await page.getByRole("dialog").waitFor();
    await picture(page, `webhook-edit-${name}`);
    expect(await violations(page), "a webhook").toEqual([]);
    await page.goto("/opportunities?assigned_to=none&status=pending&sort_by=opportunity_score");
    await settled(page);
    await page.locator("thead .check").click();
    await page.getByRole("button", { name: status, exact: true }).click();
    await page.getByRole("dialog").waitFor();
    await picture(page, `status-${name}`);
    expect(await violations(page), "a change of status").toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await page.getByRole("button", { name: assign, exact: true }).click();
    const box = page
      .getByRole("combobox", { name: to })
      .or(page.getByRole("textbox", { name: to }))
      .first();
    for (const person of ["Ana", "Carmen", "Laura"]) {
      await box.fill(person);
      await page.getByRole("option", { name: new RegExp(person) }).click();
    }
    await settled(page);
    await picture(page, `assign-open-${name}`);
    expect(await violations(page), "the picker").toEqual([]);
    await page.keyboard.press("Tab");
    await page.locator(".preview").waitFor();
    await picture(page, `assign-${name}`);
    expect(await violations(page), "the drawer").toEqual([]);
    expect(errors).toEqual([]);
    await context.close();
  });
});
