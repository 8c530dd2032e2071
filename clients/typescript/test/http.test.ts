import { afterEach, describe, expect, it } from "vitest";
import { ApiError, createClient, memoryTokens, mustChangePassword } from "../src/index.js";
import { type Answer, type Seen, Service } from "./service.js";

let service: Service | undefined;
afterEach(() => service?.stop());

async function start(answer: (seen: Seen, nth: number) => Answer | Promise<Answer>): Promise<Service> {
  service = await Service.start(answer);
  return service;
}

const problem = (status: number, code: string, more: object = {}) => ({
  status,
  headers: { "content-type": "application/problem+json" },
  body: { type: "about:blank", title: "t", status, detail: `detail of ${code}`, code, request_id: "r", ...more },
});
const failure = (promise: Promise<unknown>): Promise<ApiError> =>
  promise.then(
    () => Promise.reject(new Error("it should have failed")),
    (error: unknown) => (error instanceof ApiError ? error : Promise.reject(error)),
  );

describe("the session", () => {
  it("is refreshed once for parallel requests that find their token expired", async () => {
    const { url, seen } = await start((request) => {
      if (request.path === "/api/auth/refresh") return { body: { access_token: "new", refresh_token: "r2" } };
      return request.headers.authorization === "Bearer new" ? { body: { id: "me" } } : problem(401, "token_invalid");
    });
    const tokens = memoryTokens({ access_token: "old", refresh_token: "r1" });
    const { userApi } = createClient({ baseUrl: url, tokens });
    const answers = await Promise.all(Array.from({ length: 8 }, () => userApi.me()));
    expect(answers).toHaveLength(8);
    expect(seen.filter((one) => one.path === "/api/auth/refresh")).toHaveLength(1);
    expect(tokens.get()).toEqual({ access_token: "new", refresh_token: "r2" });
  });

  it("ends, and says so once, when the refresh token is refused", async () => {
    const { url } = await start(() => problem(401, "refresh_token_invalid"));
    let ended = 0;
    const tokens = memoryTokens({ access_token: "old", refresh_token: "r1" });
    const onSessionEnd = () => {
      ended += 1;
    };
    const { userApi } = createClient({ baseUrl: url, tokens, onSessionEnd });
    const errors = await Promise.all([failure(userApi.me()), failure(userApi.me())]);
    expect(errors.map((error) => error.status)).toEqual([401, 401]);
    expect([ended, tokens.get()]).toEqual([1, null]);
  });

  it("outlives a service that is away while it is refreshed", async () => {
    const { url } = await start((request) =>
      request.path === "/api/auth/refresh" ? problem(503, "service_unavailable") : problem(401, "token_invalid"),
    );
    const tokens = memoryTokens({ access_token: "old", refresh_token: "r1" });
    const { userApi } = createClient({ baseUrl: url, tokens });
    expect((await failure(userApi.me())).status).toBe(503);
    expect(tokens.get()?.refresh_token).toBe("r1");
  });

  it("goes on for requests that a new password refuses while it is on its way", async () => {
    let changed = false;
    let answered: (() => void) | undefined;
    const waiting = new Promise<void>((resolve) => {
      answered = resolve;
    });
    const { url, seen } = await start(async ({ path, headers }) => {
      if (path === "/api/users/me/password") {
        changed = true;
        await waiting;
        return { body: { access_token: "new", refresh_token: "r2" } };
      }
      if (path === "/api/auth/refresh") return problem(401, "refresh_token_invalid");
      if (headers.authorization === "Bearer new") return { body: { id: "me" } };
      // The answer with the new pair comes after this refusal.
      setTimeout(() => answered?.(), 50);
      return changed ? problem(401, "token_invalid") : { body: { id: "me" } };
    });
    const tokens = memoryTokens({ access_token: "old", refresh_token: "r1" });
    let ended = 0;
    const onSessionEnd = () => {
      ended += 1;
    };
    const { userApi } = createClient({ baseUrl: url, tokens, onSessionEnd });
    const change = userApi.changePassword("old one", "new one");
    await expect.poll(() => changed).toBe(true);
    const [me] = await Promise.all([userApi.me(), change]);
    expect(me).toEqual({ id: "me" });
    expect([ended, tokens.get()]).toMatchObject([0, { access_token: "new", refresh_token: "r2" }]);
    expect(seen.some((one) => one.path === "/api/auth/refresh")).toBe(false);
  });

  it("is not lost to a refused refresh when another tab has put a new one in its place", async () => {
    const tokens = memoryTokens({ access_token: "old", refresh_token: "r1" });
    const { url } = await start(({ path, headers }) => {
      if (path === "/api/auth/refresh") {
        tokens.set({ access_token: "new", refresh_token: "r2" });
        return problem(401, "refresh_token_invalid");
      }
      return headers.authorization === "Bearer new" ? { body: { id: "me" } } : problem(401, "token_invalid");
    });
    const { userApi } = createClient({ baseUrl: url, tokens });
    expect(await userApi.me()).toEqual({ id: "me" });
    expect(tokens.get()?.refresh_token).toBe("r2");
  });

  it("is none where the password must be changed first", async () => {
    const { url } = await start(() => ({
      body: { access_token: "once", token_type: "bearer", expires_in: 600, must_change_password: true },
    }));
    const tokens = memoryTokens();
    const { authApi } = createClient({ baseUrl: url, tokens });
    const answer = await authApi.login("ana@example.org", "given by somebody");
    expect([mustChangePassword(answer), tokens.get()]).toEqual([true, null]);
  });

  it("is refreshed by the browser's cookie where that is asked for", async () => {
    const { url, seen } = await start(({ path, headers }) => {
      if (path === "/api/auth/refresh") return { body: { access_token: "new" } };
      if (path === "/api/auth/logout") return { body: { message: "signed out" } };
      return headers.authorization === "Bearer new" ? { body: { id: "me" } } : problem(401, "token_invalid");
    });
    const tokens = memoryTokens({ access_token: "old" });
    const { authApi, userApi } = createClient({ baseUrl: url, tokens, refreshCookie: true });
    expect(await userApi.me()).toEqual({ id: "me" });
    expect(tokens.get()).toEqual({ access_token: "new" });
    await authApi.logout();
    const auth = seen.filter(({ path }) => path.startsWith("/api/auth/"));
    expect(auth.map(({ path, body, headers }) => [path, body, headers["x-reparto-refresh"]])).toEqual([
      ["/api/auth/refresh", {}, "cookie"],
      ["/api/auth/logout", {}, "cookie"],
    ]);
  });

  it("takes the newer pair that another tab brought, without a refresh of its own", async () => {
    const tokens = memoryTokens({ access_token: "old", refresh_token: "r1" });
    const { url, seen } = await start((request) => {
      if (request.headers.authorization === "Bearer new") return { body: { id: "me" } };
      tokens.set({ access_token: "new", refresh_token: "r2" });
      return problem(401, "token_invalid");
    });
    await createClient({ baseUrl: url, tokens }).userApi.me();
    expect(seen.map((one) => one.path)).toEqual(["/api/users/me", "/api/users/me"]);
  });
});

