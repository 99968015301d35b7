// How one message is drawn: who speaks, the text, files, sources, choices, ratings.

import { h, icon } from "./dom.js";
import { bare, link, markdown, plain, safeAddress } from "./markdown.js";
import { TEXTS, clock, direction, longDay, sizeOf } from "./texts.js";

const THUMBS = { "👍": "up", "👎": "down" };
const RATING = /^\s*([1-5١-٥])(?!\d)/u;
const COPIED_MS = 2_500;

/** Draws messages, in the language of the panel around them; each text keeps its own. */
export class Entries {
  /** `act` has `choose(choice, seq)` and `announce(text)`; `storage` knows what was pressed before. */
  constructor({ base, storage, act }) {
    this.base = base;
    this.storage = storage;
    this.act = act;
    this.language = "en";
    this.assistant = { en: "Dalil", ar: "دليل" };
    this.photos = new Map(); // a librarian's name to the address of their portrait
  }

  get texts() {
    return TEXTS[this.language];
  }

  speak(language, assistant) {
    this.language = language;
    if (assistant) this.assistant = assistant;
  }

  /** A librarian's portrait, or the first letters of their names. Decoration: the name stands beside it. */
  face(name) {
    const face = h("span", { class: "face", "aria-hidden": "true" });
    const letters = name.split(/\s+/).filter(Boolean).map((part) => [...part][0]);
    const initials = letters.length > 1 ? [letters[0], letters.at(-1)] : letters;
    // Arabic letters would join into a word that is none
    face.append(initials.join(/\p{Script=Arabic}/u.test(name) ? "\u00a0" : "").toUpperCase());
    const photo = this.photos.get(name);
    if (photo) {
      const portrait = h("img", { src: photo, alt: "", referrerpolicy: "no-referrer" });
      portrait.addEventListener("load", () => face.replaceChildren(portrait));
      portrait.addEventListener("error", () => portrait.remove());
      face.append(portrait);
    }
    return face;
  }

  /**
   * A file that was given, or is being given (then without an address).
   * @param {import("../types").Attachment} attachment
   */
  file({ name, media_type: kind, bytes, url }) {
    const href = url && safeAddress(url.replace(/^\//, ""), this.base);
    const isImage = kind.startsWith("image/");
    const content = [
      ...(isImage && href ? [h("img", { src: href, alt: "", loading: "lazy", referrerpolicy: "no-referrer" })] : []),
      h("span", { class: "about" }, icon(isImage ? "image" : "file"),
        h("bdi", { class: "title" }, name),
        h("bdi", { class: "details" }, `${kind.replace(/^.*\//, "").slice(0, 4).toUpperCase() || "?"} · ${sizeOf(bytes)}`)),
    ];
    const look = { class: "file", dir: direction(this.language) };
    return href ? link(href, content, this.texts.newTab, look) : h("div", look, ...content);
  }

  /**
   * Draw a message; `before` is the one above it.
   * @param {import("../types").Message} message
   * @param {import("../types").Message | undefined} before
   */
  draw(message, before) {
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
    if (message.event === "withdrawn") entry.classList.add("withdrawn");
    if (!mine && !same) entry.append(this.#author(message));
    else entry.append(this.#said(mine ? this.texts.you : this.#name(message)));
    const files = message.attachments ?? [];
    if (!files.some((file) => file.name === message.text)) entry.append(this.#body(message));
    entry.append(...files.map((file) => this.file(file)));
    if (message.citations.length) entry.append(this.#sources(message));
    const foot = this.#foot(message);
    entry.append(foot);
    if (message.choices.length) this.#addChoices(entry, foot, message);
    return entry;
  }

  #body(message) {
    const mine = message.speaker === "patron";
    const body = h("div", {
      class: mine ? "slip" : "text", lang: message.language, dir: mine ? "auto" : direction(message.language),
    });
    body.append(mine ? plain(message.text, this.#context()) : markdown(message.text, this.#context()));
    return body;
  }

  /** @param {import("../types").Message} message */
  #foot(message) {
    const time = h("time", { datetime: message.at }, clock(new Date(message.at), this.language));
    if (message.event === "withdrawn") return h("div", { class: "foot" }, time);
    if (message.speaker !== "patron") {
      const edited = message.edited ? h("span", { class: "edited" }, this.texts.edited) : null;
      return h("div", { class: "foot" }, time, edited, this.#copy(message));
    }
    const arrived = h("span", { class: "arrived", title: this.texts.arrived }, icon("tick"),
      h("span", { class: "sr" }, this.texts.arrived));
    return h("div", { class: "foot" }, time, arrived);
  }

  #copy(message) {
    const button = h("button", { type: "button", class: "copy", title: this.texts.copy });
    const show = (face) => button.replaceChildren(icon(face), h("span", { class: "sr" }, this.texts.copy));
    show("copy");
    button.addEventListener("click", async () => {
      const sources = message.citations.map(({ title, url }) => `${title} ${url}`);
      const done = await copied([bare(message.text), ...sources].join("\n"), button);
      if (!done) return;
      this.act.announce(this.texts.copied);
      show("tick");
      setTimeout(() => show("copy"), COPIED_MS);
    });
    return button;
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
      isPerson ? this.face(this.#name(message)) : h("span", { class: "mark" }, icon("star")),
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

  /**
   * @param {import("../types").Citation} citation
   * @param {import("../types").Language} language
   */
  #card(citation, language) {
    const texts = TEXTS[language] ?? this.texts;
    const details = [citation.section, citation.reviewed && texts.reviewed(longDay(citation.reviewed, language))];
    const content = [
      h("span", { class: "kind" }, icon("book"), texts.source),
      h("span", { class: "title" }, h("bdi", {}, citation.title)),
      h("span", { class: "details" }, ...details.filter(Boolean).map((text) => h("bdi", {}, text))),
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
      }, h("bdi", {}, choice.title));
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

  #context() {
    return { base: this.base, newTab: this.texts.newTab };
  }

  #said(name) {
    return h("span", { class: "sr" }, `${name}: `);
  }
}

/** Whether a patron's message is nothing but a rating. */
export function isThumb({ text }) {
  return THUMBS[text.trim()] !== undefined;
}

/** Put a text on the clipboard; false where the browser does not let us. */
async function copied(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch { // a page without HTTPS, or without the permission
    const field = h("textarea", { class: "sr", "aria-hidden": "true", tabindex: "-1" });
    field.value = text;
    button.after(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    button.focus();
    return done;
  }
}
