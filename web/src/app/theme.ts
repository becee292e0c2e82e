/** Light, dark, or as the device: kept on the device, applied before the first paint by public/first-paint.js. */
import { createStore, useStore } from "./store";

export type Theme = "system" | "light" | "dark";
export const THEMES: readonly Theme[] = ["system", "light", "dark"];

const KEY = "carnet.theme";
const PAPER = { light: "#fbfaf7", dark: "#121519" };
const darkDevice = matchMedia("(prefers-color-scheme: dark)");
const chosenTheme = createStore<Theme>(kept());

function kept(): Theme {
  const value = localStorage.getItem(KEY);
  return value === "light" || value === "dark" ? value : "system";
}

export function chooseTheme(chosen: Theme): void {
  if (chosen === "system") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, chosen);
  chosenTheme.set(chosen);
  apply();
}

function apply(): void {
  const chosen = chosenTheme.get();
  const shown = chosen === "system" ? (darkDevice.matches ? "dark" : "light") : chosen;
  document.documentElement.dataset.theme = shown;
  document.querySelector("meta[name=theme-color]")?.setAttribute("content", PAPER[shown]);
}

export const useTheme = () => useStore(chosenTheme);

darkDevice.addEventListener("change", apply);
