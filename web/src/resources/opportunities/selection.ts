import type { LeadOpportunity, OpportunityFilter } from "@reparto/client";
import { useCallback, useMemo, useRef, useState } from "react";

/** The most opportunities that are selected one by one; above this only a filter can name them. */
export const SELECTION_MAX = 10_000;

/** A selected opportunity: what a plan needs to know of it, also after its page was left. */
export interface Selected {
  id: string;
  name: string;
  holderId: string | null;
  holderName: string | null;
  /** Whether the person does not want to be contacted. */
  doNotContact: boolean;
}

export function selectedOf(opportunity: LeadOpportunity): Selected {
  return {
    id: opportunity.id,
    name: opportunity.contact.name,
    holderId: opportunity.assigned_to_id,
    holderName: opportunity.assigned_to?.name ?? null,
    doNotContact: Boolean(opportunity.contact.do_not_contact),
  };
}

/** Everything that matches a filter, selected without reading it. */
export interface AllMatching {
  filter: OpportunityFilter;
  total: number;
}

export interface Selection {
  items: ReadonlyMap<string, Selected>;
  /** Everything that matches the filter, in place of `items`, which is then empty. */
  allMatching: AllMatching | null;
  /** How many opportunities are selected. */
  count: number;
  /** Selects or deselects a row; with `range`, selects all rows from the last toggled one to this one. */
  toggle: (rows: LeadOpportunity[], index: number, range: boolean) => void;
  /** Selects all of these rows, or deselects them if all are selected. */
  togglePage: (rows: LeadOpportunity[]) => void;
  replace: (items: Iterable<Selected>) => void;
  selectAllMatching: (allMatching: AllMatching) => void;
  clear: () => void;
}

/** A selection across pages; items stay in the order in which they were selected. */
export function useSelection(): Selection {
  const [items, setItems] = useState<ReadonlyMap<string, Selected>>(new Map());
  const [allMatching, setAllMatching] = useState<AllMatching | null>(null);
  const anchor = useRef<string | null>(null);

  const toggle = useCallback((rows: LeadOpportunity[], index: number, range: boolean) => {
    const row = rows[index];
    if (row === undefined) return;
    const from = range ? rows.findIndex((one) => one.id === anchor.current) : -1;
    anchor.current = row.id;
    setItems((before) => {
      const after = new Map(before);
      if (from >= 0) {
        const [first, last] = from < index ? [from, index] : [index, from];
        for (const one of rows.slice(first, last + 1)) after.set(one.id, selectedOf(one));
      } else if (!after.delete(row.id)) {
        after.set(row.id, selectedOf(row));
      }
      return after;
    });
  }, []);

  const togglePage = useCallback((rows: LeadOpportunity[]) => {
    setItems((before) => {
      const after = new Map(before);
      if (rows.every((row) => before.has(row.id))) for (const row of rows) after.delete(row.id);
      else for (const row of rows) after.set(row.id, selectedOf(row));
      return after;
    });
  }, []);

  const replace = useCallback((next: Iterable<Selected>) => {
    setAllMatching(null);
    setItems(new Map(Array.from(next, (item) => [item.id, item])));
  }, []);
  const selectAllMatching = useCallback((next: AllMatching) => {
    setItems(new Map());
    setAllMatching(next);
  }, []);
  const clear = useCallback(() => replace([]), [replace]);

  return useMemo(
    () => ({
      items,
      allMatching,
      count: allMatching?.total ?? items.size,
      toggle,
      togglePage,
      replace,
      selectAllMatching,
      clear,
    }),
    [items, allMatching, toggle, togglePage, replace, selectAllMatching, clear],
  );
}
