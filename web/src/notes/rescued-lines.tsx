/**
 * Lines that the server never took, or that somebody deleted before they had come: to copy or to put back. Nothing is
 * lost in silence.
 */
import { useText } from "../i18n/language";
import type { PlainKey } from "../i18n/catalogue";
import type { Rescued } from "../sync/device";
import { Button } from "../ui/button";
import { copyText } from "../ui/clipboard";
import { toast } from "../ui/toasts";

interface RescuedLinesProps {
  readonly rescued: Rescued;
  readonly onInsert: (() => void) | null;
  readonly onDismiss: () => void;
}

const REASONS: Record<string, PlainKey> = {
  malformed: "rescued.malformed",
  "foreign-client": "rescued.foreign-client",
  schema: "rescued.schema",
  "epoch-changed": "rescued.epoch-changed",
  "document-too-large": "rescued.document-too-large",
  readonly: "rescued.readonly",
  "not-found": "rescued.not-found",
  swept: "rescued.swept",
};

export function RescuedLines({ rescued, onInsert, onDismiss }: RescuedLinesProps) {
  const t = useText();
  const text = rescued.lines.join("\n");
  const copy = async () => {
    await copyText(text);
    toast(t("rescued.copied"));
  };
  return (
    <div role="alert" className="mb-4 rounded-card border border-warn p-3.5">
      <p className="font-semibold">
        {rescued.reason === "swept"
          ? t("rescued.sweptTitle")
          : t("rescued.title", { count: rescued.lines.length })}
      </p>
      <p className="mt-0.5 text-[13px] text-ink-2">{t(REASONS[rescued.reason] ?? "rescued.other")}</p>
      <pre className="mt-2.5 max-h-48 overflow-auto rounded-field bg-sunk px-3 py-2 font-sans text-[14px] whitespace-pre-wrap">
        {text}
      </pre>
      <div className="mt-3 flex flex-wrap gap-2">
        <Button onClick={() => void copy()}>{t("rescued.copy")}</Button>
        {onInsert && (
          <Button kind="primary" onClick={onInsert}>
            {t("rescued.insert")}
          </Button>
        )}
        <Button kind="quiet" onClick={onDismiss}>
          {t("rescued.dismiss")}
        </Button>
      </div>
    </div>
  );
}
