import type { LeadOpportunity } from "@reparto/client";
import { useCallback, useMemo, useRef, useState } from "react";
import type { Whole } from "../../assigning/outcome";

/** What is known of a selected opportunity: enough to plan with, page left or not. */
export interface Selected {
  id: string;
  name: string;
  holderId: string | null;
  holderName: string | null;
}

export function selectedOf(opportunity: LeadOpportunity): Selected {
  return {
    id: opportunity.id,
    name: opportunity.contact.name,
    holderId: opportunity.assigned_to_id,
    holderName: opportunity.assigned_to?.name ?? null,
  };
}

export interface Selection {
  items: ReadonlyMap<string, Selected>;
  /** Everything that matches the filter, where that is more than can be picked row by row; then `items` is empty. */
  whole: Whole | null;
  /** How many are selected. */
  count: number;
  /** Selects a row or takes it out; with `range`, all rows from the last one touched to this one. */
  toggle: (rows: LeadOpportunity[], index: number, range: boolean) => void;
  /** Selects all of these rows, or takes them out where all are selected. */
  togglePage: (rows: LeadOpportunity[]) => void;
  replace: (items: Iterable<Selected>) => void;
  takeWhole: (whole: Whole) => void;
  clear: () => void;
}

/** A selection that outlives its page: rows are remembered in the order in which they were picked. */
export function useSelection(): Selection {
  const [items, setItems] = useState<ReadonlyMap<string, Selected>>(new Map());
  const [whole, setWhole] = useState<Whole | null>(null);
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
    setWhole(null);
    setItems(new Map(Array.from(next, (item) => [item.id, item])));
  }, []);
  const takeWhole = useCallback((next: Whole) => {
    setItems(new Map());
    setWhole(next);
  }, []);
  const clear = useCallback(() => replace([]), [replace]);

  return useMemo(
    () => ({ items, whole, count: whole?.total ?? items.size, toggle, togglePage, replace, takeWhole, clear }),
    [items, whole, toggle, togglePage, replace, takeWhole, clear],
  );
}
