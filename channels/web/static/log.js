// The conversation as it is shown: what was said, in order, what is on its way, who is writing.

import { h, icon } from "./dom.js";
import { Entries, isThumb } from "./entry.js";
import { plain } from "./markdown.js";
import { TEXTS, dayName } from "./texts.js";

const NEAR_END = 80; // pixels from the end within which new messages are followed
const SPEAKER_CHANGES = /^(librarian|waiting|left)/; // events after which the assistant's offers are over

export class Log {
  /** `act` has `say(text)`, `choose(choice, seq)`, `again()`, `drop(id)`; `storage` knows what was pressed. */
  constructor({ base, storage, act }) {
    this.base = base;
    this.act = act;
    this.entries = new Entries({ base, storage, act });
    this.language = "en";
    this.pending = new Map(); // id to {item, element, state, code}
    this.mostOfFile = "";
    this.shown = []; // {message, element}
    this.list = h("div", { class: "entries", role: "log", "aria-live": "off" });
    this.typing = h("div", { class: "typing", hidden: true },
      h("span", { class: "mark" }, icon("star")), h("span", { class: "dots", "aria-hidden": "true" },
        h("i"), h("i"), h("i")), h("span", { class: "who" }));
    this.more = h("button", { type: "button", class: "newer", hidden: true, onclick: () => this.toEnd() });
    this.hello = h("section", { class: "hello" });
    this.element = h("div", { class: "scroll", role: "region", tabindex: "0" }, this.hello, this.list, this.typing);
    this.following = true; // the end is in view, and is to stay so when something grows or the panel shrinks
    this.height = 0; // of what is seen, and of all there is, as they were last measured
    this.length = 0;
    this.element.addEventListener("scroll", () => {
      const { clientHeight, scrollHeight } = this.element;
      if (clientHeight !== this.height || scrollHeight !== this.length) return; // it was resized, not scrolled
      this.following = this.#atEnd();
      if (this.following) this.more.hidden = true;
    });
    const resized = new ResizeObserver(() => {
      [this.height, this.length] = [this.element.clientHeight, this.element.scrollHeight];
      if (this.following) this.toEnd();
    });
    resized.observe(this.element);
    for (const part of [this.hello, this.list, this.typing]) resized.observe(part);
  }

  get texts() {
    return TEXTS[this.language];
  }

  /** Change the language of everything around the messages; they keep their own. */
  speak(language, library) {
    if (language === this.language && library === this.library && this.hello.firstChild) return;
    const live = this.list.getAttribute("aria-live");
    this.list.setAttribute("aria-live", "off"); // nothing of this is new
    setTimeout(() => this.list.setAttribute("aria-live", live), 500);
    this.language = language;
    if (library) this.library = library;
    this.entries.speak(language, library?.assistant);
    this.list.setAttribute("aria-label", this.texts.log);
    this.element.setAttribute("aria-label", this.texts.log);
    this.more.replaceChildren(icon("below"), this.texts.newMessages);
    this.#greet();
    const [all, waiting] = [this.shown.map((entry) => entry.message), [...this.pending.values()]];
    this.clear();
    for (const message of all) this.show(message);
    for (const { item, code, state } of waiting) {
      this.showPending(item);
      if (code) this.refuse(item, code);
      else if (state.querySelector("button")) this.delay(item);
    }
    this.toEnd();
  }

  /** From now on what comes is read aloud by screen readers. */
  announce() {
    this.list.setAttribute("aria-live", "polite");
    this.toEnd();
  }

  clear() {
    this.shown = [];
    this.pending.clear();
    this.list.replaceChildren();
    this.#greetOnlyFirst();
  }

  show(message) {
    const follow = this.following || message.speaker === "patron";
    this.drop(message.id);
    const patronSpoke = message.speaker === "patron" && !isThumb(message);
    if (patronSpoke || SPEAKER_CHANGES.test(message.event)) this.#withdrawChoices();
    const before = this.shown.at(-1)?.message;
    const element = this.entries.draw(message, before);
    const day = this.#newDay(message, before);
    const firstPending = [...this.pending.values()].find((kept) => !kept.code)?.element ?? null;
    if (day) this.list.insertBefore(day, firstPending);
    this.list.insertBefore(element, firstPending);
    this.shown.push({ message, element });
    if (message.speaker !== "patron") this.showTyping(false);
    this.#greetOnlyFirst();
    this.#follow(follow);
    // a long answer is read from its beginning
    const top = element.offsetTop - 12;
    if (follow && message.speaker !== "patron" && top < this.element.scrollTop) {
      this.following = false;
      this.element.scrollTop = top;
    }
  }

