import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { ApiError, createClient, type FeedEvent } from "../src/index.js";

let stop: (() => void) | undefined;
afterEach(() => stop?.());

/** A service that streams what a test says, for each connection. */
async function stream(answer: (response: ServerResponse, after: string | undefined, nth: number) => void) {
  let connections = 0;
  const server = createServer((request, response) => {
    connections += 1;
    answer(response, request.headers["last-event-id"]?.toString(), connections);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return createClient({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

it("the feed is read event by event, whatever the pieces it comes in, and resumed where it was cut off", async () => {
  const seen: Array<string | undefined> = [];
  const { eventApi } = await stream((response, after, nth) => {
    seen.push(after);
    response.writeHead(200, { "content-type": "text/event-stream" });
    if (nth === 1) {
      response.write(": hello\n\nid: 7\nevent: opportunity.assigned\nda");
      setImmediate(() => {
        response.write('ta: {"items":\ndata: [1]}\n');
        setImmediate(() => response.end("\nid: 8\ndata: cut"));
      });
    } else {
      response.end('id: 8\r\nevent: operation.undone\r\ndata: {"n":2}\r\n\r\n');
    }
  });
  const abort = new AbortController();
  const events: FeedEvent[] = [];
  for await (const event of eventApi.follow({ signal: abort.signal })) {
    events.push(event);
    if (events.length === 2) abort.abort();
  }
  expect(events).toEqual([
    { id: "7", type: "opportunity.assigned", data: { items: [1] } },
    { id: "8", type: "operation.undone", data: { n: 2 } },
  ]);
  expect(seen.slice(0, 2)).toEqual([undefined, "7"]);
});

it("a service without a feed is not asked again", async () => {
  const { eventApi } = await stream((response) => response.writeHead(404).end());
  const error = await eventApi
    .follow()
    .next()
    .catch((one: unknown) => one);
  expect(error).toBeInstanceOf(ApiError);
  expect((error as ApiError).status).toBe(404);
});
