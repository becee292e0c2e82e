/** The language of the page: kept on the device, first guessed from the browser by public/first-paint.js. */
import { useMemo } from "react";
import { createStore, useStore } from "../app/store";
import { translator, type Translate } from "./catalogue";
import { en } from "./en";
import { dates, type Dates } from "./dates";
import { fr } from "./fr";
import { inFrench } from "./typography";

export type Language = "fr" | "en";
export const LANGUAGES: readonly Language[] = ["fr", "en"];

const translators: Record<Language, Translate> = {
  fr: translator(inFrench(fr), "fr"),
  en: translator(en, "en"),
};
const chosenLanguage = createStore<Language>(document.documentElement.lang === "fr" ? "fr" : "en");

export const language = chosenLanguage.get;
export const useLanguage = () => useStore(chosenLanguage);

export function chooseLanguage(chosen: Language): void {
  document.documentElement.lang = chosen;
  localStorage.setItem("carnet.language", chosen);
  chosenLanguage.set(chosen);
}

/** The words of the chosen language. Changing it draws anew and keeps every state. */
export function useText(): Translate {
  return translators[useLanguage()];
}

export function useDates(): Dates {
  const chosen = useLanguage();
  return useMemo(() => dates(chosen, translators[chosen]), [chosen]);
}
