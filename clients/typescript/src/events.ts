import type { CallOptions, Http } from "./http.js";
import { ApiError } from "./problem.js";

/** Something that happened, as the change feed tells it. */
export interface FeedEvent {
  /** Where in the feed it stands. */
  id: string;
  type: string;
  data: unknown;
}

/** How the feed is followed. */
export interface FollowOptions extends CallOptions {
  /** Goes on after this event; without it, from now on. */
  after?: string;
  /** Told each time that the stream stands, also after it was cut off. */
  onOpen?: () => void;
}

/** Seconds before the stream is opened again after it was cut off, doubled up to the longest. */
const FIRST_PAUSE = 1;
const LONGEST_PAUSE = 30;

/** The change feed. For staff. */
export class EventApi {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /**
   * Every event from now on, until the signal says stop. A stream that is cut off is opened again where it left off;
   * a refusal (no right, or a service without a feed: 404) is thrown.
   */
  async *follow(options: FollowOptions = {}): AsyncGenerator<FeedEvent, void, void> {
    yield* stream(this.#http, "/api/crm/events", options);
  }
}

/** The events of a path, over as many streams as it takes; until whoever reads them leaves. */
export async function* stream(http: Http, path: string, options: FollowOptions): AsyncGenerator<FeedEvent, void, void> {
  let last = options.after;
  let pause = FIRST_PAUSE;
  while (!options.signal?.aborted) {
    try {
      const response = await http.send("GET", path, {
        ...(options.signal === undefined ? {} : { signal: options.signal }),
        accept: "text/event-stream",
        ...(last === undefined ? {} : { headers: { "last-event-id": last } }),
      });
      options.onOpen?.();
      for await (const event of eventsOf(response)) {
        if (event.id !== "") last = event.id;
        pause = FIRST_PAUSE;
        yield event;
      }
    } catch (error) {
      if (options.signal?.aborted) return;
      const refused = error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429;
      if (refused) throw error;
    }
    await waited(pause, options.signal);
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }
}

/** The events of one stream, as the standard of server-sent events writes them. */
async function* eventsOf(response: Response): AsyncGenerator<FeedEvent, void, void> {
  if (response.body === null) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let id = "";
  let type = "message";
  let data: string[] = [];
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + value).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "") {
          if (data.length > 0) yield { id, type, data: parsed(data.join("\n")) };
          type = "message";
          data = [];
          continue;
        }
        const colon = line.indexOf(":");
        const field = colon < 0 ? line : line.slice(0, colon);
        const content = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
        if (field === "id") id = content;
        else if (field === "event") type = content;
        else if (field === "data") data.push(content);
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function waited(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
