// The panel: header, conversation, composer, and how they act together. Loaded by dalil.js when opened.

import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { h, icon } from "./dom.js";
import { Log } from "./log.js";
import { Menu } from "./menu.js";
import { Storage } from "./storage.js";
import { TEXTS, direction } from "./texts.js";

/** Put the panel into the launcher's shadow root; `shell` is what dalil.js gives. */
export async function mount(shell) {
  const sheet = h("link", { rel: "stylesheet", href: new URL("widget.css", shell.files).href });
  const styled = new Promise((done) => {
    sheet.addEventListener("load", done, { once: true });
    sheet.addEventListener("error", done, { once: true });
  });
  shell.root.append(sheet);
  await styled;
  return new Widget(shell);
}

class Widget {
  constructor(shell) {
    this.shell = shell;
    this.storage = new Storage(shell.base.href);
    this.language = shell.language;
    this.library = null;
    this.speaking = { who: "assistant", name: null, waiting: false };
    this.state = "connecting";
    this.unread = 0;
    this.isOpen = false;
    this.pageChanged = this.storage.get("page") !== shell.language; // the site's own switch was used
    this.storage.set("page", shell.language);
    this.conversation = new Conversation({ base: shell.base, storage: this.storage, language: shell.language });
    const act = { say: (text) => this.ask(text), choose: (choice) => this.conversation.choose(choice) };
    this.log = new Log({ base: shell.base, storage: this.storage, act });
    this.composer = new Composer({ storage: this.storage, act: {
      say: act.say,
      typing: (on) => this.speaking.who === "librarian" && this.conversation.typing(on),
    } });
    this.menu = new Menu({
      person: () => this.ask(TEXTS[this.language].personText),
      forget: () => this.conversation.forget(),
      after: () => this.composer.focus(),
    });
    this.#build();
    this.#listen();
    this.#speak(this.language);
    this.conversation.connect();
  }

  open({ focus = true } = {}) {
    this.isOpen = true;
    this.unread = 0;
    this.panel.hidden = false;
    this.shell.opened(true);
    this.log.toEnd();
    if (focus) this.composer.focus();
  }

  close() {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.panel.hidden = true;
    this.shell.opened(false);
  }

  ask(text) {
    this.conversation.say(text);
  }

  #build() {
    this.title = h("h1", { id: "title" });
    this.subtitle = h("p", { class: "subtitle" });
    this.languageButton = h("button", {
      type: "button", class: "tool language", onclick: () => this.#changeLanguage(),
    });
    this.closeButton = h("button", { type: "button", class: "tool", onclick: () => this.close() }, icon("close"));
    this.banner = h("div", { class: "banner", role: "status", hidden: true });
    const bar = h("div", { class: "bar" },
      h("span", { class: "emblem" }, icon("star")),
      h("div", { class: "titles" }, this.title, this.subtitle),
      this.languageButton, this.menu.button, this.closeButton, this.menu.list);
    this.panel = h("section", {
      class: `panel ${this.shell.size} ${this.shell.side}`.trim(), role: "dialog", "aria-labelledby": "title", hidden: true,
    }, bar, this.banner, this.log.element, this.log.more, this.composer.element, this.menu.dialog);
    this.panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented) this.close();
    });
    this.shell.root.append(this.panel);
  }

  #listen() {
    const on = (name, act) => this.conversation.addEventListener(name, (event) => act(event.detail));
    on("welcome", (welcome) => this.#welcome(welcome));
    on("ready", () => this.log.announce());
    on("state", (state) => this.#show(state));
    on("pending", (item) => this.log.showPending(item));
    on("delayed", (item) => this.log.delay(item));
    on("refused", ({ item, code }) => {
      this.log.refuse(item, code);
      if (!item.ref) this.composer.giveBack(item.text);
    });
    on("message", (message) => this.#message(message));
    on("change", (message) => this.log.change(message));
    on("typing", ({ on: writing, by }) => this.log.showTyping(writing, by));
    on("speaking", (speaking) => {
      this.speaking = speaking;
      this.#describe();
    });
    on("forgotten", ({ known }) => {
      this.log.clear();
      if (known) this.composer.clear();
      this.speaking = { who: "assistant", name: null, waiting: false };
      this.#describe();
      if (known) this.#say(TEXTS[this.language].forgot);
    });
  }

  #welcome(welcome) {
    this.library = welcome.library;
    this.speaking = welcome.speaking;
    this.composer.limit = welcome.limits.max_chars;
    const wanted = this.pageChanged ? this.language : welcome.language;
    this.pageChanged = false;
    this.#speak(wanted);
    if (wanted !== welcome.language) this.conversation.speak(wanted);
  }

  #message(message) {
    this.log.show(message);
    if (message.event === "language" && message.language !== this.language) this.#speak(message.language);
    if (!this.isOpen && message.speaker !== "patron") this.shell.unread(++this.unread);
  }

  #changeLanguage() {
    this.#speak(this.language === "ar" ? "en" : "ar");
    this.conversation.speak(this.language);
  }

  #speak(language) {
    this.language = language;
    const texts = TEXTS[language];
    this.panel.lang = language;
    this.panel.dir = direction(language);
    this.shell.speak(language);
    const other = language === "ar" ? "en" : "ar";
    this.languageButton.textContent = texts.otherLanguageShort;
    this.languageButton.lang = other;
    this.languageButton.setAttribute("aria-label", texts.switchLanguage);
    this.languageButton.title = texts.otherLanguage;
    this.closeButton.setAttribute("aria-label", texts.close);
    this.closeButton.title = texts.close;
    this.menu.speak(language, this.library);
    this.composer.speak(language);
    this.log.speak(language, this.library);
    this.#describe();
    this.#show(this.state);
  }

  /** Say in the header whom the patron is talking to. */
  #describe() {
    const texts = TEXTS[this.language];
    const assistant = this.library?.assistant[this.language] ?? TEXTS[this.language].title("Dalil");
    this.title.textContent = assistant;
    const { who, name, waiting } = this.speaking;
    const isPerson = who === "librarian";
    this.panel.classList.toggle("with-person", isPerson);
    if (isPerson) this.subtitle.textContent = texts.talkingTo(name ?? texts.librarian);
    else if (waiting) this.subtitle.textContent = texts.waiting;
    else this.subtitle.textContent = this.library?.name[this.language] ?? texts.connecting;
  }

  #show(state) {
    this.state = state;
    const texts = TEXTS[this.language];
    const text = { offline: texts.offline, busy: texts.busy }[state];
    clearTimeout(this.bannerLater);
    if (!text) {
      this.#hideBanner();
      return;
    }
    // a connection that comes back at once is not worth a word
    this.bannerLater = setTimeout(() => this.#say(text, "warning"), this.banner.hidden ? 1_200 : 0);
  }

  #say(text, look = "") {
    this.banner.className = `banner ${look}`.trim();
    this.banner.textContent = text;
    this.banner.hidden = false;
    clearTimeout(this.bannerEnds);
    if (!look) this.bannerEnds = setTimeout(() => this.#hideBanner(), 6_000);
  }

  #hideBanner() {
    if (this.state !== "online" && this.banner.classList.contains("warning")) {
      if (this.state !== "connecting") return;
    }
    if (this.banner.classList.contains("warning") || this.banner.hidden === false) {
      this.banner.hidden = true;
      this.banner.textContent = "";
    }
  }
}
