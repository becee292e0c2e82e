/** Short messages at the foot of the page, read out politely. Any code may send one with `toast`. */
import { Toast } from "@base-ui/react/toast";
import { useText } from "../i18n/language";

const messages = Toast.createToastManager();
const SHOWN_MS = 3_200;

/** Says `text`; with a `name`, in the place of the message of that name. */
export function toast(text: string, name = text): void {
  messages.close(name);
  messages.add({ id: name, title: text, timeout: SHOWN_MS });
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
    </Toast.Root>
  ));
}
