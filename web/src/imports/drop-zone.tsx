/** Where an address book goes in: dropped, or chosen from the device. */
import { Upload } from "lucide-react";
import { useEffect, useRef, useState, type DragEvent } from "react";
import { useText } from "../i18n/language";
import { Button } from "../ui/button";
import { ACCEPTED, MEGABYTES_MAX } from "./address-book";

interface DropZoneProps {
  readonly busy: boolean;
  readonly onFiles: (files: readonly File[]) => void;
}

export function DropZone({ busy, onFiles }: DropZoneProps) {
  const t = useText();
  const [over, setOver] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  useNoStrayDrops();

  const drop = (event: DragEvent) => {
    setOver(false);
    if (!busy) onFiles([...event.dataTransfer.files]);
  };

  return (
    // Dropping is a shortcut; the button in it is what a keyboard reaches.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      onDragOver={() => setOver(true)}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      className={`grid justify-items-center gap-3 rounded-card border border-dashed px-6 py-9 text-center transition-colors ${over && !busy ? "border-accent bg-accent-soft" : "border-line-strong bg-sheet"}`}
    >
      <Upload aria-hidden size={22} strokeWidth={1.6} className="text-ink-3" />
      <p className="max-desk:hidden">{t("import.drop")}</p>
      <Button kind="primary" disabled={busy} onClick={() => picker.current?.click()}>
        {t("import.choose")}
      </Button>
      <input
        ref={picker}
        type="file"
        hidden
        multiple
        accept={ACCEPTED}
        aria-label={t("import.choose")}
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          // The same file chosen again is a choice too.
          event.target.value = "";
        }}
      />
      <p className="text-[13px] text-ink-3">{t("import.formats", { max: MEGABYTES_MAX })}</p>
    </div>
  );
}

/** A file dropped beside the zone would otherwise replace the page. */
function useNoStrayDrops(): void {
  useEffect(() => {
    const stay = (event: Event) => event.preventDefault();
    window.addEventListener("dragover", stay);
    window.addEventListener("drop", stay);
    return () => {
      window.removeEventListener("dragover", stay);
      window.removeEventListener("drop", stay);
    };
  }, []);
}
