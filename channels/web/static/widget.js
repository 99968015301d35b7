// The panel: header, conversation, composer, and how they act together. Loaded by dalil.js when opened.

import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { h, icon, named } from "./dom.js";
import { accents, chime, print } from "./extras.js";
import { Log } from "./log.js";
import { Menu } from "./menu.js";
import { Storage } from "./storage.js";
import { TEXTS, direction, sizeOf } from "./texts.js";
import { save, transcript } from "./transcript.js";

/** @type {import("../types").Speaking} */
const NOBODY = { who: "assistant", name: null, waiting: false, person: null };

/**
 * Put the panel into the launcher's shadow root.
 * @param {import("../types").Shell} shell what dalil.js gives
 */
export async function mount(shell) {
  const sheet = h("link", { rel: "stylesheet", href: new URL("widget.css", shell.files).href });
  const styled = new Promise((done) => {
    sheet.addEventListener("load", done, { once: true });
    sheet.addEventListener("error", done, { once: true });
  });
  shell.root.append(sheet);
  if (shell.colour) {
    const { light, dark } = accents(shell.colour);
    shell.host.style.setProperty("--accent-on-light", light);
    shell.host.style.setProperty("--accent-on-dark", dark);
  }
  await styled;
  return new Widget(shell);
}

class Widget {
  /** @param {import("../types").Shell} shell */
  constructor(shell) {
    this.shell = shell;
    this.storage = new Storage(shell.base.href);
    this.language = shell.language;
    /** @type {import("../types").Library | null} */
    this.library = null;
    /** @type {import("../types").Speaking} */
    this.speaking = NOBODY;
    /** @type {import("../types").Welcome["limits"]} */
    this.limits = { max_chars: 8000, messages_per_minute: 30 };
    this.state = "connecting";
    this.seesWriting = false; // whether a librarian sees what is being written
    this.unread = 0;
    this.isOpen = false;
    this.isLive = false; // what was said before has been shown; what comes now is new
    this.pageChanged = shell.changed; // the site's own language switch was used
    this.conversation = new Conversation({
      base: shell.base, storage: this.storage, language: shell.language, where: shell.where,
    });
    const act = {
      say: (text) => this.ask(text),
      choose: (choice) => this.conversation.choose(choice),
      again: () => this.conversation.again(),
      give: (file) => this.#give(file),
      typing: (on, text) => this.#withPerson() && this.conversation.typing(on, text),
      focus: () => this.composer.focus(),
      announce: (text) => (this.spoken.textContent = text),
    };
    this.log = new Log({ base: shell.base, storage: this.storage, act });
    this.composer = new Composer({ storage: this.storage, act });
    this.menu = new Menu({
      sound: this.storage.get("sound", false),
      act: {
        person: () => this.ask(TEXTS[this.language].personText),
        save: () => this.#save(),
        print: () => print(shell.host),
        sound: (on) => this.#sound(on),
        earlier: (on) => this.#consent(on),
        forget: () => this.conversation.forget(),
        after: () => this.composer.focus(),
      },
    });
    this.#build();
    this.#listen();
    this.#speak(this.language);
    this.conversation.connect();
  }

  open({ focus = true } = {}) {
    if (!this.isOpen) {
      this.isOpen = true;
      this.panel.hidden = false;
      this.shell.opened(true);
      this.#read();
      this.log.toEnd();
    }
    if (focus) this.composer.focus();
  }

  close() {
    if (!this.isOpen) return;
    const focus = this.panel.contains(this.shell.root.activeElement);
    this.isOpen = false;
    this.panel.hidden = true;
    this.shell.opened(false, focus);
  }

  ask(text) {
    this.conversation.say(text);
  }

  changeLanguage(language) {
    if (language === this.language) return;
    this.#speak(language);
    this.conversation.speak(language);
  }

  /** The site put the panel back on its page: where it was scrolled to is gone. */
  settle() {
    this.log.toEnd();
  }

