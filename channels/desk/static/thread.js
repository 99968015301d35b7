// One conversation as the librarian reads it: patron, assistant, librarian, notes, what is on its way.

import { icon } from "./icons.js";
import { h } from "./shared/dom.js";
import { link, markdown, plain, safeAddress } from "./shared/markdown.js";
import { moment } from "./texts.js";

const NEAR_END = 90; // pixels from the end within which new messages are followed
const FACE = { patron: "person", assistant: "star", librarian: "lamp" };

export class Thread {
  /**
   * Unless `readOnly`, one can change one's own messages. It lives as long as `signal`, or the page.
   * @param {import("./model.js").Model} model
   * @param {import("./desk.js").Page} ui
   * @param {{signal?: AbortSignal, readOnly?: boolean}} how
   */
  constructor(model, ui, { signal = ui.signal, readOnly = false } = {}) {
    this.model = model;
    this.ui = ui;
    this.readOnly = readOnly;
    /** @type {import("../types").View | null} */
    this.view = null;
    const { texts } = ui;
    this.shown = new Map(); // key to {element, mark}: `mark` tells whether it must be drawn again
    this.list = h("ol", { class: "entries" });
    this.log = h("div", { role: "log", "aria-label": texts.conversation, "aria-live": "off" }, this.list);
    this.writing = h("p", { class: "writing-now", hidden: true }, icon("person"), texts.patronWrites);
    this.words = h("p", { class: "words", dir: "auto" });
    this.written = h("div", { class: "written", hidden: true }, h("p", { class: "head" }, icon("eye"), texts.notSentYet),
      this.words);
    this.newer = h("button", { type: "button", class: "newer", hidden: true, onclick: () => this.toEnd() },
      icon("below"), texts.newer);
    this.scroll = h("div", { class: "scroll", tabindex: "0" },
      this.log, this.written, this.writing);
    this.element = h("div", { class: "thread" }, this.scroll, this.newer);
    this.following = true; // whether the end is in view, and is to stay so
    this.height = 0;
    this.scroll.addEventListener("scroll", () => {
      if (this.scroll.clientHeight !== this.height) return; // it was resized, not scrolled
      this.following = this.#atEnd();
      if (this.following) this.newer.hidden = true;
    });
    const resized = new ResizeObserver(() => {
      this.height = this.scroll.clientHeight;
      if (this.following) this.toEnd();
    });
    resized.observe(this.scroll);
    resized.observe(this.list);
    signal.addEventListener("abort", () => resized.disconnect());
    if (!readOnly) model.on("writing", () => this.#drawWriting(), { signal });
  }

  /**
   * Draw a view; only what changed is touched, so that a reader's place and selection stay.
   * @param {import("../types").View | null} view
   * @param {import("../types").Item[]} items
   */
  draw(view, items) {
    const other = this.view !== view;
    if (other) {
      this.#begin(view);
      this.following = true;
    }
    const before = this.list.childElementCount;
    const wanted = view ? this.#entries(view, items) : [];
    const keys = new Set(wanted.map((entry) => entry.key));
    for (const [key, { element }] of this.shown) {
      if (keys.has(key)) continue;
      element.remove();
      this.shown.delete(key);
    }
    wanted.forEach((entry, i) => this.#place(entry, i));
    this.#drawWriting();
    const grew = this.list.childElementCount > before;
    if (this.following) this.toEnd();
    else if (grew) this.newer.hidden = false;
    if (other) setTimeout(() => this.log.setAttribute("aria-live", "polite"), 300);
  }

  toEnd() {
    this.following = true;
    this.scroll.scrollTop = this.scroll.scrollHeight;
    this.newer.hidden = true;
  }

  /** Show the beginning, as of something that is over. */
  toStart() {
    this.following = false;
    this.scroll.scrollTop = 0;
    this.newer.hidden = true;
  }

  /** @param {import("../types").View | null} view */
  #begin(view) {
    this.view = view;
    this.shown.clear();
    this.list.replaceChildren();
    this.log.setAttribute("aria-live", "off"); // what was said before is not news
  }

  #atEnd() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroll;
    return scrollHeight - scrollTop - clientHeight < NEAR_END;
  }

