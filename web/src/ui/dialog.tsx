/** A dialog over the page: a title, a body, Escape and a press outside close it. */
import { Dialog as Base } from "@base-ui/react/dialog";
import type { ReactNode } from "react";

interface DialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly children: ReactNode;
}

export function Dialog({ open, onClose, title, children }: DialogProps) {
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="veil z-40" />
        <Base.Popup className="floating fixed top-[min(18vh,10rem)] left-1/2 z-50 w-[min(28rem,calc(100vw-24px))] -translate-x-1/2 p-5">
          <Base.Title className="mb-4 text-[16px] font-semibold tracking-tight">{title}</Base.Title>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
