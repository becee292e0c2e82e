/** Theme and language, as two rows of radio buttons. */
import { Monitor, Moon, Sun, type LucideIcon } from "lucide-react";
import { useId, type ReactNode } from "react";
import { chooseTheme, THEMES, useTheme, type Theme } from "../app/theme";
import { chooseLanguage, LANGUAGES, useLanguage, useText, type Language } from "../i18n/language";

const ICONS: Record<Theme, LucideIcon> = { system: Monitor, light: Sun, dark: Moon };
const OWN_NAMES: Record<Language, string> = { fr: "Français", en: "English" };

export function ThemeSwitch() {
  const t = useText();
  const chosen = useTheme();
  const group = useId();
  return (
    <Row legend={t("app.theme")}>
      {THEMES.map((theme) => {
        const Icon = ICONS[theme];
        const label = t(`app.theme.${theme}`);
        return (
          <Choice
            key={theme}
            group={group}
            label={label}
            chosen={theme === chosen}
            onChoose={() => chooseTheme(theme)}
          >
            <Icon aria-hidden size={15} strokeWidth={1.75} />
          </Choice>
        );
      })}
    </Row>
  );
}

export function LanguageSwitch() {
  const t = useText();
  const chosen = useLanguage();
  const group = useId();
  return (
    <Row legend={t("app.language")}>
      {LANGUAGES.map((language) => (
        <Choice
          key={language}
          group={group}
          label={OWN_NAMES[language]}
          lang={language}
          chosen={language === chosen}
          onChoose={() => chooseLanguage(language)}
        >
          <span aria-hidden className="text-[11.5px] font-medium tracking-wide uppercase">
            {language}
          </span>
        </Choice>
      ))}
    </Row>
  );
}

function Row({ legend, children }: { readonly legend: string; readonly children: ReactNode }) {
  return (
    <fieldset className="inline-flex rounded-field bg-sunk p-0.5">
      <legend className="sr-only">{legend}</legend>
      {children}
    </fieldset>
  );
}

interface ChoiceProps {
  readonly group: string;
  readonly label: string;
  readonly lang?: string;
  readonly chosen: boolean;
  readonly onChoose: () => void;
  readonly children: ReactNode;
}

function Choice({ group, label, lang, chosen, onChoose, children }: ChoiceProps) {
  return (
    <label
      title={label}
      className="touchable inline-grid h-6.5 min-w-8 place-items-center rounded-[5px] px-1.5 text-ink-2 hover:text-ink has-checked:bg-sheet has-checked:text-ink has-checked:shadow-[0_1px_2px_oklch(0%_0_0/0.08)] has-focus-visible:outline-2 has-focus-visible:outline-accent"
    >
      <input type="radio" className="sr-only" name={group} checked={chosen} onChange={onChoose} />
      <span className="sr-only" lang={lang}>
        {label}
      </span>
      {children}
    </label>
  );
}
