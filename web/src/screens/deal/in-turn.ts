import type { Share } from "../../assigning/plan";
import type { Selected } from "../opportunities/selection";

/** How many somebody is to get. */
export interface Hand {
  agentId: string;
  count: number;
}

/** Deals in turn; whoever has enough is passed over. */
export function inTurn(items: readonly Selected[], hands: readonly Hand[]): Share[] {
  const shares = hands.map<Share>(({ agentId }) => ({ agentId, items: [] }));
  let next = 0;
  while (next < items.length) {
    const before = next;
    hands.forEach(({ count }, index) => {
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