  /** Put a message that was edited or withdrawn in the place of what was shown. */
  change(message) {
    const at = this.shown.findIndex((entry) => entry.message.seq === message.seq);
    if (at < 0 || (this.shown[at].message.edited && this.shown[at].message.text === message.text)) return;
    const element = this.entries.draw(message, this.shown[at - 1]?.message);
    this.shown[at].element.replaceWith(element);
    this.shown[at] = { message, element };
  }

  showPending(item) {
    if (this.pending.has(item.id)) return;
    const state = h("span", { class: "state" }, icon("clock"), this.texts.sending);
    if (isThumb(item)) { // the pressed button says it
      this.pending.set(item.id, { item, element: state, state });
      return;
    }
    this.#withdrawChoices();
    const said = item.file
      ? this.entries.file({ name: item.text, media_type: item.file.type, bytes: item.file.size, url: null })
      : h("div", { class: "slip", dir: "auto" }, plain(item.text, { base: this.base, newTab: this.texts.newTab }));
    const element = h("div", { class: "entry patron pending", role: "group" },
      h("span", { class: "sr" }, `${this.texts.you}: `), said, h("div", { class: "foot" }, state));
    this.pending.set(item.id, { item, element, state });
    this.list.append(element);
    this.#greetOnlyFirst();
    this.toEnd();
  }

  /** Say that it could not be sent yet, and let the patron try at once. */
  delay(item) {
    const kept = this.pending.get(item.id);
    if (!kept || kept.state.querySelector("button")) return;
    const again = h("button", { type: "button", class: "link", onclick: () => {
      kept.state.replaceChildren(icon("clock"), this.texts.sending);
      this.act.again();
    } }, this.texts.tryNow);
    kept.state.replaceChildren(icon("clock"), this.texts.queued, " ", again);
  }

  /** Say why it was not taken; `code` is the server's. */
  refuse(item, code) {
    const kept = this.pending.get(item.id);
    if (!kept) return;
    kept.code = code;
    const reason = (this.texts.refused[code] ?? this.texts.refused.other)(this.mostOfFile);
    kept.element.classList.add("refused");
    const away = h("button", { type: "button", class: "link", onclick: () => {
      this.drop(item.id);
      this.act.focus();
    } }, this.texts.takeAway);
    kept.state.replaceChildren(icon("warning"), reason, " ", away);
  }

  /** Take away what was on its way: it arrived, or is given up. */
  drop(id) {
    this.pending.get(id)?.element.remove();
    this.pending.delete(id);
  }

  showTyping(on, by) {
    const follow = this.following;
    this.typing.hidden = !on;
    this.typing.querySelector(".mark").replaceChildren(by ? this.entries.face(by) : icon("star"));
    this.typing.querySelector(".who").textContent = on && by ? this.texts.isTyping(by) : "";
    clearTimeout(this.typingEnds);
    if (on) {
      this.typingEnds = setTimeout(() => this.showTyping(false), 20_000);
      this.#follow(follow);
    }
  }

  toEnd() {
    const isEmpty = this.shown.length + this.pending.size === 0;
    this.following = true;
    this.element.scrollTop = isEmpty ? 0 : this.element.scrollHeight; // a greeting is read from its beginning
    this.more.hidden = true;
  }

  #atEnd() {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    return scrollHeight - scrollTop - clientHeight < NEAR_END;
  }

  #follow(follow) {
    if (follow) this.toEnd();
    else if (this.list.getAttribute("aria-live") === "polite") this.more.hidden = false;
  }

  #greet() {
    if (!this.library) return;
    const texts = this.texts;
    const ask = (text) => h("button", { type: "button", class: "choice", onclick: () => this.act.say(text) }, text);
    this.hello.replaceChildren(
      h("div", { class: "emblem" }, icon("star")),
      h("h2", {}, texts.hello(this.library.assistant[this.language])),
      h("p", {}, texts.helloText(this.library.name[this.language])),
      h("p", { class: "label" }, texts.suggested),
      h("div", { class: "choices" }, ...texts.suggestions.map(ask)),
    );
  }

  #greetOnlyFirst() {
    this.hello.classList.toggle("small", this.shown.length + this.pending.size > 0);
  }

  #newDay(message, before) {
    const day = new Date(message.at);
    if (before && new Date(before.at).toDateString() === day.toDateString()) return null;
    if (!before && day.toDateString() === new Date().toDateString()) return null;
    return h("div", { class: "day" }, h("span", {}, dayName(day, this.language)));
  }

  /** Choices belong to the last question; once somebody has gone on they are in the way, or mean nothing. */
  #withdrawChoices() {
    for (const group of this.list.querySelectorAll(".choices")) group.remove();
  }
}
