import { useQuery } from "@tanstack/react-query";
import { opportunityQuery } from "./query";

/** The name of an opportunity's contact; the opportunity's id while it loads and when it does not exist any more. */
export function NameOf({ opportunityId }: { opportunityId: string }) {
  const { data } = useQuery(opportunityQuery(opportunityId));
  return data === undefined ? <span className="mono">{opportunityId}</span> : data.contact.name;
}
