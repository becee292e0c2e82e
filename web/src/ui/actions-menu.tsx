/** The ⋯ of a thing: what can be done with it, always in sight, by pointer, finger and keyboard. */
import { Menu } from "@base-ui/react/menu";
import { Ellipsis, type LucideIcon } from "lucide-react";
import type { ReactNode, Ref } from "react";

interface ActionsMenuProps {
  readonly label: string;
  readonly children: ReactNode;
  readonly ref?: Ref<HTMLButtonElement>;
  readonly className?: string;
  readonly tabIndex?: number;
}

export function ActionsMenu({ label, children, ref, className = "", tabIndex }: ActionsMenuProps) {
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger
        ref={ref}
        aria-label={label}
        title={label}
        tabIndex={tabIndex}
        className={`touchable inline-grid size-7.5 flex-none place-items-center rounded-field text-ink-3 hover:bg-sunk hover:text-ink data-popup-open:bg-sunk data-popup-open:text-ink ${className}`}
      >
        <Ellipsis aria-hidden size={17} strokeWidth={1.9} />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner align="end" sideOffset={4} collisionPadding={8} className="z-50">
          <Menu.Popup className="floating min-w-44 p-1">{children}</Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

interface ActionProps {
  readonly icon: LucideIcon;
  readonly onRun: () => void;
  readonly children: ReactNode;
}

export function Action({ icon: Icon, onRun, children }: ActionProps) {
  return (
    <Menu.Item onClick={onRun} className="menu-item">
      <Icon aria-hidden size={15} strokeWidth={1.75} />
      {children}
    </Menu.Item>
  );
}
