// Where the patron writes. What is written survives a reload until it is sent.

import { h, icon, named } from "./dom.js";
import { TEXTS, direction, sizeOf } from "./texts.js";

const STILL_TYPING_MS = 3_000;
const SHOWN_MS = 700; // between two looks at what is being written, where a librarian sees it
const WARN_BELOW = 300; // characters left
const TAKEN = ["image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"];

export class Composer {
  /** `act` has `say(text)`, `typing(on, text)` and `give(file)`. */
  constructor({ storage, act }) {
    this.storage = storage;
    this.act = act;
    this.limit = 8000;
    this.language = "en";
    this.label = h("label", { class: "sr", for: "field" });
    this.field = h("textarea", { id: "field", rows: "1", dir: "auto", enterkeyhint: "send", "aria-describedby": "left" });
    this.left = h("p", { id: "left", class: "left", "aria-live": "polite" });
    this.button = h("button", { type: "submit", class: "send" }, icon("send"));
    this.files = h("input", { type: "file", accept: TAKEN.join(), multiple: true, hidden: true });
    this.attach = h("button", { type: "button", class: "attach", hidden: true, onclick: () => this.files.click() },
      icon("clip"));
    this.watched = h("div", { class: "left watched", role: "status", hidden: true });
    this.element = h("form", { class: "composer", novalidate: true }, this.watched,
      this.label, this.files, this.attach, this.field, this.button, this.left);
    this.files.addEventListener("change", () => {
      this.#give(this.files.files);
      this.files.value = "";
      this.focus();
    });
    this.field.addEventListener("paste", (event) => {
      if (this.maxFile && event.clipboardData?.files.length) {
        event.preventDefault();
        this.#give(event.clipboardData.files);
      }
    });
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.field.addEventListener("input", () => this.#changed());
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#send();
    });
    this.field.value = storage.get("draft", "");
  }

  speak(language) {
    this.language = language;
    const texts = TEXTS[language];
    this.label.textContent = texts.field;
    this.field.placeholder = texts.placeholder;
    this.field.lang = language;
    named(this.attach, texts.attach(sizeOf(this.maxFile ?? 0)));
    named(this.button, texts.send);
    this.watch(this.watcher);
    this.#measure();
  }

  /** Say who sees what is being written before it is sent; null: nobody. Nothing of it is told before that. */
  watch(name) {
    if (!name) this.wroteSince = false; // what was written before the patron was told is not theirs to see
    this.watcher = name;
    this.watched.hidden = !name;
    if (!name) return;
    const texts = TEXTS[this.language];
    const [text, change] = this.#seen() ? [texts.seen(name), texts.hide] : [texts.unseen, texts.show];
    this.watched.replaceChildren(h("span", {}, text), h("button", { type: "button", class: "link", onclick: () => {
      const hide = this.#seen();
      if (hide) this.act.typing(false, ""); // what was shown goes
      this.wroteSince = false;
      this.storage.set("unseen", hide);
      this.watch(this.watcher);
      this.focus();
    } }, change));
  }

  #seen() {
    return this.watcher && !this.storage.get("unseen", false);
  }

  #tell() {
    clearTimeout(this.showing);
    this.showing = null;
    this.act.typing(this.isTyping, this.wroteSince && this.#seen() ? this.field.value : undefined);
  }

  /** Let files be given, up to so many bytes each; 0: none. */
  allowFiles(maxBytes) {
    this.maxFile = maxBytes;
    this.attach.hidden = !maxBytes;
    this.speak(this.language);
  }

  /** Take files that are let go over `area`. */
  takeDrops(area) {
    const carries = (event) => this.maxFile && event.dataTransfer?.types.includes("Files");
    const over = (on) => area.classList.toggle("dropping", on);
    area.addEventListener("dragover", (event) => {
      if (!carries(event)) return;
      event.preventDefault();
      over(true);
    });
    area.addEventListener("dragleave", (event) => area.contains(event.relatedTarget) || over(false));
    area.addEventListener("drop", (event) => {
      over(false);
      if (!carries(event)) return;
      event.preventDefault();
      this.#give(event.dataTransfer.files);
    });
  }

  focus() {
    this.field.focus();
  }

  clear() {
    this.field.value = "";
    this.#keep();
    this.#measure();
  }

  /** Put back a text that could not be sent, unless something new was begun meanwhile. */
  giveBack(text) {
    if (this.field.value.trim()) return;
    this.field.value = text;
    this.#keep();
    this.#measure();
  }

  #give(files) {
    for (const file of files) this.act.give(file);
  }

  #send() {
    const text = this.field.value.trim();
    if (!text || text.length > this.limit) {
      this.focus();
      return;
    }
    this.clear();
    this.#stopTyping();
    this.act.say(text);
    this.focus();
  }

  #changed() {
    this.#keep();
    this.#measure();
    if (!this.field.value) {
      this.#stopTyping();
      return;
    }
    const begins = !this.isTyping;
    this.isTyping = true;
    this.wroteSince = Boolean(this.watcher);
    if (begins) this.#tell();
    else if (this.#seen()) this.showing ??= setTimeout(() => this.#tell(), SHOWN_MS);
    clearTimeout(this.idle);
    this.idle = setTimeout(() => this.#stopTyping(), STILL_TYPING_MS);
  }

  #stopTyping() {
    clearTimeout(this.idle);
    const ends = this.isTyping;
    this.isTyping = false;
    if (ends) this.#tell();
  }

  #keep() {
    if (this.field.value) this.storage.set("draft", this.field.value);
    else this.storage.remove("draft");
  }

  #measure() {
    this.field.dir = this.field.value ? "auto" : direction(this.language);
    this.field.style.height = "auto";
    if (this.field.scrollHeight) this.field.style.height = `${Math.min(this.field.scrollHeight, 140)}px`;
    const remaining = this.limit - this.field.value.trim().length;
    const texts = TEXTS[this.language];
    const text = remaining < 0 ? texts.over(-remaining) : remaining < WARN_BELOW ? texts.left(remaining) : "";
    this.left.textContent = text;
    this.left.hidden = !text;
    this.left.classList.toggle("over", remaining < 0);
    this.button.setAttribute("aria-disabled", String(!this.field.value.trim() || remaining < 0));
  }
}
