/** A dialog with much in it: wide on a desk, the whole screen on a phone. Its head and its foot stay, the body scrolls. */
import { Dialog } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { useEffect, type ReactNode } from "react";
import { useText } from "../i18n/language";
import { IconButton } from "./button";
import { closeUndo } from "./toasts";

interface SheetProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly wide?: boolean;
  readonly children: ReactNode;
}

export function Sheet({ title, onClose, wide = false, children }: SheetProps) {
  const t = useText();
  // On a phone its foot stands where a message does.
  useEffect(closeUndo, []);
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="veil z-40" />
        <Dialog.Popup
          className={`floating fixed z-50 flex flex-col overflow-hidden max-desk:inset-0 max-desk:rounded-none! max-desk:border-0! desk:top-[min(7vh,4.5rem)] desk:left-1/2 desk:max-h-[86vh] desk:-translate-x-1/2 ${wide ? "desk:w-[min(54rem,calc(100vw-48px))]" : "desk:w-[min(34rem,calc(100vw-48px))]"}`}
        >
          <div className="flex min-h-13 flex-none items-center gap-3 border-b border-line pr-2 pl-4 desk:pl-5">
            <Dialog.Title className="min-w-0 flex-1 truncate text-[16px] font-semibold tracking-tight">
              {title}
            </Dialog.Title>
            <IconButton label={t("app.close")} onClick={onClose}>
              <X aria-hidden size={17} strokeWidth={1.75} />
            </IconButton>
          </div>
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface SheetBodyProps {
  readonly children: ReactNode;
  readonly className?: string;
  /** Nothing in it takes the focus: it does itself, or the keyboard could not scroll it. */
  readonly isText?: boolean;
}

export function SheetBody({ children, className = "", isText = false }: SheetBodyProps) {
  return (
    <div
      {...(isText && { tabIndex: 0 })}
      className={`min-h-0 flex-1 overflow-y-auto overscroll-contain px-4 py-4 desk:px-5 ${className}`}
    >
      {children}
    </div>
  );
}

export function SheetFoot({ children }: { readonly children: ReactNode }) {
  return (
    <div className="flex-none border-t border-line bg-sheet px-4 pt-3 pb-[calc(12px+env(safe-area-inset-bottom))] desk:px-5">
      {children}
    </div>
  );
}
