// Where everything starts.
import { connection, install, serviceWorker } from "./pwa.js";
import { list } from "./list.js";

connection(document.querySelector("#connection"));
install(document.querySelector("#install"));
serviceWorker();
list();

// The shortcut “Write a note” of the installed app.
if (new URLSearchParams(location.search).has("write")) document.querySelector("#text").focus();
