/* The one script a page embeds; docs/widget.md has all its attributes, calls and events.
 *   <script src="https://HOST/widget/dalil.js" data-language="ar" async></script>
 * It draws a button and nothing else. The rest is loaded when somebody opens it. */
(() => {
  "use strict";
  const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);
  if (!script) return;
  if (window.Dalil) {
    // A site that swaps its whole page runs the same tag again: nothing to say. Two tags are a mistake.
    if (window.Dalil.source !== script.src) {
      console.warn(`Dalil is on this page already (${window.Dalil.source}); ${script.src} is left out.`);
    }
    return;
  }

  const VERSION = "{{version}}";
  const given = script.dataset;
  const here = new URL(".", script.src);
  const files = VERSION.startsWith("{") ? here : new URL(`${VERSION}/`, here);
  const base = address(given.host) ?? new URL("..", here);
  const PREFIX = `dalil:${base.href}:`;
  const LABELS = { en: "Ask Dalil", ar: "اسأل دليل" };
  const UNREAD = { en: (n) => `${n} unread`, ar: (n) => `رسائل غير مقروءة: ${n}` };
  const WIDE = "(min-width: 900px)";
  const RECENT_MS = 3 * 86_400_000; // a conversation this fresh may still get an answer

  const STYLE = `
    :host { all: initial; --deep: #17443f; --on-deep: #f8f3e8; --gilt: #d9b266; }
    .launcher {
      position: fixed; inset-block-end: 20px; inset-inline-end: 20px; z-index: 2147483000;
      display: inline-flex; align-items: center; gap: 10px; min-height: 56px; box-sizing: border-box;
      padding-block: 0; padding-inline: 18px 22px; border: 1px solid var(--gilt); border-radius: 28px; cursor: pointer;
      background: var(--deep); color: var(--on-deep);
      font: 600 16px/1.2 "Segoe UI", "SF Arabic", "Geeza Pro", "Noto Sans Arabic", system-ui, sans-serif;
      box-shadow: 0 1px 2px rgb(20 30 28 / .3), 0 10px 28px rgb(20 30 28 / .22);
    }
    .launcher.start { inset-inline-end: auto; inset-inline-start: 20px; }
    .launcher:hover { filter: brightness(1.15); }
    .launcher:focus-visible { outline: 3px solid var(--gilt); outline-offset: 3px; }
    .launcher svg { width: 28px; height: 28px; flex: none; color: var(--gilt); }
    .launcher .count {
      min-width: 22px; padding: 2px 6px; border-radius: 11px; background: var(--gilt); color: #1c2826;
      font-size: 13px; text-align: center; box-sizing: border-box;
    }
    .launcher[aria-busy="true"] { opacity: .75; }
    .trouble {
      position: fixed; inset-block-end: 88px; inset-inline-end: 20px; z-index: 2147483000;
      max-width: min(300px, calc(100vw - 40px)); padding: 12px 16px; border-radius: 12px; box-sizing: border-box;
      background: #f4e3bd; color: #43300a; font: 15px/1.6 system-ui, sans-serif;
    }
    [hidden] { display: none !important; }
    @media (max-width: 560px) { .launcher { inset-block-end: 14px; inset-inline-end: 14px; } }
    @media print { .launcher, .trouble { display: none; } }
  `;
  const TROUBLE = {
    en: "The chat could not be loaded. Please check your connection and press again.",
    ar: "تعذّر تحميل المحادثة. يُرجى التحقق من الاتصال ثم الضغط مرة أخرى.",
  };

  function wrong(name, text, what) {
    console.warn(`Dalil: data-${name}="${text}" is not ${what}; it is left out.`);
  }

  /** @param {string | undefined} text */
  function address(text) {
    if (!text) return null;
    try {
      return new URL(text.endsWith("/") ? text : `${text}/`, location.href);
    } catch {
      wrong("host", text, "an address");
      return null;
    }
  }

  /** A storage of the browser that may be forbidden: then nothing is remembered, and nothing breaks. */
  const kept = (store) => ({
    get: (key) => {
      try {
        return JSON.parse(/** @type {any} */ (window)[store].getItem(PREFIX + key));
      } catch {
        return null;
      }
    },
    set: (key, value) => {
      try {
        /** @type {any} */ (window)[store].setItem(PREFIX + key, JSON.stringify(value));
      } catch { /* not allowed here */ }
    },
  });
  const [visit, always] = [kept("sessionStorage"), kept("localStorage")];

  /** Read #abc or #aabbcc as three numbers from 0 to 255; null for anything else. */
  function colourOf(text) {
    const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text ?? "")?.[1];
    if (!hex) {
      if (text) wrong("colour", text, "a colour like #17443f");
      return null;
    }
    const wide = hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex;
    return [0, 2, 4].map((at) => parseInt(wide.slice(at, at + 2), 16));
  }

  /** Give an attribute's word where it is one that it may have. */
  function oneOf(name, allowed, text = given[name]) {
    if (!text || allowed.includes(text)) return text;
    wrong(name, text, allowed.join(" or "));
  }

  const page = document.documentElement.lang || navigator.language || "en";
  const spoken = (text) => (text.toLowerCase().startsWith("ar") ? "ar" : "en");
  const siteLanguage = spoken(oneOf("language", ["en", "ar"], given.language?.toLowerCase().split("-")[0]) || page);
  const changed = always.get("page") !== siteLanguage; // the site's own switch was used since
  let language = (!changed && always.get("language")) || siteLanguage;
  const side = oneOf("position", ["start", "end"], given.position ?? given.side) === "start" ? "start" : "";
  const theme = oneOf("theme", ["light", "dark"]);
  const button = oneOf("launcher", ["none"]) !== "none";
  const colour = colourOf(given.colour ?? given.color);
  const context = { course: given.course, guide: given.guide, note: given.note };
  const listeners = new Map();
  let widget = null; // a promise of the panel, once it is wanted
  let unread = 0;
  let isOpen = false;

  function star() {
    const draw = (name, attributes) => {
      const shape = document.createElementNS("http://www.w3.org/2000/svg", name);
      for (const [key, value] of Object.entries(attributes)) shape.setAttribute(key, String(value));
      return shape;
    };
    const svg = draw("svg", { viewBox: "0 0 32 32", fill: "none", stroke: "currentColor", "stroke-width": 1.8,
      "stroke-linejoin": "round", "aria-hidden": true });
    svg.append(draw("path", { d: "M7 7h18v18H7zM16 3.3L28.7 16 16 28.7 3.3 16z" }),
      draw("circle", { cx: 16, cy: 16, r: 3.2, fill: "currentColor", stroke: "none" }));
    return svg;
  }

  const host = document.createElement("div");
  host.id = "dalil-widget";
  const root = host.attachShadow({ mode: "open" });
  const launcher = document.createElement("button");
  const label = document.createElement("span");
  const count = document.createElement("span");
  const trouble = document.createElement("p");
  launcher.type = "button";
  launcher.className = `launcher ${side}`.trim();
  launcher.setAttribute("aria-haspopup", "dialog");
  launcher.setAttribute("aria-expanded", "false");
  launcher.hidden = !button;
  count.className = "count";
  count.hidden = true;
  trouble.className = "trouble";
  trouble.setAttribute("role", "alert");
  trouble.hidden = true;
  launcher.append(star(), label, count);
  launcher.addEventListener("click", () => open());

  function tell(name, detail = {}) {
    for (const act of [...(listeners.get(name) ?? [])]) {
      try {
        act(detail);
      } catch (error) {
        console.error(`Dalil: a listener of "${name}" failed`, error); // the site's fault stays the site's
      }
    }
    document.dispatchEvent(new CustomEvent(`dalil:${name}`, { detail }));
  }

  function speak(code) {
    const before = language;
    language = code;
    launcher.lang = code;
    launcher.dir = code === "ar" ? "rtl" : "ltr";
    host.dir = launcher.dir;
    label.textContent = LABELS[code];
    count.setAttribute("aria-label", UNREAD[code](unread));
    always.set("language", code);
    always.set("page", siteLanguage);
    if (before !== code) tell("language", { language: code });
  }

  /** What the panel is given: where it stands, and whom it tells. */
  const shell = {
    files, base, root, host, side, colour, changed, size: oneOf("size", ["large"]) ?? "",
    get language() {
      return language;
    },
    /** Where the patron is: what a librarian may want to know. No query, no fragment. */
    where: () => ({ url: location.origin + location.pathname, title: document.title, ...context }),
    opened(open, focus = true) {
      isOpen = open;
      launcher.hidden = open || !button;
      launcher.setAttribute("aria-expanded", String(open));
      visit.set("open", open);
      if (open) shell.unread(0);
      else if (focus) launcher.focus();
      tell(open ? "open" : "close");
    },
    unread(n) {
      if (n === unread) return;
      unread = n;
      count.textContent = n > 9 ? "9+" : String(n);
      count.hidden = n === 0;
      count.setAttribute("aria-label", UNREAD[language](n));
      tell("unread", { count: n });
    },
    speak,
    tell,
  };

  function load() {
    widget ??= import(new URL("widget.js", files).href).then((module) => module.mount(shell));
    return widget;
  }

  async function open({ text = "", focus = true } = {}) {
    launcher.setAttribute("aria-busy", "true");
    trouble.hidden = true;
    try {
      const panel = await load();
      panel.open({ focus });
      if (text) panel.ask(String(text));
    } catch (error) {
      widget = null; // the next press tries again
      trouble.textContent = TROUBLE[language];
      trouble.dir = launcher.dir;
      trouble.hidden = false;
      console.error("Dalil could not be loaded", error);
    } finally {
      launcher.removeAttribute("aria-busy");
    }
  }

  async function close() {
    if (widget) (await widget).close();
  }

  /** Stand on the page, also after a site has put another body in its place. */
  function stay() {
    if (!document.body || host.isConnected) return;
    document.body.append(host);
    watch.observe(document.documentElement, { childList: true });
    watch.observe(document.body, { childList: true });
    if (isOpen) widget?.then((panel) => panel.settle());
  }

  const watch = new MutationObserver(stay);

  function start() {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    if (theme) host.dataset.theme = theme;
    if (colour) {
      const [r, g, b] = colour.map((part) => (part / 255) ** 2.2);
      const light = 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.3;
      host.style.setProperty("--deep", `rgb(${colour.join(" ")})`);
      host.style.setProperty("--on-deep", light ? "#10201d" : "#ffffff");
      host.style.setProperty("--gilt", light ? "#10201d" : "#f2e3c2");
    }
    root.append(trouble, launcher);
    speak(language);
    stay();
    const before = visit.get("open");
    const invited = given.open !== undefined && matchMedia(WIDE).matches;
    if (before ?? invited) open({ focus: false });
    else if (always.get("token") && Date.now() - always.get("at") < RECENT_MS) {
      // somebody who talked to us of late: an answer that came meanwhile is counted on the button
      (window.requestIdleCallback ?? setTimeout)(() => load().catch(() => (widget = null)));
    }
    tell("ready", { language });
  }

  window.Dalil = Object.freeze({
    source: script.src,
    open,
    close,
    toggle: async () => (isOpen ? close() : open()),
    /** Open, and ask a question as if the patron had typed it. */
    ask: (text) => open({ text }),
    /** Say what page this is; `{course, guide, note}`. For sites that change pages without loading. */
    context: (now) => void Object.assign(context, now),
    language: (code) => {
      speak(spoken(String(code)));
      widget?.then((panel) => panel.changeLanguage(language));
    },
    /** Call `act` at every "ready", "open", "close", "message", "unread", "language" or "speaking". */
    on: (name, act) => {
      listeners.set(name, (listeners.get(name) ?? new Set()).add(act));
      return () => listeners.get(name).delete(act);
    },
    get isOpen() {
      return isOpen;
    },
  });
  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start, { once: true });
})();
