import { ApiError, type OpportunityQuery, type Priority } from "@reparto/client";
import { api } from "../../app/api";
import { begin, given, type Outcome } from "../../assigning/outcome";
import { runAssign } from "../../assigning/run";
import { compact } from "../../common/search-params";
import { filterOf } from "../opportunities/search";
import { type Selected, selectedOf } from "../opportunities/selection";
import { type Hand, inTurn } from "./in-turn";

export type DealMode = "score" | "random";

export interface DealFilter {
  min_score?: number | undefined;
  max_score?: number | undefined;
  priority?: Priority | undefined;
  /** Days of detection, the reader's own calendar days. */
  from?: string | undefined;
  to?: string | undefined;
}

/** What is free to be dealt out. */
export function freeQuery(filter: DealFilter): OpportunityQuery {
  return { ...filterOf(compact(filter)), assigned_to: "none", status: "pending" as const };
}

export function deal(hands: Hand[], mode: DealMode, filter: DealFilter): Promise<Outcome> {
  return mode === "random" ? dealAtRandom(hands, filter) : dealByScore(hands, filter);
}

/** The best ones, one by one in turn, until each has as many as wanted. */
export async function dealByScore(hands: Hand[], filter: DealFilter): Promise<Outcome> {
  const total = hands.reduce((sum, hand) => sum + hand.count, 0);
  const query = { ...freeQuery(filter), sort_by: "opportunity_score", sort_order: "desc" } as const;
  const best: Selected[] = [];
  for await (const opportunity of api.opportunityApi.all({ ...query, limit: Math.min(total, 1000) })) {
    best.push(selectedOf(opportunity));
    if (best.length >= total) break;
  }
  return runAssign(inTurn(best, hands), { onlyIfUnchanged: true });
}

/** The most that one request for a random pick may ask for. */
const RANDOM_MAX = 100;

async function dealAtRandom(hands: Hand[], filter: DealFilter): Promise<Outcome> {
  const outcome = begin("assign");
  for (const { agentId, count } of hands) {
    let left = count;
    while (left > 0) {
      const wanted = Math.min(left, RANDOM_MAX);
      try {
        const answer = await api.opportunityApi.assignRandom({
          assigned_to_id: agentId,
          count: wanted,
          filters: filterOf(compact(filter)),
        });
        given(outcome, agentId, answer.assigned_count);
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
