import type { Selected } from "../resources/opportunities/selection";

/** The opportunities that one agent is to get. */
export interface Share {
  agentId: string;
  items: Selected[];
}

/** How many opportunities an agent is to get. */
export interface AgentCount {
  agentId: string;
  count: number;
}

/** Deals a list in turn, so that all agents get equally many and equally good ones. */
export function dealEvenly(items: readonly Selected[], agentIds: readonly string[]): Share[] {
  const shares = agentIds.map<Share>((agentId) => ({ agentId, items: [] }));
  if (shares.length === 0) return [];
  for (const [index, item] of items.entries()) shares[index % shares.length]?.items.push(item);
  return shares;
}

/** Deals a list in turn, passing over agents who have their number. */
export function dealInTurn(items: readonly Selected[], counts: readonly AgentCount[]): Share[] {
  const shares = counts.map<Share>(({ agentId }) => ({ agentId, items: [] }));
  let next = 0;
  while (next < items.length) {
    const before = next;
    counts.forEach(({ count }, index) => {
      const share = shares[index];
      const item = items[next];
      if (share !== undefined && item !== undefined && share.items.length < count) {
        share.items.push(item);
        next += 1;
      }
    });
    if (next === before) break;
  }
  return shares.filter((share) => share.items.length > 0);
}

/** How many opportunities would be taken from their present holder. */
export interface Taken {
  id: string;
  name: string;
  count: number;
}

/** How many opportunities would be taken from whom, most first; those already with their new holder do not count. */
export function takenFrom(shares: ReadonlyArray<{ agentId: string; items: readonly Selected[] }>): Taken[] {
  const taken = new Map<string, Taken>();
  for (const { agentId, items } of shares) {
    for (const { holderId, holderName } of items) {
      if (holderId === null || holderId === agentId) continue;
      const entry = taken.get(holderId) ?? { id: holderId, name: holderName ?? holderId, count: 0 };
      entry.count += 1;
      taken.set(holderId, entry);
    }
  }
  return [...taken.values()].sort((one, other) => other.count - one.count);
}

/** Groups opportunities by present holder: one request can expect only one. */
export function byHolder(items: readonly Selected[]): Map<string | null, Selected[]> {
  const parts = new Map<string | null, Selected[]>();
  for (const item of items) {
    const part = parts.get(item.holderId);
    if (part === undefined) parts.set(item.holderId, [item]);
    else part.push(item);
  }
  return parts;
}
