// The terminal of a run: <run-terminal data-run="ID">. Shows what the run has written and what it writes, takes what is
// typed when it may (data-input), and goes on where it was after an outage.
//
// What a command writes is hostile. It reaches nothing but the terminal, which knows text, colours and the cursor: links,
// titles and the clipboard are not given to it. What stands inside the element is for browsers without JavaScript.

const RETRY = [500, 1000, 2000, 4000, 8000];

// The parts of the terminal are large, and few pages have one.
const parts = () => Promise.all([import("/terminal/xterm.js"), import("/terminal/fit.js")]);

class RunTerminal extends HTMLElement {
  #terminal;
  #fit;
  #socket;
  #watch;
  #state;
  #seen = 0;
  #tries = 0;
  #retry;
  #over = false;

  async connectedCallback() {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    root.innerHTML = '<link rel="stylesheet" href="/terminal/xterm.css"><link rel="stylesheet" href="/terminal.css"><div id="screen"></div><p id="state" role="status"></p>';
    this.#state = root.getElementById("state");
    const screen = root.getElementById("screen");
    let loaded;
    try {
      loaded = await parts();
    } catch {
      this.#say("The terminal could not be loaded. Load the page again.");
      return;
    }
    if (!this.isConnected) return;
    const [{ Terminal }, { FitAddon }] = loaded;
    this.#terminal = new Terminal({
      convertEol: !this.#has("terminal"),
      cursorBlink: false,
      disableStdin: !this.#has("input"),
      fontFamily: '"JetBrains Mono", ui-monospace, monospace',
      fontSize: 13,
      linkHandler: { activate() {} },
      screenReaderMode: true,
      scrollback: 10_000,
      theme: this.#theme(),
    });
    this.#fit = new FitAddon();
    this.#terminal.loadAddon(this.#fit);
    withNonce(() => this.#terminal.open(screen));
    this.#terminal.textarea?.setAttribute("aria-label", this.getAttribute("aria-label") ?? "Terminal");
    this.#terminal.onData((text) => this.#send(new TextEncoder().encode(text)));
    this.#terminal.onBinary((text) => this.#send(Uint8Array.from(text, (c) => c.charCodeAt(0))));
    this.#terminal.onResize(({ cols, rows }) => this.#resized(cols, rows));
    // Tab and Escape leave the terminal when nothing can be typed into it.
    this.#terminal.attachCustomKeyEventHandler((event) => this.#has("input") || !["Tab", "Escape"].includes(event.key));
    this.#watch = new ResizeObserver(() => this.#fit.fit());
    this.#watch.observe(screen);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", () => { if (this.#terminal) this.#terminal.options.theme = this.#theme(); });
    this.#connect();
  }

  disconnectedCallback() {
    clearTimeout(this.#retry);
    this.#watch?.disconnect();
    this.#socket?.close();
    this.#socket = undefined;
    this.#terminal?.dispose();
    this.#terminal = undefined;
    this.#seen = 0;
  }

  #has(what) { return this.dataset[what] === "yes"; }

  #say(words) { this.#state.textContent = words; }

  #connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/api/v1/runs/${this.dataset.run}/terminal?after=${this.#seen}`);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    socket.onopen = () => {
      this.#tries = 0;
      this.#say("");
      this.#resized(this.#terminal.cols, this.#terminal.rows);
    };
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") this.#hear(JSON.parse(data));
      else {
        this.#seen += data.byteLength;
        this.#terminal?.write(new Uint8Array(data));
      }
    };
    socket.onclose = ({ code }) => {
      if (this.#socket !== socket || this.#over) return;
      if (code === 4401) return this.#say("You are signed out. Load the page again.");
      const pause = RETRY[Math.min(this.#tries++, RETRY.length - 1)];
      this.#say("The connection was lost; trying again…");
      this.#retry = setTimeout(() => this.#connect(), pause);
    };
  }

  #hear(told) {
    if (told.position) this.#say(told.position === 1 ? "Next in line." : `Number ${told.position} in line.`);
    if (told.run?.state === "running") this.#say("");
    if (told.run?.state === "ended") {
      this.#over = true;
      this.#say(this.#seen ? "" : "It wrote nothing.");
      if (this.#terminal) this.#terminal.options.disableStdin = true;
    }
  }

  #send(bytes) { if (this.#has("input") && this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(bytes); }

  #resized(columns, rows) {
    if (!this.#has("terminal") || !this.#has("input") || this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify({ resize: { columns, rows } }));
  }

  // The page's own colours, as the browser computes them in the theme that is chosen.
  #theme() {
    const style = getComputedStyle(this);
    const colour = (name) => solid(style.getPropertyValue(name));
    return {
      background: colour("--terminal-ground"),
      foreground: colour("--terminal-ink"),
      cursor: colour("--terminal-accent"),
      cursorAccent: colour("--terminal-ground"),
      selectionBackground: colour("--terminal-mark"),
      black: colour("--terminal-black"),
      red: colour("--terminal-red"),
      green: colour("--terminal-green"),
      yellow: colour("--terminal-yellow"),
      blue: colour("--terminal-blue"),
      magenta: colour("--terminal-magenta"),
      cyan: colour("--terminal-cyan"),
      white: colour("--terminal-ink"),
      brightBlack: colour("--terminal-faint"),
      brightRed: colour("--terminal-red"),
      brightGreen: colour("--terminal-green"),
      brightYellow: colour("--terminal-yellow"),
      brightBlue: colour("--terminal-blue"),
      brightMagenta: colour("--terminal-magenta"),
      brightCyan: colour("--terminal-cyan"),
      brightWhite: colour("--terminal-ink"),
    };
  }
}

// Any colour of CSS as #rrggbb, which is what the terminal reads.
function solid(colour) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = colour.trim() || "#000";
  context.fillRect(0, 0, 1, 1);
  const [r, g, b] = context.getImageData(0, 0, 1, 1).data;
  return `#${[r, g, b].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

// The terminal makes style elements, which the page's policy lets in only with the page's nonce.
function withNonce(open) {
  const nonce = document.querySelector("script[nonce]")?.nonce ?? "";
  const plain = document.createElement;
  document.createElement = (...args) => {
    const element = plain.apply(document, args);
    if (element instanceof HTMLStyleElement) element.nonce = nonce;
    return element;
  };
  try {
    open();
  } finally {
    // The document's own is its prototype's.
    delete document.createElement;
  }
}

customElements.define("run-terminal", RunTerminal);
