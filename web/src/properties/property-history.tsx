/** The way to the history of all properties of a contact, in a dialog. */
import { useState } from "react";
import type { Property } from "../api/types";
import { useText } from "../i18n/language";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { ChangeList } from "./change-list";

export function AllHistory({ properties }: { readonly properties: readonly Property[] }) {
  const t = useText();
  const [open, setOpen] = useState(false);
  const close = () => setOpen(false);
  return (
    <>
      <button
        type="button"
        onClick={() => setOpen(true)}
        className="touchable rounded-sm text-accent hover:underline"
      >
        {t("history.show")}
      </button>
      <Dialog open={open} onClose={close} title={t("history.title")}>
        <div className="-mx-2 max-h-[60dvh] overflow-y-auto px-2">
          <ChangeList properties={properties} only={null} onRestored={close} />
          <Button className="mt-3" onClick={close}>
            {t("history.close")}
          </Button>
        </div>
      </Dialog>
    </>
  );
}
