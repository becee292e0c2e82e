/** The dialogs of merging and of taking back, over any page. Their code comes when the first of them is asked for. */
import { lazy, Suspense } from "react";
import { useStore } from "../app/store";
import { mergeAsked, undoAsked } from "./merge-asked";

const MergeDialog = lazy(() =>
  import("./merge-dialog").then(({ MergeDialog: dialog }) => ({ default: dialog })),
);
const UndoDialog = lazy(() =>
  import("./undo-dialog").then(({ UndoDialog: dialog }) => ({ default: dialog })),
);

export function MergeHost() {
  const asked = useStore(mergeAsked);
  const undoing = useStore(undoAsked);
  return (
    <Suspense>
      {asked && <MergeDialog asked={asked} onClose={() => mergeAsked.set(null)} />}
      {undoing && <UndoDialog merge={undoing} onClose={() => undoAsked.set(null)} />}
    </Suspense>
  );
}
