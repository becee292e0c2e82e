// Runs before the first paint, as a file because the policy allows no inline script: the theme and the language that
// this device chose, so that nothing flashes. src/app/theme.ts and src/i18n/language.ts keep both up to date.
(function () {
  var root = document.documentElement;
  var kept = function (name) {
    try {
      return localStorage.getItem(name);
    } catch (_) {
      return null;
    }
  };
  var theme = kept("carnet.theme");
  var dark = theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = dark ? "dark" : "light";
  document.querySelector("meta[name=theme-color]").content = dark ? "#121519" : "#fbfaf7";
  root.lang = kept("carnet.language") || (/^fr\b/i.test(navigator.language) ? "fr" : "en");
})();
