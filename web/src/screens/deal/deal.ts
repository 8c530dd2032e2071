import { ApiError, type OpportunityQuery, type Priority } from "@reparto/client";
import { addDone, emptyOutcome, type Outcome } from "../../assigning/outcome";
import { type AgentCount, dealInTurn } from "../../assigning/plan";
import { runAssign } from "../../assigning/run";
import { compact } from "../../lib/search-params";
import { filterOf } from "../../resources/opportunities/search";
import { type Selected, selectedOf } from "../../resources/opportunities/selection";
import { api } from "../../service/api";

export type DealMode = "score" | "random";

export interface DealFilter {
  min_score?: number | undefined;
  max_score?: number | undefined;
  priority?: Priority | undefined;
  /** First and last day of detection, as `2026-02-28` in the reader's time zone. */
  from?: string | undefined;
  to?: string | undefined;
}

/** The query for opportunities that are available: not those of people who do not want to be contacted. */
export function freeQuery(filter: DealFilter): OpportunityQuery {
  return { ...filterOf(compact(filter)), assigned_to: "none", status: "pending" as const, do_not_contact: false };
}

export function deal(counts: AgentCount[], mode: DealMode, filter: DealFilter): Promise<Outcome> {
  return mode === "random" ? dealAtRandom(counts, filter) : dealByScore(counts, filter);
}

/** Deals the best ones in turn until each agent has their number. */
export async function dealByScore(counts: AgentCount[], filter: DealFilter): Promise<Outcome> {
  const total = counts.reduce((sum, one) => sum + one.count, 0);
  const query = { ...freeQuery(filter), sort_by: "opportunity_score", sort_order: "desc" } as const;
  const best: Selected[] = [];
  for await (const opportunity of api.opportunityApi.all({ ...query, limit: Math.min(total, 1000) })) {
    best.push(selectedOf(opportunity));
    if (best.length >= total) break;
  }
  return runAssign(dealInTurn(best, counts), { onlyIfUnchanged: true });
}

/** The most opportunities that one request may assign at random. */
const RANDOM_MAX = 100;

async function dealAtRandom(counts: AgentCount[], filter: DealFilter): Promise<Outcome> {
  const outcome = emptyOutcome("assign");
  for (const { agentId, count } of counts) {
    let left = count;
    while (left > 0) {
      const wanted = Math.min(left, RANDOM_MAX);
      try {
        const answer = await api.opportunityApi.assignRandom({
          assigned_to_id: agentId,
          count: wanted,
          filters: filterOf(compact(filter)),
        });
        addDone(outcome, agentId, answer.assigned_count);
        if (answer.operation_id !== null) outcome.steps.push({ operation: answer.operation_id });
        if (answer.assigned_count < wanted) return outcome;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        outcome.stopped = error;
        return outcome;
      }
      left -= wanted;
    }
  }
  return outcome;
}
