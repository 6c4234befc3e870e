// Loads the app, which starts itself.
import load from "/pkg/app.js";

await load();