  #drawWriting() {
    const id = this.readOnly || this.view === null ? null : this.model.chosen;
    const on = id !== null && this.model.writing.has(id);
    const text = id === null ? "" : (this.model.written.get(id)?.text ?? "");
    this.writing.hidden = !on;
    this.written.hidden = !text;
    this.words.textContent = text;
    if ((on || text) && this.following) this.toEnd();
  }

  /**
   * @param {import("../types").View} view
   * @param {import("../types").Item[]} items
   */
  #entries(view, items) {
    const kept = new Set(view.messages.map((message) => message.id).filter(Boolean));
    const said = view.messages.map((message) => ({
      key: `message-${message.seq}`, at: message.at, message, state: view.undelivered?.[message.seq] ?? "sent",
    }));
    const notes = view.notes.map((note, i) => ({ key: `note-${i}`, at: note.at, note }));
    const events = (view.events ?? []).filter((event) => this.ui.texts.events[event.kind])
      .map((event, i) => ({ key: `event-${i}`, at: event.at, event }));
    const unsent = items.filter((item) => !kept.has(item.id)).map((item) => ({ key: `item-${item.id}`, at: item.at, item }));
    return [...[...said, ...notes, ...events].sort((a, b) => a.at.localeCompare(b.at)), ...unsent];
  }

  #place(entry, index) {
    const mark = `${entry.state ?? ""} ${entry.item?.state ?? ""} ${entry.item?.error ?? ""} ${entry.message?.edited_at ?? ""} ${entry.note?.author ?? ""} ${entry.note?.text ?? ""}`;
    let shown = this.shown.get(entry.key);
    if (shown?.mark !== mark) {
      const element = this.#draw(entry);
      shown?.element.replaceWith(element);
      shown = { element, mark };
      this.shown.set(entry.key, shown);
    }
    const there = this.list.children[index];
    if (there !== shown.element) this.list.insertBefore(shown.element, there ?? null);
  }

  #draw({ message, note, item, event, state }) {
    if (event) return this.#event(event);
    if (note) return this.#note(note.author, note.text, note.at);
    if (item) return this.#item(item);
    if (message.kind === "notice") return this.#notice(message);
    return this.#message(message, state);
  }

  /**
   * @param {import("../types").Message} message
   * @param {string} state
   */
  #message(message, state) {
    const mine = message.speaker === "librarian";
    // The assistant writes Arabic lines that begin with a Latin name; what people write shows its own way.
    const way = message.speaker !== "assistant" ? "auto" : message.language === "ar" ? "rtl" : "ltr";
    const body = h("div", { class: "body", lang: message.language, dir: way });
    body.append(message.speaker === "patron" ? plain(message.text, this.#context()) : markdown(message.text, this.#context()));
    const entry = h("li", { class: `entry ${message.speaker}`, "data-seq": message.seq },
      this.#head(FACE[message.speaker], this.#name(message), message.at));
    const files = message.attachments ?? [];
    if (!files.some((file) => file.name === message.text)) entry.append(body); // its text is only the file's name
    if (message.citations.length) entry.append(this.#sources(message.citations));
    if (message.choices.length) entry.append(this.#offered(message.choices));
    if (files.length) entry.append(this.#files(files));
    const withdrawn = message.event === "withdrawn";
    entry.classList.toggle("withdrawn", withdrawn);
    const edited = message.event === "edited" ? message.at : message.edited_at;
    if (edited && !withdrawn) entry.append(h("p", { class: "state" }, icon("pen"), this.ui.texts.edited(moment(edited, this.ui.language))));
    if (mine) entry.append(this.#delivery(state));
    if (mine && message.by === this.model.me.id && !withdrawn && !this.readOnly) entry.append(this.#own(message));
    return entry;
  }

  /** @param {import("../types").Message} message */
  #name({ speaker, author }) {
    const { texts } = this.ui;
    if (speaker !== "librarian") return texts[speaker];
    return author === this.model.me.name ? texts.you : (author ?? texts.librarian);
  }

  #head(face, name, at) {
    return h("p", { class: "head" }, icon(face), h("bdi", { class: "name" }, name), " ",
      h("time", { datetime: at }, moment(at, this.ui.language)));
  }

  /** @param {import("../types").Message} message */
  #notice(message) {
    return h("li", { class: "entry notice", "data-seq": message.seq },
      h("p", { class: "body", lang: message.language, dir: "auto" }, message.text),
      h("p", { class: "head" }, h("time", { datetime: message.at }, moment(message.at, this.ui.language))));
  }

  /**
   * What happened on the desk; the patron never sees it.
   * @param {import("../types").Happening} event
   */
  #event({ kind, who, other, text, at }) {
    const { texts } = this.ui;
    const line = h("p", { class: "body" }, icon("eye"), h("span", { class: "sr" }, `${texts.deskOnly} `),
      texts.events[kind](who, other === null ? "" : this.ui.subject(other)));
    return h("li", { class: "entry event" }, line,
      text ? h("p", { class: "word", dir: "auto" }, text) : null,
      h("p", { class: "head" }, h("time", { datetime: at }, moment(at, this.ui.language))));
  }

  /** @param {import("../types").Attachment[]} attachments */
  #files(attachments) {
    return h("ul", { class: "files" }, ...attachments.map((file) => h("li", {}, this.#file(file))));
  }

  /**
   * A picture is shown; anything else is saved when it is asked for. Neither can run anything: see channels/web/files.py.
   * @param {import("../types").Attachment} file
   */
  #file({ name, media_type: kind, bytes, url }) {
    const { texts } = this.ui;
    const href = safeAddress(url ?? "", new URL("../../../", import.meta.url).href);
    const size = h("span", { class: "size" }, ` ${texts.kilobytes(Math.ceil(bytes / 1024))}`);
    const named = h("span", { class: "named" }, icon("clip"), h("bdi", {}, name), size);
    if (!href) return named;
    if (!kind.startsWith("image/")) {
      return h("a", { href, download: name }, named, h("span", { class: "sr" }, ` (${texts.saves})`));
    }
    const picture = h("img", { src: href, alt: "", loading: "lazy", referrerpolicy: "no-referrer" });
    picture.addEventListener("error", () => picture.remove()); // not a picture after all, or gone
    return link(href, [picture, named], texts.newTab);
  }

  /**
   * What I can still do with what I said.
   * @param {import("../types").Message} message
   */
  #own(message) {
    const { texts } = this.ui;
    const button = (text, what) => h("button", { type: "button", class: "quiet", onclick: () => this.ui.correct(what, message) }, text);
    return h("p", { class: "own" }, button(texts.edit, "edit"), button(texts.withdraw, "withdraw"));
  }

  #note(author, text, at, ...more) {
    const body = h("div", { class: "body", dir: "auto" }, plain(text, this.#context()));
    const head = this.#head("lock", this.ui.texts.noteMark, at);
    head.querySelector("time").before(h("bdi", {}, author));
    return h("li", { class: "entry note" }, head, body, ...more);
  }

  /** @param {import("../types").Item} item */
  #item(item) {
    const { texts } = this.ui;
    const foot = h("p", { class: `state ${item.state}` });
    if (item.state === "refused") {
      foot.append(icon("warning"), `${texts.notSent} ${item.error ?? ""} `,
        h("button", { type: "button", class: "quiet", onclick: () => this.model.outbox.again(item.id) }, texts.tryAgain),
        h("button", { type: "button", class: "quiet", onclick: () => this.model.outbox.drop(item.id) }, texts.discard));
    } else {
      foot.append(icon("clock"), item.state === "kept" ? texts.keptBack : texts.sendingNow);
    }
    if (item.kind === "note") return this.#note(texts.you, item.text, item.at, foot);
    const body = h("div", { class: "body", dir: "auto" }, markdown(item.text, this.#context()));
    return h("li", { class: "entry librarian unsent" }, this.#head("lamp", texts.you, item.at), body, foot);
  }

  #delivery(state) {
    const trouble = state === "failed" || state === "unknown";
    const face = trouble ? "warning" : state === "sent" ? "tick" : "clock";
    return h("p", { class: `state ${state}` }, icon(face), this.ui.texts.delivery[state] ?? state);
  }

  /** @param {import("../types").Citation[]} citations */
  #sources(citations) {
    const { texts } = this.ui;
    return h("ul", { class: "sources", "aria-label": texts.sources },
      ...citations.map((citation) => h("li", {}, icon("book"), source(citation, this.#context()))));
  }

  /** @param {import("../types").Choice[]} choices */
  #offered(choices) {
    return h("p", { class: "offered" }, `${this.ui.texts.offered} `,
      ...choices.flatMap((choice, i) => [i ? " " : "", h("bdi", { class: "choice" }, choice.title)]));
  }

  #context() {
    return { base: document.baseURI, newTab: this.ui.texts.newTab };
  }
}

/**
 * A citation as a link, where its address is one.
 * @param {import("../types").Citation} citation
 * @param {{base: string, newTab: string}} context
 */
export function source(citation, context) {
  const title = citation.section ? `${citation.title} – ${citation.section}` : citation.title;
  const href = safeAddress(citation.url, context.base);
  const text = h("bdi", { dir: "auto" }, title);
  return href ? link(href, [text], context.newTab) : text;
}
