/* The one script a page embeds:
 *   <script src="https://HOST/widget/dalil.js" data-language="ar" async></script>
 * data-language  en or ar; without it the page's own language
 * data-open      open at once, where the window is wide enough
 * data-size      "large" for a roomier panel
 * data-side      "start" to sit at the other edge
 * It draws a button. Everything else is loaded when somebody opens it. */
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || window.Dalil) return;

  const VERSION = "{{version}}";
  const here = new URL(".", script.src);
  const files = VERSION.startsWith("{") ? here : new URL(`${VERSION}/`, here);
  const OPEN_KEY = `dalil:${new URL("..", here).href}:open`;
  const LABELS = { en: "Ask Dalil", ar: "اسأل دليل" };
  const WIDE = "(min-width: 900px)";

  const STYLE = `
    :host { all: initial; }
    .launcher {
      position: fixed; inset-block-end: 20px; inset-inline-end: 20px; z-index: 2147483000;
      display: inline-flex; align-items: center; gap: 10px; min-height: 56px; box-sizing: border-box;
      padding: 0 22px 0 18px; border: 1px solid #d9b266; border-radius: 28px; cursor: pointer;
      background: #17443f; color: #f8f3e8;
      font: 600 16px/1.2 "Segoe UI", "SF Arabic", "Geeza Pro", "Noto Sans Arabic", system-ui, sans-serif;
      box-shadow: 0 1px 2px rgb(20 30 28 / .3), 0 10px 28px rgb(20 30 28 / .22);
    }
    .launcher[dir="rtl"] { padding: 0 18px 0 22px; }
    .launcher.start { inset-inline-end: auto; inset-inline-start: 20px; }
    .launcher:hover { background: #1f5750; }
    .launcher:focus-visible { outline: 3px solid #d9b266; outline-offset: 3px; }
    .launcher svg { width: 28px; height: 28px; flex: none; color: #e6c37d; }
    .launcher .count {
      min-width: 22px; padding: 2px 6px; border-radius: 11px; background: #e6c37d; color: #1c2826;
      font-size: 13px; text-align: center; box-sizing: border-box;
    }
    [hidden] { display: none !important; }
    @media (max-width: 560px) { .launcher { inset-block-end: 14px; inset-inline-end: 14px; } }
    @media print { .launcher { display: none; } }
  `;

  const asked = script.dataset.language || document.documentElement.lang || navigator.language || "en";
  const state = {
    files,
    base: new URL("..", here),
    language: asked.toLowerCase().startsWith("ar") ? "ar" : "en",
    size: script.dataset.size || "",
    side: script.dataset.side || "",
    root: null,
    widget: null,
  };

  function star() {
    const NS = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(NS, "svg");
    const draw = (name, attributes) => {
      const shape = document.createElementNS(NS, name);
      for (const [key, value] of Object.entries(attributes)) shape.setAttribute(key, value);
      svg.append(shape);
    };
    svg.setAttribute("viewBox", "0 0 32 32");
    svg.setAttribute("fill", "none");
    svg.setAttribute("stroke", "currentColor");
    svg.setAttribute("stroke-width", "1.8");
    svg.setAttribute("stroke-linejoin", "round");
    svg.setAttribute("aria-hidden", "true");
    draw("rect", { x: 7, y: 7, width: 18, height: 18 });
    draw("rect", { x: 7, y: 7, width: 18, height: 18, transform: "rotate(45 16 16)" });
    draw("circle", { cx: 16, cy: 16, r: 3.2, fill: "currentColor", stroke: "none" });
    return svg;
  }

  const launcher = document.createElement("button");
  const label = document.createElement("span");
  const count = document.createElement("span");
  launcher.type = "button";
  launcher.className = state.side === "start" ? "launcher start" : "launcher";
  launcher.setAttribute("aria-haspopup", "dialog");
  launcher.setAttribute("aria-expanded", "false");
  count.className = "count";
  count.hidden = true;
  launcher.append(star(), label, count);
  launcher.addEventListener("click", () => open());

  function speak(language) {
    state.language = language;
    launcher.lang = language;
    launcher.dir = language === "ar" ? "rtl" : "ltr";
    label.textContent = LABELS[language];
    if (state.root) state.root.host.dir = launcher.dir;
  }

  function remember(open) {
    try {
      sessionStorage.setItem(OPEN_KEY, open ? "1" : "0");
    } catch { /* no storage here: the page forgets, nothing else */ }
  }

  function remembered() {
    try {
      return sessionStorage.getItem(OPEN_KEY);
    } catch {
      return null;
    }
  }

  const shell = {
    ...state,
    opened(open) {
      launcher.hidden = open;
      launcher.setAttribute("aria-expanded", String(open));
      remember(open);
      if (open) shell.unread(0);
      else launcher.focus();
    },
    unread(n) {
      count.textContent = n > 9 ? "9+" : String(n);
      count.hidden = n === 0;
    },
    speak,
  };

  async function open({ text = "", focus = true } = {}) {
    launcher.setAttribute("aria-busy", "true");
    try {
      if (!state.widget) {
        state.widget = import(new URL("widget.js", files).href).then((module) => {
          const given = { ...shell, root: state.root, language: state.language };
          return module.mount(given);
        });
      }
      const widget = await state.widget;
      widget.open({ focus });
      if (text) widget.ask(text);
    } catch (error) {
      state.widget = null; // the next press tries again
      console.error("Dalil could not be loaded", error);
    } finally {
      launcher.removeAttribute("aria-busy");
    }
  }

  async function close() {
    if (state.widget) (await state.widget).close();
  }

  function start() {
    const host = document.createElement("div");
    host.id = "dalil-widget";
    state.root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    state.root.adoptedStyleSheets = [sheet];
    state.root.append(launcher);
    speak(state.language);
    document.body.append(host);
    const before = remembered();
    const invited = script.dataset.open !== undefined && matchMedia(WIDE).matches;
    if (before === "1" || (before === null && invited)) open({ focus: false });
  }

  window.Dalil = { open, close };
  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start, { once: true });
})();