describe("an error", () => {
  it("carries the problem body, its code and the messages of fields", async () => {
    const { url } = await start(() => problem(422, "validation_failed", { field_errors: { email: "is required" } }));
    const error = await failure(createClient({ baseUrl: url }).contactApi.create({}));
    expect([error.status, error.code, error.message]).toEqual([
      422,
      "validation_failed",
      "detail of validation_failed",
    ]);
    expect([error.field("email"), error.field("phone")]).toEqual(["is required", undefined]);
  });

  it("is an ApiError too when a proxy answers with HTML", async () => {
    const { url } = await start(() => ({ status: 502, headers: { "content-type": "text/html" } }));
    expect(await failure(createClient({ baseUrl: url }).userApi.me())).toMatchObject({
      status: 502,
      code: "http_error",
    });
  });
});

describe("a repetition", () => {
  it("waits as long as Retry-After asks and sends the same idempotency key", async () => {
    const { url, seen } = await start((_, nth) =>
      nth === 1 ? { ...problem(429, "rate_limited"), headers: { "retry-after": "1" } } : { body: bulk(["a"]) },
    );
    const began = performance.now();
    const { opportunityApi } = createClient({ baseUrl: url });
    await opportunityApi.bulkAssign({ opportunity_ids: ["a"], assigned_to_id: "u" });
    expect(performance.now() - began).toBeGreaterThanOrEqual(990);
    expect(seen).toHaveLength(2);
    expect(seen[0]?.headers["idempotency-key"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(seen[1]?.headers["idempotency-key"]).toBe(seen[0]?.headers["idempotency-key"]);
  });

  it("follows a connection that broke, where repeating is safe", async () => {
    const { url, seen } = await start((_, nth) => (nth === 1 ? null : { body: { id: "me" } }));
    await createClient({ baseUrl: url }).userApi.me();
    expect(seen).toHaveLength(2);
  });

  it("does not follow a change without an idempotency key", async () => {
    const { url, seen } = await start(() => null);
    const error = await failure(createClient({ baseUrl: url }).opportunityApi.update("1", { notes: "x" }));
    expect([error.status, error.code, seen.length]).toEqual([0, "network_error", 1]);
  });

  it("is not waited for longer than the caller allows", async () => {
    const { url, seen } = await start(() => ({ ...problem(503, "away"), headers: { "retry-after": "600" } }));
    const error = await failure(createClient({ baseUrl: url }).userApi.me());
    expect([error.retryAfter, seen.length]).toEqual([600, 1]);
  });

  it("is ended by the abort signal while it waits", async () => {
    const abort = new AbortController();
    const { url, seen } = await start(() => {
      setTimeout(() => abort.abort(), 20);
      return { ...problem(503, "away"), headers: { "retry-after": "20" } };
    });
    const error = await failure(createClient({ baseUrl: url }).userApi.me({ signal: abort.signal }));
    expect([error.code, seen.length]).toEqual(["aborted", 1]);
  });
});

describe("a list over the maximum", () => {
  const ids = Array.from({ length: 250 }, (_, n) => `id-${n}`);

  it("goes in several requests, one after the other, and comes back as one answer", async () => {
    let running = 0;
    const { url, seen } = await start(async (request, nth) => {
      running += 1;
      expect(running).toBe(1);
      const { opportunity_ids } = request.body as { opportunity_ids: string[] };
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return { body: bulk(opportunity_ids, `operation-${nth}`) };
    });
    const steps: number[] = [];
    const { opportunityApi } = createClient({ baseUrl: url });
    const request = { opportunity_ids: ids, assigned_to_id: "u" };
    const answer = await opportunityApi.bulkAssign(request, { onProgress: (done) => steps.push(done) });
    expect(answer).toMatchObject({ success: true, assigned_count: 250, failed_count: 0 });
    expect(answer.opportunities.map((one) => one.id)).toEqual(ids);
    expect(answer.operation_ids).toEqual(["operation-1", "operation-2", "operation-3"]);
    expect(steps).toEqual([100, 200, 250]);
    expect(new Set(seen.map((one) => one.headers["idempotency-key"])).size).toBe(3);
  });

  it("that is cut off half-way says what was done before", async () => {
    const { url } = await start((request, nth) =>
      nth === 2
        ? problem(403, "administrators_only")
        : { body: bulk((request.body as { opportunity_ids: string[] }).opportunity_ids) },
    );
    const { opportunityApi } = createClient({ baseUrl: url });
    const error = await failure(opportunityApi.bulkAssign({ opportunity_ids: ids, assigned_to_id: "u" }));
    expect(error.partial).toMatchObject({ whole: { assigned_count: 100 }, operation_ids: ["operation"] });
  });

  it("may neither hide a duplicate nor promise all or nothing", async () => {
    const { url, seen } = await start(() => ({ body: bulk([]) }));
    const { opportunityApi } = createClient({ baseUrl: url });
    const twice = failure(opportunityApi.bulkUnassign({ opportunity_ids: [...ids, "ID-0"] }));
    expect((await twice).code).toBe("list_has_duplicates");
    const whole = failure(opportunityApi.bulkUnassign({ opportunity_ids: ids, all_or_nothing: true }));
    expect((await whole).code).toBe("list_too_long");
    expect(seen).toHaveLength(0);
  });
});

function bulk(ids: string[], operation_id = "operation") {
  const opportunities = ids.map((id) => ({
    id,
    assigned_to_id: "u",
    status: "assigned",
    updated_at: "2026-01-01T00:00:00Z",
  }));
  return { success: true, assigned_count: ids.length, failed_count: 0, opportunities, errors: [], operation_id };
}
