/** The title of the page, which a screen reader says first. */
import { useEffect } from "react";

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === "Carnet" ? title : `${title} · Carnet`;
  }, [title]);
}
