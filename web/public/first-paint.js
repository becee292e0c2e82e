// Runs before the first paint, as a file because the policy allows no inline script: the theme and the language that
// this device chose, so that nothing flashes. src/app/theme.ts and src/i18n/language.ts keep both up to date.
// A contact's page also asks here for the contact and its main note, while the app's code is still on its way;
// src/api/early.ts hands the answers to whoever asks for them then.
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

  var contact = /^\/contacts\/con_[0-9a-f]{32}$/.exec(location.pathname);
  if (!contact || !kept("carnet.user")) return;
  var ask = function (path) {
    var answer = fetch(path, { headers: { "Accept-Language": root.lang, "X-Carnet": "1" } });
    answer.catch(function () {});
    return { path: path, answer: answer };
  };
  var path = "/api/v1" + contact[0];
  // The main note comes first of a contact's notes, unless nothing stands in it.
  window.carnetEarly = { contact: ask(path), notes: ask(path + "/notes?limit=1") };
})();
