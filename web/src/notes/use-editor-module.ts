/** The editor's code, null until it has loaded. */
import { useEffect, useState } from "react";

type EditorModule = typeof import("../editor");
let here: EditorModule | null = null;

export function useEditorModule(): EditorModule | null {
  const [loaded, setLoaded] = useState(here);
  useEffect(() => {
    if (!here) void import("../editor").then((code) => setLoaded((here = code)));
  }, []);
  return loaded;
}
