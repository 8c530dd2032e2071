import { useEffect } from "react";

/** The name of the product, the same in every language. */
export const PRODUCT = "Reparto";

/** Sets the title of the browser's window or tab. */
export function useDocumentTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · ${PRODUCT}`;
  }, [title]);
}
