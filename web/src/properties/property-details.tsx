/** "Détails" of one property: what it was before, who set it, and a way back to each value. */
import { Popover } from "@base-ui/react/popover";
import { History } from "lucide-react";
import { useState } from "react";
import type { Property } from "../api/types";
import { useText } from "../i18n/language";
import { ChangeList } from "./change-list";

interface PropertyDetailsProps {
  readonly property: Property;
  readonly label: string;
}

export function PropertyDetails({ property, label }: PropertyDetailsProps) {
  const t = useText();
  const [open, setOpen] = useState(false);
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger
        aria-label={t("property.details", { label })}
        title={t("property.detailsShort")}
        className="property-tool touchable grid size-7.5 place-items-center rounded-field text-ink-3 hover:text-ink"
      >
        <History aria-hidden size={14} strokeWidth={1.75} />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner align="end" sideOffset={4} collisionPadding={8} className="z-50">
          <Popover.Popup className="floating max-h-[min(24rem,70dvh)] w-80 max-w-[calc(100vw-16px)] overflow-y-auto p-3">
            <Popover.Title className="mb-1 text-[13px] font-semibold">{label}</Popover.Title>
            <ChangeList properties={[property]} only={property.name} onRestored={() => setOpen(false)} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
