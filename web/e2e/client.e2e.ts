import { ApiError, createClient, type Job, memoryTokens, mustChangePassword } from "@reparto/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { client } from "./browser.js";
import { ADMIN, PASSWORD, Program } from "./program.js";

let program: Program;
beforeAll(async () => {
  program = await Program.start();
});
afterAll(() => program?.stop());

const UNKNOWN = "0190a6e0-7c1b-7abc-8def-0123456789ab";

describe("the client against the real program", () => {
  it("assigns 250 in one call and undoes it", async () => {
    const { opportunityApi, operationApi, userApi } = await client(program.url);
    const agent = (await userApi.responsibles()).find((one) => one.role_name === "agent");
    const ids: string[] = [];
    for await (const one of opportunityApi.all({ assigned_to: "none", status: "pending", limit: 100 })) {
      ids.push(one.id);
      if (ids.length === 249) break;
    }
    const answer = await opportunityApi.bulkAssign({
      opportunity_ids: [...ids, UNKNOWN],
      assigned_to_id: agent?.id ?? "",
    });
    expect(answer).toMatchObject({ success: true, assigned_count: 249, failed_count: 1 });
    expect(answer.errors).toEqual([
      { opportunity_id: UNKNOWN, error: "Oportunidad no encontrada", code: "opportunity_not_found" },
    ]);
    expect(answer.opportunities.map((one) => one.id)).toEqual(ids);
    expect(answer.operation_ids).toHaveLength(3);
    let undone = 0;
    for (const id of [...answer.operation_ids].reverse()) undone += (await operationApi.undo(id)).undone_count;
    expect(undone).toBe(249);
  });

  it("repeats the first answer for a repeated call", async () => {
    const { opportunityApi, userApi } = await client(program.url);
    const agent = (await userApi.responsibles()).find((one) => one.role_name === "agent");
    const { opportunities } = await opportunityApi.list({ assigned_to: "none", limit: 2 });
    const request = { opportunity_ids: opportunities.map((one) => one.id), assigned_to_id: agent?.id ?? "" };
    const first = await opportunityApi.bulkAssign(request, { idempotencyKey: "the-same" });
    const second = await opportunityApi.bulkAssign(request, { idempotencyKey: "the-same" });
    expect(second).toEqual(first);
  });

  it("passes on the service's error message", async () => {
    const { opportunityApi } = await client(program.url);
    const error = await opportunityApi.bulkAssign({ opportunity_ids: [], assigned_to_id: UNKNOWN }).catch((one) => one);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 400, code: "list_empty", message: "Lista de IDs de oportunidades vacía" });
  });

  it("refreshes an expired token once for parallel requests", async () => {
    const { authApi } = createClient({ baseUrl: program.url });
    const session = await authApi.login(ADMIN, PASSWORD);
    if (mustChangePassword(session)) throw new Error("the demo's password has to be changed");
    const tokens = memoryTokens({ ...session, access_token: "expired" });
    const { userApi } = createClient({ baseUrl: program.url, tokens });
    const answers = await Promise.all([1, 2, 3, 4].map(() => userApi.me()));
    expect(answers.map((one) => one.email)).toEqual([ADMIN, ADMIN, ADMIN, ADMIN]);
    expect(tokens.get()?.refresh_token).not.toBe(session.refresh_token);
  });

  it("runs a job, whose end is in the change feed", async () => {
    const { eventApi, jobApi, userApi } = await client(program.url);
    const agent = (await userApi.responsibles()).find((one) => one.role_name === "lawyer");
    const filter = { assigned_to: "none", status: "pending", min_score: 50 } as const;
    const request = { kind: "bulk_assign", filter, assigned_to_id: agent?.id ?? "" } as const;
    const expected = (await jobApi.preview(request)).total;
    expect(expected).toBeGreaterThan(100);
    const abort = new AbortController();
    let created: Promise<Job> | undefined;
    const onOpen = () => {
      created ??= jobApi.create(request);
    };
    let finished: unknown;
    for await (const event of eventApi.follow({ signal: abort.signal, onOpen })) {
      if (event.type !== "job.finished") continue;
      finished = event.data;
      abort.abort();
    }
    // The event may arrive before the response to the request that created the job.
    const { id } = (await created) ?? { id: "none" };
    expect(finished).toMatchObject({ job_id: id });
    const job = await jobApi.get(id);
    expect(job).toMatchObject({ status: "finished", total: expected, done: expected, failed: 0 });
  });
});
