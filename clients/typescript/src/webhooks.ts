import { newKey } from "./bulk.js";
import type { CallOptions, Http } from "./http.js";
import type {
  Delivery,
  DeliveryPage,
  DeliveryQuery,
  Webhook,
  WebhookChange,
  WebhookPage,
  WebhookRequest,
} from "./model.js";

const BASE = "/api/crm/webhooks";
const at = (id: string, rest = "") => `${BASE}/${encodeURIComponent(id)}${rest}`;

/** Whom the service tells of what happens. For administrators. */
export class WebhookApi {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** The answer carries the secret, this once. */
  create(request: WebhookRequest, options: CallOptions = {}): Promise<Webhook> {
    return this.#http.json("POST", BASE, { idempotencyKey: newKey(), ...options, body: request });
  }

  list(options: CallOptions = {}): Promise<WebhookPage> {
    return this.#http.json("GET", BASE, options);
  }

  get(id: string, options: CallOptions = {}): Promise<Webhook> {
    return this.#http.json("GET", at(id), options);
  }

  update(id: string, change: WebhookChange, options: CallOptions = {}): Promise<Webhook> {
    return this.#http.json("PATCH", at(id), { ...options, body: change });
  }

  remove(id: string, options: CallOptions = {}): Promise<void> {
    return this.#http.json("DELETE", at(id), options);
  }

  deliveries(id: string, query: DeliveryQuery = {}, options: CallOptions = {}): Promise<DeliveryPage> {
    return this.#http.json("GET", at(id, "/deliveries"), { ...options, query });
  }

  /** Sends a message that tells of nothing, `webhook.test`; what the receiver answered stands in the delivery soon. */
  test(id: string, options: CallOptions = {}): Promise<Delivery> {
    return this.#http.json("POST", at(id, "/test"), { idempotencyKey: newKey(), ...options });
  }

  resend(id: string, delivery: string, options: CallOptions = {}): Promise<Delivery> {
    const path = at(id, `/deliveries/${encodeURIComponent(delivery)}/resend`);
    return this.#http.json("POST", path, { idempotencyKey: newKey(), ...options });
  }
}
