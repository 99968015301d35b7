// The conversation as it is shown: entries, sources, choices, ratings.

import { h, icon } from "./dom.js";
import { link, markdown, plain, safeAddress } from "./markdown.js";
import { TEXTS, clock, dayName, direction, longDay } from "./texts.js";

const NEAR_END = 80; // pixels from the end within which new messages are followed
const THUMBS = { "👍": "up", "👎": "down" };
const RATING = /^\s*([1-5١-٥])(?!\d)/u;

export class Log {
  /** `act` has `choose(choice, seq)`; `storage` knows what was pressed before. */
  constructor({ base, storage, act }) {
    this.base = base;
    this.storage = storage;
    this.act = act;
    this.language = "en";
    this.assistant = { en: "Dalil", ar: "دليل" };
    this.pending = new Map();
    this.shown = []; // {message, element}
    this.list = h("div", { class: "entries", role: "log", "aria-live": "off" });
    this.typing = h("div", { class: "typing", hidden: true },
      h("span", { class: "mark" }, icon("star")), h("span", { class: "dots", "aria-hidden": "true" },
        h("i"), h("i"), h("i")), h("span", { class: "who" }));
    this.more = h("button", { type: "button", class: "newer", hidden: true, onclick: () => this.toEnd() });
    this.hello = h("section", { class: "hello" });
    this.element = h("div", { class: "scroll", role: "region", tabindex: "0" }, this.hello, this.list, this.typing);
    this.element.addEventListener("scroll", () => {
      if (this.#atEnd()) this.more.hidden = true;
    });
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
    if (library) {
      this.assistant = library.assistant;
      this.library = library;
    }
    this.list.setAttribute("aria-label", this.texts.log);
    this.element.setAttribute("aria-label", this.texts.log);
    this.more.replaceChildren(icon("below"), this.texts.newMessages);
    this.#greet();
    const [all, waiting] = [this.shown.map((entry) => entry.message), [...this.pending.values()]];
    this.clear();
    for (const message of all) this.show(message);
    for (const { item } of waiting) this.showPending(item);
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
    const follow = this.#atEnd() || message.speaker === "patron";
    this.pending.get(message.id)?.element.remove();
    this.pending.delete(message.id);
    if (message.speaker === "patron" && !isThumb(message)) this.#withdrawChoices();
    const before = this.shown.at(-1)?.message;
    const element = this.#entry(message, before);
    const day = this.#newDay(message, before);
    const firstPending = this.pending.values().next().value?.element ?? null;
    if (day) this.list.insertBefore(day, firstPending);
    this.list.insertBefore(element, firstPending);
    this.shown.push({ message, element });
    if (message.speaker !== "patron") this.showTyping(false);
    this.#greetOnlyFirst();
    this.#follow(follow);
    // a long answer is read from its beginning
    const top = element.offsetTop - 12;
    if (follow && message.speaker !== "patron" && top < this.element.scrollTop) this.element.scrollTop = top;
  }

  /** Put a message that was edited or withdrawn in the place of what was shown. */
  change(message) {
    const at = this.shown.findIndex((entry) => entry.message.seq === message.seq);
    if (at < 0 || (this.shown[at].message.edited && this.shown[at].message.text === message.text)) return;
    const element = this.#entry(message, this.shown[at - 1]?.message);
    this.shown[at].element.replaceWith(element);
    this.shown[at] = { message, element };
  }

  showPending(item) {
    if (this.pending.has(item.id)) return;
    const state = h("span", { class: "state" }, this.texts.sending);
    if (isThumb(item)) { // the pressed button says it
      this.pending.set(item.id, { item, element: state, state });
      return;
    }
    this.#withdrawChoices();
    const element = h("div", { class: "entry patron pending" },
      this.#said(this.texts.you), h("div", { class: "slip", dir: "auto" }, plain(item.text, this.#context())),
      h("div", { class: "foot" }, state));
    this.pending.set(item.id, { item, element, state });
    this.list.append(element);
    this.#greetOnlyFirst();
    this.toEnd();
  }

  delay(item) {
    const kept = this.pending.get(item.id);
    if (kept) kept.state.textContent = this.texts.queued;
  }

  refuse(item, code) {
    const kept = this.pending.get(item.id);
    if (!kept) return;
    this.pending.delete(item.id);
    kept.element.classList.add("refused");
    kept.state.textContent = this.texts.refused[code] ?? this.texts.refused.other;
  }

  showTyping(on, by) {
    const follow = this.#atEnd();
    this.typing.hidden = !on;
    this.typing.querySelector(".mark").replaceChildren(icon(by ? "person" : "star"));
    this.typing.querySelector(".who").textContent = on && by ? this.texts.isTyping(by) : "";
    clearTimeout(this.typingEnds);
    if (on) {
      this.typingEnds = setTimeout(() => this.showTyping(false), 20_000);
      this.#follow(follow);
    }
  }

  toEnd() {
    this.element.scrollTop = this.element.scrollHeight;
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

  #context() {
    return { base: this.base, newTab: this.texts.newTab };
  }

  #said(name) {
    return h("span", { class: "sr" }, `${this.texts.says(name)} `);
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

  #entry(message, before) {
    if (message.kind === "notice") return this.#notice(message);
    if (message.speaker === "patron" && isThumb(message)) {
      const label = THUMBS[message.text.trim()] === "up" ? this.texts.yes : this.texts.notHelpful;
      return h("div", { class: "sr rated", "data-seq": message.seq }, this.#said(this.texts.you), label);
    }
    const mine = message.speaker === "patron";
    const entry = h("div", { class: `entry ${message.speaker}`, "data-seq": message.seq });
    const same = before?.speaker === message.speaker && before?.author === message.author
      && before?.kind !== "notice";
    if (same) entry.classList.add("same");
    if (!mine && !same) entry.append(this.#author(message));
    else entry.append(this.#said(mine ? this.texts.you : this.#name(message)));
    const body = h("div", {
      class: mine ? "slip" : "text", lang: message.language, dir: mine ? "auto" : direction(message.language),
    });
    body.append(mine ? plain(message.text, this.#context()) : markdown(message.text, this.#context()));
    entry.append(body);
    if (message.citations.length) entry.append(this.#sources(message));
    const foot = h("div", { class: "foot" }, h("time", { datetime: message.at },
      clock(new Date(message.at), this.language)));
    if (message.edited && message.event !== "withdrawn") foot.append(h("span", { class: "edited" }, this.texts.edited));
    if (message.event === "withdrawn") entry.classList.add("withdrawn");
    entry.append(foot);
    if (message.choices.length) this.#addChoices(entry, foot, message);
    return entry;
  }

  #notice(message) {
    const entry = h("div", {
      class: "entry notice", "data-seq": message.seq, lang: message.language, dir: direction(message.language),
    });
    entry.append(h("div", { class: "text" }, markdown(message.text, this.#context())));
    if (message.choices.length) this.#addChoices(entry, null, message);
    return entry;
  }

  #name(message) {
    if (message.speaker === "librarian") return message.author ?? this.texts.librarian;
    return this.assistant[this.language];
  }

  #author(message) {
    const isPerson = message.speaker === "librarian";
    const author = h("div", { class: "author" },
      h("span", { class: "mark" }, icon(isPerson ? "person" : "star")),
      h("bdi", { class: "name" }, this.#name(message)));
    if (isPerson && message.author) author.append(h("span", { class: "role" }, this.texts.role));
    author.append(h("span", { class: "sr" }, ": "));
    return author;
  }

  #sources(message) {
    const many = message.citations.length > 1;
    const list = h("ul", { class: "sources", "aria-label": many ? this.texts.sources : this.texts.source });
    for (const citation of message.citations) list.append(h("li", {}, this.#card(citation, message.language)));
    return list;
  }

  #card(citation, language) {
    const texts = TEXTS[language] ?? this.texts;
    const details = [citation.section, citation.reviewed && texts.reviewed(longDay(citation.reviewed, language))];
    const content = [
      h("span", { class: "kind" }, icon("book"), texts.source),
      h("span", { class: "title" }, citation.title),
      h("span", { class: "details" }, ...details.filter(Boolean).map((text) => h("span", {}, text))),
    ];
    const look = { class: "card", lang: language, dir: direction(language) };
    const href = safeAddress(citation.url, this.base);
    return href ? link(href, content, texts.newTab, look) : h("div", look, ...content);
  }

  #addChoices(entry, foot, message) {
    const thumbs = message.choices.filter((choice) => THUMBS[choice.title.trim()]);
    const rest = message.choices.filter((choice) => !thumbs.includes(choice));
    if (thumbs.length) (foot ?? entry).append(this.#thumbs(thumbs, message));
    if (rest.length === 5 && rest.every((choice) => RATING.test(choice.title))) {
      entry.append(this.#stars(rest, message));
    } else if (rest.length) {
      const press = (choice) => h("button", {
        type: "button", class: "choice", onclick: () => this.act.choose(choice, message.seq),
      }, choice.title);
      const look = { class: "choices", role: "group", lang: message.language, dir: direction(message.language) };
      entry.append(h("div", { ...look, "aria-label": this.texts.replies }, ...rest.map(press)));
    }
  }

  #thumbs(choices, message) {
    const group = h("div", { class: "thumbs", role: "group", "aria-label": this.texts.helpful });
    group.append(h("span", { class: "ask", "aria-hidden": "true" }, this.texts.helpful));
    for (const choice of choices) {
      const way = THUMBS[choice.title.trim()];
      const label = way === "up" ? this.texts.yes : this.texts.notHelpful;
      group.append(this.#pressable(choice, message, group, { class: "thumb", "aria-label": label, title: label },
        icon(way)));
    }
    return group;
  }

  #stars(choices, message) {
    const group = h("div", { class: "rating", role: "group", "aria-label": this.texts.rating });
    group.append(h("span", { class: "end", "aria-hidden": "true" }, this.texts.low));
    choices.forEach((choice, i) => {
      const look = { class: "mark-out-of-5", "aria-label": this.texts.of5(i + 1) };
      group.append(this.#pressable(choice, message, group, look, String(i + 1)));
    });
    group.append(h("span", { class: "end", "aria-hidden": "true" }, this.texts.high));
    return group;
  }

  /** A button that stays pressed. Pressing it again changes nothing; another may be pressed instead. */
  #pressable(choice, message, group, look, content) {
    const button = h("button", { type: "button", ...look }, content);
    const mark = (ref) => {
      for (const other of group.querySelectorAll("button")) {
        other.setAttribute("aria-pressed", String(other.dataset.ref === ref));
      }
      group.classList.toggle("done", ref !== null);
    };
    button.dataset.ref = choice.ref;
    button.setAttribute("aria-pressed", String(this.storage.pressed(message.seq) === choice.ref));
    if (this.storage.pressed(message.seq)) group.classList.add("done");
    button.addEventListener("click", () => {
      if (this.storage.pressed(message.seq) === choice.ref) return;
      this.storage.press(message.seq, choice.ref);
      mark(choice.ref);
      this.act.choose(choice, message.seq);
    });
    return button;
  }

  /** Choices belong to the last question; once the patron has gone on they are in the way. */
  #withdrawChoices() {
    for (const group of this.list.querySelectorAll(".choices")) group.remove();
  }
}

/** Whether a patron's message is nothing but a rating. */
function isThumb({ text }) {
  return THUMBS[text.trim()] !== undefined;
}
