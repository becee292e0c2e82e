/** What a browser has and happy-dom has not. */
import "fake-indexeddb/auto";

document.head.innerHTML = '<meta name="theme-color">';
document.documentElement.lang = "fr";
