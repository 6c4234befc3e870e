// How the app is built, how it looks once installed, and what is kept for offline.
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { VitePWA } from "vite-plugin-pwa";

/** The built page runs its own code and nothing else. Not while developing: Vite reloads by scripts within the page. */
const onlyOwnCode: Plugin = {
  name: "only-own-code",
  apply: "build",
  transformIndexHtml: () => [
    {
      tag: "meta",
      injectTo: "head-prepend",
      attrs: {
        "http-equiv": "Content-Security-Policy",
        content: "default-src 'self'; base-uri 'none'; form-action 'self'; object-src 'none'",
      },
    },
  ],
};

export default defineConfig({
  plugins: [
    onlyOwnCode,
    react(),
    tailwindcss(),
    VitePWA({
      // The page offers an update and waits for the person to agree (src/pwa.ts).
      registerType: "prompt",
      injectRegister: false,
      // Browsers fetch a manifest without cookies otherwise, and could not install an app that is only for people who
      // are signed in.
      useCredentials: true,
      manifest: {
        id: "/",
        name: {{title|json}},
        short_name: {{short_title|json}},
        description: "Notes that stay on this device and work offline.",
        lang: "en",
        dir: "ltr",
        start_url: "/",
        scope: "/",
        display: "standalone",
        background_color: "#fcf9f5",
        theme_color: "#fcf9f5",
        categories: ["productivity"],
        icons: [
          { src: "/icons/icon-192.png", sizes: "192x192", type: "image/png", purpose: "any" },
          { src: "/icons/icon-512.png", sizes: "512x512", type: "image/png", purpose: "any" },
          { src: "/icons/maskable-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
          { src: "/icons/icon.svg", sizes: "any", type: "image/svg+xml", purpose: "any" },
        ],
        shortcuts: [
          {
            name: "Write a note",
            url: "/?write",
            icons: [{ src: "/icons/icon-192.png", sizes: "192x192", type: "image/png" }],
          },
        ],
      },
      workbox: {
        // The manifest and its icons come along by themselves.
        globPatterns: ["**/*.{html,js,css,woff2}"],
        cleanupOutdatedCaches: true,
        navigateFallback: "/index.html",
        // Where a workshop lets people in: never answered from the device.
        navigateFallbackDenylist: [/^\/\.workshop\//],
      },
    }),
  ],
});