  #withPerson() {
    return this.speaking.who === "librarian" || this.speaking.waiting;
  }

  #give(file) {
    const { max_file_bytes: most = 0 } = this.limits;
    const code = file.size === 0 ? "empty" : file.size > most ? "file_large" : null;
    if (code) { // known before anything is sent
      const item = { id: `file-${Date.now()}-${file.name}`, file, text: file.name };
      this.log.showPending(item);
      this.log.refuse(item, code);
    } else {
      this.conversation.give(file);
    }
  }

  #save() {
    const messages = this.log.shown.map((entry) => entry.message);
    const { language, library } = this;
    save(transcript({ messages, library, language }), `${TEXTS[language].saveName}.txt`, this.panel);
  }

  #sound(on) {
    this.storage.set("sound", on);
    if (on) chime();
  }

  /** The menu shows how it stands as soon as the library has said so. */
  async #consent(on) {
    if (!(await this.conversation.consent(on))) this.#say(TEXTS[this.language].notChanged);
  }

  #build() {
    this.title = h("h1", { dir: "auto" });
    this.subtitle = h("p", { class: "subtitle" });
    this.about = h("p", { class: "about", hidden: true });
    this.emblem = h("span", { class: "emblem" }, icon("star"));
    this.languageButton = h("button", {
      type: "button", class: "tool language",
      onclick: () => this.changeLanguage(this.language === "ar" ? "en" : "ar"),
    });
    this.closeButton = h("button", { type: "button", class: "tool", onclick: () => this.close() }, icon("close"));
    this.banner = h("div", { class: "banner", role: "status", hidden: true });
    this.spoken = h("p", { class: "sr", "aria-live": "polite" }); // for screen readers alone
    const bar = h("div", { class: "bar" },
      this.emblem, h("div", { class: "titles" }, this.title, this.subtitle, this.about),
      this.languageButton, this.menu.button, this.closeButton, this.menu.list);
    this.panel = h("section", {
      class: `panel ${this.shell.size} ${this.shell.side}`.trim(), role: "dialog", hidden: true,
    }, bar, this.banner, this.log.element, this.log.more, this.composer.element, this.menu.dialog,
    this.spoken);
    this.panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented) this.close();
    });
    this.composer.takeDrops(this.panel);
    this.shell.root.append(this.panel);
  }

  #listen() {
    const on = (name, act) => this.conversation.addEventListener(name, (event) => act(/** @type {CustomEvent} */ (event).detail));
    on("welcome", (welcome) => this.#welcome(welcome));
    on("ready", () => {
      this.isLive = true;
      this.log.announce();
    });
    on("state", (state) => this.#show(state));
    on("pending", (item) => this.log.showPending(item));
    on("delayed", (item) => this.log.delay(item));
    on("refused", ({ item, code }) => {
      this.log.refuse(item, code);
      if (!item.ref && !item.file) this.composer.giveBack(item.text);
    });
    on("message", (message) => this.#message(message));
    on("change", (message) => this.log.change(message));
    on("typing", ({ on: writing, by }) => this.log.showTyping(writing, by));
    on("speaking", (speaking) => {
      this.speaking = speaking;
      this.#describe();
      this.shell.tell("speaking", { who: speaking.who, name: speaking.name, waiting: speaking.waiting });
    });
    on("consent", (consent) => this.menu.agree(consent));
    on("forgotten", ({ known }) => {
      this.log.clear();
      if (known) this.composer.clear();
      this.speaking = NOBODY;
      this.isLive = false;
      this.unread = 0;
      this.shell.unread(0);
      this.#describe();
      if (known) this.#say(TEXTS[this.language].forgot);
    });
  }

  #welcome(welcome) {
    this.library = welcome.library;
    this.speaking = welcome.speaking;
    this.limits = welcome.limits;
    this.menu.agree(welcome.consent);
    this.seesWriting = welcome.sees_writing;
    this.composer.limit = welcome.limits.max_chars;
    this.composer.allowFiles(welcome.limits.max_file_bytes ?? 0);
    this.log.mostOfFile = sizeOf(welcome.limits.max_file_bytes ?? 0);
    const wanted = this.pageChanged ? this.language : welcome.language;
    this.pageChanged = false;
    this.#speak(wanted);
    if (wanted !== welcome.language) this.conversation.speak(wanted);
  }

  /** @param {import("../types").Message} message */
  #message(message) {
    this.log.show(message);
    if (message.event === "language" && message.language !== this.language) this.#speak(message.language);
    this.storage.set("at", Date.parse(message.at));
    if (this.isOpen) this.#read();
    else if (message.speaker !== "patron" && message.seq > this.storage.get("read", 0)) {
      this.shell.unread(++this.unread);
    }
    if (!this.isLive) return;
    const { seq, speaker, kind } = message;
    this.shell.tell("message", { seq, speaker, kind }); // not what was said: that is the patron's
    if (speaker !== "patron" && this.storage.get("sound", false)) chime();
  }

  /** The patron has the conversation before them: nothing of it is unread. */
  #read() {
    this.unread = 0;
    this.storage.set("read", this.conversation.seen);
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
    named(this.closeButton, texts.close);
    this.menu.speak(language, this.library);
    this.composer.speak(language);
    this.log.speak(language, this.library);
    this.#describe();
    this.#show(this.state);
  }

  /** Say in the header whom the patron is talking to. */
  #describe() {
    const texts = TEXTS[this.language];
    const assistant = this.library?.assistant[this.language] ?? "Dalil";
    const { who, name, waiting, person } = this.speaking;
    const isPerson = who === "librarian";
    const called = person?.name[this.language] ?? name ?? texts.librarian;
    this.panel.setAttribute("aria-label", texts.panel(assistant));
    this.panel.classList.toggle("with-person", isPerson);
    if (isPerson && person?.photo) this.log.entries.photos.set(name, person.photo);
    this.emblem.replaceChildren(isPerson ? this.log.entries.face(name ?? called) : icon("star"));
    this.title.textContent = isPerson ? called : assistant;
    if (isPerson) this.subtitle.textContent = person?.title[this.language] ?? texts.role;
    else if (waiting) this.subtitle.textContent = texts.waiting;
    else this.subtitle.textContent = this.library?.name[this.language] ?? texts.connecting;
    const subjects = isPerson ? (person?.subjects[this.language] ?? []) : [];
    this.about.textContent = subjects.join(texts.comma);
    this.about.hidden = !subjects.length;
    this.composer.watch(this.seesWriting && isPerson ? called : null);
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
    const isTrue = this.state === "offline" || this.state === "busy"; // what a warning says
    if (isTrue && this.banner.classList.contains("warning")) return;
    this.banner.hidden = true;
    this.banner.textContent = "";
  }
}
