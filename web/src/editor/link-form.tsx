/** The address of a link, asked for beside the words it will carry. */
import { Popover } from "@base-ui/react/popover";
import { posToDOMRect, type Editor } from "@tiptap/core";
import { ExternalLink, Unlink } from "lucide-react";
import { useState, type FormEvent } from "react";
import { useText } from "../i18n/language";
import { completeAddress, isSafeAddress } from "../notes/addresses";
import { Button, IconButton } from "../ui/button";
import { inputClass } from "../ui/field";

interface LinkFormProps {
  readonly editor: Editor;
  readonly open: boolean;
  readonly onClose: () => void;
}

export function LinkForm({ editor, open, onClose }: LinkFormProps) {
  const t = useText();
  // Through the editor, which puts the selection back with the focus.
  const backToWords = () => editor.commands.focus(undefined, { scrollIntoView: false });
  const anchor = {
    getBoundingClientRect: () => {
      const { from, to } = editor.state.selection;
      return posToDOMRect(editor.view, from, to);
    },
  };
  return (
    <Popover.Root
      open={open}
      onOpenChange={(next) => !next && onClose()}
      onOpenChangeComplete={(next) => !next && backToWords()}
    >
      <Popover.Portal>
        <Popover.Positioner anchor={anchor} sideOffset={8} collisionPadding={8} className="z-50">
          <Popover.Popup
            finalFocus={false}
            aria-label={t("format.link")}
            className="floating w-80 max-w-[calc(100vw-16px)] p-3"
          >
            <Fields editor={editor} onDone={onClose} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Fields({ editor, onDone }: { readonly editor: Editor; readonly onDone: () => void }) {
  const t = useText();
  const [bad, setBad] = useState(false);
  const known = String(editor.getAttributes("link").href ?? "");

  const apply = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const address = completeAddress(String(new FormData(event.currentTarget).get("address")));
    setBad(address === null);
    if (address === null) return;
    const words = editor.chain().extendMarkRange("link");
    if (editor.state.selection.empty && !known) {
      words
        .insertContent({ type: "text", text: address, marks: [{ type: "link", attrs: { href: address } }] })
        .run();
    } else words.setLink({ href: address }).run();
    onDone();
  };
  const remove = () => {
    editor.chain().extendMarkRange("link").unsetLink().run();
    onDone();
  };

  return (
    <form onSubmit={apply} noValidate className="grid gap-2">
      <label htmlFor="link-address" className="text-[13px] text-ink-2">
        {t("link.address")}
      </label>
      <input
        id="link-address"
        name="address"
        type="url"
        inputMode="url"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        defaultValue={known}
        placeholder="https://"
        autoFocus
        aria-invalid={bad}
        aria-describedby="link-bad"
        className={`${inputClass} w-full`}
      />
      <p id="link-bad" role="alert" className="text-[13px] text-bad empty:hidden">
        {bad && t("link.bad")}
      </p>
      <div className="flex items-center gap-1">
        <Button kind="primary" type="submit">
          {t("link.apply")}
        </Button>
        {known && (
          <IconButton label={t("link.remove")} onClick={remove} className="ml-auto">
            <Unlink aria-hidden size={15} strokeWidth={1.75} />
          </IconButton>
        )}
        {isSafeAddress(known) && (
          <a
            href={known}
            target="_blank"
            rel="noopener noreferrer nofollow"
            aria-label={t("link.open")}
            title={t("link.open")}
            className="touchable grid size-8 place-items-center rounded-field text-ink-2 hover:bg-sunk hover:text-ink"
          >
            <ExternalLink aria-hidden size={15} strokeWidth={1.75} />
          </a>
        )}
      </div>
    </form>
  );
}
