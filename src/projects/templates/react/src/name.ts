/** What the app is called, on the page. The manifest in vite.config.ts says it too. */
export const NAME = {{title|json}};
