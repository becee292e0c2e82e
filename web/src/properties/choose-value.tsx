/** Two values for one place: what stands on the contact, and what was typed for it. Nothing is written unasked. */
import { useText } from "../i18n/language";
import { Button } from "../ui/button";

interface ChooseValueProps {
  /** Empty: none. */
  readonly theirs: string;
  readonly mine: string;
  readonly onKeep: () => void;
  readonly onReplace: () => void;
}

export function ChooseValue({ theirs, mine, onKeep, onReplace }: ChooseValueProps) {
  const t = useText();
  return (
    <div
      role="group"
      aria-label={t("turned.choose")}
      // The field keeps the focus: leaving it would be an answer.
      onPointerDown={(event) => event.preventDefault()}
      onMouseDown={(event) => event.preventDefault()}
      className="mt-1 rounded-field bg-accent-soft px-2 py-1.5 text-[12.5px]"
    >
      <p role="status" className="text-ink-2">
        {theirs && <>{t("turned.theirs", { value: theirs })} · </>}
        {t("turned.mine", { value: mine || "--" })}
      </p>
      <div className="mt-1.5 flex flex-wrap gap-1.5">
        <Button className="h-7! px-2! text-[12.5px]!" onClick={onKeep}>
          {t(theirs ? "turned.keep" : "property.discard")}
        </Button>
        <Button className="h-7! px-2! text-[12.5px]!" onClick={onReplace}>
          {t(theirs ? "turned.replace" : "app.save")}
        </Button>
      </div>
    </div>
  );
}
