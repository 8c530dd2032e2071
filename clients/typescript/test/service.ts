import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** What a request carried, as the service saw it. */
export interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  body: unknown;
}

/** An answer; `null` breaks the connection off. */
export type Answer = { status?: number; headers?: Record<string, string>; body?: unknown } | null;

/** A real HTTP service whose answers a test decides: for what the real one can hardly be brought to do on demand. */
export class Service {
  readonly seen: Seen[] = [];
  readonly #server: Server;

  private constructor(answer: (seen: Seen, nth: number) => Answer | Promise<Answer>) {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", async () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = request.headers["content-type"] === "application/json";
        const seen: Seen = {
          method: request.method ?? "",
          path: request.url ?? "",
          headers: request.headers,
          body: text === "" ? undefined : isJson ? JSON.parse(text) : text,
        };
        this.seen.push(seen);
        const given = await answer(seen, this.seen.length);
        if (given === null) {
          request.socket.destroy();
          return;
        }
        response.writeHead(given.status ?? 200, { "content-type": "application/json", ...given.headers });
        response.end(given.body === undefined ? "" : JSON.stringify(given.body));
      });
    });
  }

  static async start(answer: (seen: Seen, nth: number) => Answer | Promise<Answer>): Promise<Service> {
    const service = new Service(answer);
    await new Promise<void>((resolve) => service.#server.listen(0, "127.0.0.1", resolve));
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
