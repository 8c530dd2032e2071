import type { Selected } from "../screens/opportunities/selection";

/** One agent's share. */
export interface Share {
  agentId: string;
  items: Selected[];
}

/** Deals a list out card by card, so that each agent gets as many and as good ones as the others. */
export function dealEvenly(items: readonly Selected[], agentIds: readonly string[]): Share[] {
  const shares = agentIds.map<Share>((agentId) => ({ agentId, items: [] }));
  if (shares.length === 0) return [];
  for (const [index, item] of items.entries()) shares[index % shares.length]?.items.push(item);
  return shares;
}

/** How many would be taken from somebody. */
export interface Taken {
  id: string;
  name: string;
  count: number;
}

/** How many would be taken from whom; not counted is what its new holder has already. */
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

/** The parts of a share by present holder: one request can expect one holder. */
export function byHolder(items: readonly Selected[]): Map<string | null, Selected[]> {
  const parts = new Map<string | null, Selected[]>();
  for (const item of items) {
    const part = parts.get(item.holderId);
    if (part === undefined) parts.set(item.holderId, [item]);
    else part.push(item);
  }
  return parts;
}
