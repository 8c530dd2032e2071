import { useQuery } from "@tanstack/react-query";
import { opportunityQuery } from "./opportunity-query";

/** Whom an opportunity is about; its id until that is known, and where it is gone. */
export function NameOf({ opportunityId }: { opportunityId: string }) {
  const { data } = useQuery(opportunityQuery(opportunityId));
  return data === undefined ? <span className="mono">{opportunityId}</span> : data.contact.name;
}
