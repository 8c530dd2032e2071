import { afterEach, describe, expect, it } from "vitest";
import { createClient } from "../src/index.js";
import { Service } from "./service.js";

let service: Service | undefined;
afterEach(() => service?.stop());

const FILE = new Blob(["Nombre;Móvil\r\nLucía;600111222\r\n"], { type: "text/csv" });

/** What the service saw of a call. */
async function sent(call: (api: ReturnType<typeof createClient>) => Promise<unknown>) {
  service = await Service.start((_, nth) => (nth === 1 ? { status: 503, body: {} } : { body: { id: "i" } }));
  await call(createClient({ baseUrl: service.url })).catch(() => undefined);
  return service.seen;
}

describe("an import", () => {
  it("sends the file as it is, again with one key", async () => {
    const seen = await sent(({ importApi }) => importApi.create(FILE, { name: "Feria", mapping: { Móvil: "phone" } }));
    expect(seen.map(({ body, headers }) => [body, headers["content-type"]])).toEqual(
      Array.from({ length: 2 }, () => ["Nombre;Móvil\r\nLucía;600111222\r\n", "text/csv"]),
    );
    const [first, second] = seen.map(({ headers }) => headers["idempotency-key"]);
    expect(first).toBe(second);
    const { searchParams } = new URL(seen[0]?.path ?? "", "http://localhost");
    expect(Object.fromEntries(searchParams)).toEqual({ name: "Feria", mapping: '{"Móvil":"phone"}' });
  });

  it("is only tried where it is previewed", async () => {
    const [seen] = await sent(({ importApi }) => importApi.preview(new Blob(["PK"]), { mapping: {}, strict: true }));
    expect(seen?.path).toBe("/api/crm/imports?strict=true&dry_run=true");
    expect(seen?.headers["content-type"]).toBe("application/octet-stream");
    expect(seen?.headers["idempotency-key"]).toBeUndefined();
  });
});
