// Where everything starts.
import { connection, install, serviceWorker } from "./pwa.js";
import { list } from "./list.js";

connection(document.querySelector("#connection"));
install(document.querySelector("#install"));
// Without it, in a private window for example, the app works all the same, but only with a connection.
serviceWorker().catch((error) => console.warn("Not kept for offline:", error));
list();

// The shortcut “Write a note” of the installed app.
if (new URLSearchParams(location.search).has("write")) document.querySelector("#text").focus();
