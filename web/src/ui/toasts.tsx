/** Short messages at the foot of the page, read out politely. Any code may send one with `toast`. */
import { Toast } from "@base-ui/react/toast";
import { useText } from "../i18n/language";

const messages = Toast.createToastManager();
const SHOWN_MS = 3_200;
const UNDO_MS = 8_000;
const UNDO_MERGE_MS = 30_000;
const UNDO = "undo";

/** Who finds their page turned into another one needs longer to see it; not on a phone, where it lies on the toolbar. */
export const undoMergeMs = () => (matchMedia("(width < 45rem)").matches ? UNDO_MS : UNDO_MERGE_MS);

/** Says `text`; with a `name`, in the place of the message of that name. */
export function toast(text: string, name = text): void {
  messages.close(name);
  messages.add({ id: name, title: text, timeout: SHOWN_MS });
}

/** Says what was done, and offers to take it back; the next one takes its place. */
export function toastUndo(text: string, label: string, undo: () => void, timeout = UNDO_MS): void {
  closeUndo();
  const onClick = () => {
    closeUndo();
    undo();
  };
  messages.add({ id: UNDO, title: text, timeout, actionProps: { children: label, onClick } });
}

/** There is nothing to take back any more. */
export function closeUndo(): void {
  messages.close(UNDO);
}

export function Toasts() {
  const t = useText();
  return (
    <Toast.Provider toastManager={messages} limit={1}>
      <Toast.Portal>
        <Toast.Viewport className="toasts" aria-label={t("app.toasts")}>
          <Shown />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function Shown() {
  return Toast.useToastManager().toasts.map((message) => (
    <Toast.Root key={message.id} toast={message} className="toast">
      <Toast.Title render={<p />} />
      <Toast.Action className="toast-action" />
    </Toast.Root>
  ));
}
