import { type BulkCallOptions, inParts, newKey } from "./bulk.js";
import type { CallOptions, Http } from "./http.js";
import type {
  AssignRandomRequest,
  BulkAssignment,
  BulkAssignRequest,
  BulkUnassignment,
  BulkUnassignRequest,
  FirstCallAttempt,
  History,
  HistoryQuery,
  LeadOpportunity,
  OpportunityChange,
  OpportunityCreate,
  OpportunityPage,
  OpportunityQuery,
  RandomAssignment,
} from "./model.js";

const BASE = "/api/crm/opportunities";
const at = (id: string, rest = "") => `${BASE}/${encodeURIComponent(id)}${rest}`;

/** Opportunities (leads), and who holds them. */
export class OpportunityApi {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** One page of those that the caller may see. */
  list(query: OpportunityQuery = {}, options: CallOptions = {}): Promise<OpportunityPage> {
    return this.#http.json("GET", BASE, { ...options, query });
  }

  /** All that match, page after page, without missing or repeating one while others are added. */
  async *all(query: OpportunityQuery = {}, options: CallOptions = {}): AsyncGenerator<LeadOpportunity, void, void> {
    let page = await this.list({ limit: 1000, ...query }, options);
    while (true) {
      yield* page.opportunities;
      if (page.next_cursor === null || page.opportunities.length === 0) return;
      page = await this.list({ limit: 1000, ...query, page: undefined, cursor: page.next_cursor }, options);
    }
  }

  get(id: string, options: CallOptions = {}): Promise<LeadOpportunity> {
    return this.#http.json("GET", at(id), options);
  }

  create(request: OpportunityCreate, options: CallOptions = {}): Promise<LeadOpportunity> {
    return this.#http.json("POST", BASE, { idempotencyKey: newKey(), ...options, body: request });
  }

  update(id: string, change: OpportunityChange, options: CallOptions = {}): Promise<LeadOpportunity> {
    return this.#http.json("PATCH", at(id), { ...options, body: change });
  }

  remove(id: string, options: CallOptions = {}): Promise<void> {
    return this.#http.json("DELETE", at(id), options);
  }

  /**
   * Gives one opportunity to a user, or takes it away from everybody with `null`. Where the person does not want to be
   * contacted it fails with the code `do_not_contact`; {@link bulkAssign} can include these.
   */
  assign(id: string, assignedToId: string | null, options: CallOptions = {}): Promise<LeadOpportunity> {
    return this.#http.json("POST", at(id, "/assign"), {
      idempotencyKey: newKey(),
      ...options,
      body: { assigned_to_id: assignedToId },
    });
  }

  /**
   * Gives many opportunities to a user: one request, one transaction, one operation for up to the maximum (100); a
   * longer list goes in several requests, one after the other. What could not be assigned is in `errors`.
   */
  async bulkAssign(
    request: BulkAssignRequest,
    options: BulkCallOptions = {},
  ): Promise<BulkAssignment & { operation_ids: string[] }> {
    const { whole, operation_ids } = await inParts<BulkAssignment, BulkAssignRequest>(
      this.#http,
      `${BASE}/bulk-assign`,
      request,
      "assigned_count",
      options,
    );
    return { ...whole, operation_ids };
  }

  /** Takes many opportunities away from whoever holds them; see {@link bulkAssign}. */
  async bulkUnassign(
    request: BulkUnassignRequest,
    options: BulkCallOptions = {},
  ): Promise<BulkUnassignment & { operation_ids: string[] }> {
    const { whole, operation_ids } = await inParts<BulkUnassignment, BulkUnassignRequest>(
      this.#http,
      `${BASE}/bulk-unassign`,
      request,
      "unassigned_count",
      options,
    );
    return { ...whole, operation_ids };
  }

  /** Gives a user some of the free opportunities, picked at random. */
  assignRandom(request: AssignRandomRequest, options: CallOptions = {}): Promise<RandomAssignment> {
    return this.#http.json("POST", `${BASE}/assign-random`, { idempotencyKey: newKey(), ...options, body: request });
  }

  /** Records an attempt at the first call. */
  firstCallAttempt(id: string, attempt: FirstCallAttempt, options: CallOptions = {}): Promise<LeadOpportunity> {
    return this.#http.json("POST", at(id, "/first-call-attempt"), {
      idempotencyKey: newKey(),
      ...options,
      body: attempt,
    });
  }

  /** Who held it when, newest first. */
  history(id: string, query: HistoryQuery = {}, options: CallOptions = {}): Promise<History> {
    return this.#http.json("GET", at(id, "/history"), { ...options, query });
  }
}
