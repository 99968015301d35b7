// Where the librarian writes: a reply to the patron, or a note that never leaves the desk.

import { Finder } from "./finder.js";
import { Ready } from "./ready.js";
import { icon } from "./icons.js";
import { h } from "./shared/dom.js";

const STILL_TYPING_MS = 3_000;
const TYPING_AGAIN_MS = 8_000;
const TALLEST = 220; // pixels

export class Composer {
  /**
   * @param {import("./model.js").Model} model
   * @param {import("./desk.js").Page} ui
   */
  constructor(model, ui) {
    this.model = model;
    this.ui = ui;
    /** @type {import("../types").Handoff | null} */
    this.handoff = null;
    /** @type {"reply" | "note"} */
    this.tab = "reply";
    /** @type {Record<"reply" | "note", HTMLElement>} */
    this.buttons; // these are made by #build()
    /** @type {HTMLElement} */
    this.instead;
    /** @type {Record<string, string>} */
    this.drafts = model.memory.get("drafts", {}); // by handoff and tab
    this.#build();
    this.finder = model.search ? new Finder(model, ui, (text) => this.#insert(text)) : null;
    this.ready = new Ready(model, ui, (text) => this.#insert(text));
    model.on("dropped", (detail) => this.#drop(detail.id), { signal: ui.signal });
    this.element = h("section", { class: "composer", "aria-label": ui.texts.reply, hidden: true },
      this.finder?.element ?? "", this.ready.element, this.tabs, this.panel);
    ui.signal.addEventListener("abort", () => this.#stopTyping());
  }

  /**
   * Write to this handoff from now on; null for none.
   * @param {import("../types").Handoff | null} handoff
   */
  draw(handoff) {
    const { texts } = this.ui;
    const mine = handoff !== null && this.model.isMine(handoff);
    const over = handoff !== null && !["waiting", "assigned"].includes(handoff.state);
    if (handoff?.id !== this.handoff?.id) this.#change(handoff, mine);
    const before = this.handoff?.id === handoff?.id ? this.handoff : null;
    if (before && mine !== this.model.isMine(before)) this.tab = "reply"; // just claimed, or just ended
    this.handoff = handoff;
    this.element.hidden = handoff === null;
    if (!handoff) return;
    for (const [tab, button] of Object.entries(this.buttons)) {
      button.setAttribute("aria-selected", String(tab === this.tab));
      button.tabIndex = tab === this.tab ? 0 : -1;
    }
    const noting = this.tab === "note";
    this.element.classList.toggle("noting", noting);
    this.panel.setAttribute("aria-labelledby", `tab-${this.tab}`);
    const canWrite = noting || mine;
    this.form.hidden = !canWrite;
    this.instead.hidden = canWrite;
    if (!canWrite) this.#drawInstead(handoff, over);
    this.label.textContent = noting ? texts.noteLabel : texts.replyLabel;
    this.field.placeholder = noting ? texts.notePlaceholder : texts.replyPlaceholder;
    this.button.replaceChildren(icon(noting ? "note" : "send"), noting ? texts.keep : texts.send);
    this.helps.hidden = noting || !mine;
    if (noting || !mine) {
      this.finder?.close();
      this.ready.close();
    }
    this.field.lang = noting ? this.ui.language : handoff.language; // what the browser checks spelling by
    const text = this.drafts[this.#key()] ?? "";
    if (this.field.value !== text) this.field.value = text;
    this.#measure();
  }

  /** Open one of the helps; each closes the others. Nothing happens where one cannot reply. */
  search() {
    const handoff = this.#replying();
    if (!this.finder || !handoff) return;
    this.ready.close();
    this.finder.open(handoff.packet.question, handoff.language);
  }

  canned() {
    const handoff = this.#replying();
    if (!handoff) return;
    this.finder?.close();
    this.ready.canned(handoff);
  }

  suggest() {
    const handoff = this.#replying();
    if (!handoff) return;
    this.finder?.close();
    this.ready.suggest(handoff);
  }

  /**
   * Write a reply, or a note.
   * @param {"reply" | "note"} tab
   */
  write(tab) {
    if (this.element.hidden) return;
    this.#show(tab);
    this.focus();
  }

  hasDraft(id) {
    return Boolean(this.drafts[`${id}:reply`] || this.drafts[`${id}:note`]) && id !== this.model.chosen;
  }

  /** The handoff that one can reply to now, with the reply in view; else null. */
  #replying() {
    if (!this.handoff || !this.model.isMine(this.handoff)) return null;
    this.#show("reply");
    return this.handoff;
  }

  #drop(id) {
    for (const tab of ["reply", "note"]) delete this.drafts[`${id}:${tab}`];
    this.model.memory.set("drafts", this.drafts);
  }

  focus() {
    (this.form.hidden ? this.instead.querySelector("button") : this.field)?.focus();
  }

  #build() {
    const { texts } = this.ui;
    const button = (/** @type {"reply" | "note"} */ tab, face) => h("button", {
      type: "button", role: "tab", id: `tab-${tab}`, class: `tab ${tab}`, "aria-controls": "writing",
      onclick: () => this.#show(tab),
    }, icon(face), texts[tab]);
    this.buttons = { reply: button("reply", "send"), note: button("note", "lock") };
    this.tabs = h("div", { class: "tabs", role: "tablist" }, ...Object.values(this.buttons));
    this.tabs.addEventListener("keydown", (event) => {
      if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
      this.#show(this.tab === "reply" ? "note" : "reply");
      this.buttons[this.tab].focus();
    });
    this.label = h("label", { class: "sr", for: "field" });
    this.field = h("textarea", { id: "field", rows: "2", dir: "auto", "aria-describedby": "keys over", spellcheck: "true", autocapitalize: "sentences" });
    this.button = h("button", { type: "submit", class: "main" });
    this.find = this.model.search ? h("button", {
      type: "button", class: "plain find", "aria-label": texts.find, onclick: () => this.search(),
    }, icon("search"), h("span", {}, texts.find)) : null;
    const help = (face, text, act) => h("button", { type: "button", class: "plain find", "aria-label": text, onclick: act },
      icon(face), h("span", {}, text));
    this.helps = h("div", { class: "helps", role: "group", "aria-label": texts.helps },
      help("book", texts.canned, () => this.canned()), help("star", texts.suggest, () => this.suggest()), this.find ?? "");
    this.over = h("span", { id: "over", class: "over", role: "status" });
    this.form = h("form", { novalidate: true }, this.label, this.field,
      h("div", { class: "row" }, this.helps, h("span", { id: "keys", class: "keys" }, texts.keys), this.over,
        this.button));
    this.instead = h("div", { class: "instead" });
    this.panel = h("div", { role: "tabpanel", id: "writing" }, this.form, this.instead);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.field.addEventListener("input", () => this.#written());
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#send();
    });
  }

  /**
   * @param {import("../types").Handoff | null} handoff
   * @param {boolean} mine
   */
  #change(handoff, mine) {
    this.#stopTyping();
    this.finder?.close();
    this.ready?.close();
    const asked = handoff !== null && this.model.isReferredToMe(handoff);
    this.tab = handoff && !mine && !asked && handoff.state === "assigned" ? "note" : "reply";
  }

  /**
   * @param {import("../types").Handoff} handoff
   * @param {boolean} over
   */
  #drawInstead(handoff, over) {
    const { texts } = this.ui;
    if (over) {
      const rated = handoff.csat ? ` ${texts.rated(handoff.csat)}` : "";
      this.instead.replaceChildren(h("p", {}, texts.over_ + rated));
    } else if (!this.model.me.answers) {
      this.instead.replaceChildren(h("p", {}, texts.staffOnly));
    } else if (handoff.state === "waiting") {
      this.instead.replaceChildren(h("p", {}, handoff.left ? texts.leftFirst : texts.claimFirst),
        h("button", { type: "button", class: "main claim", onclick: () => this.ui.claim(handoff.id) }, texts.claimThis));
    } else if (handoff.referral && this.model.isReferredToMe(handoff)) {
      const button = (look, text, what) => h("button", { type: "button", class: look, onclick: () => this.ui.move(what, handoff) }, text);
      this.instead.replaceChildren(h("p", {}, texts.asksYou(handoff.referral.by_name)),
        button("main", texts.accept, "accept"), button("plain", texts.decline, "decline"));
    } else {
      this.instead.replaceChildren(h("p", {}, texts.othersOne(handoff.librarian_name ?? "")));
    }
  }

  /** @param {"reply" | "note"} tab */
  #show(tab) {
    if (this.tab === tab) return;
    this.#stopTyping();
    this.tab = tab;
    this.draw(this.handoff);
    if (!this.form.hidden && !this.tabs.contains(document.activeElement)) this.field.focus();
  }

  #key() {
    return `${this.handoff?.id}:${this.tab}`;
  }

  #send() {
    const text = this.field.value.trim();
    if (!text || text.length > this.model.max_chars || !this.handoff) {
      this.field.focus();
      return;
    }
    this.#stopTyping();
    this.#keep("");
    this.field.value = "";
    this.#measure();
    this.model.outbox.add(this.handoff.id, this.tab, text);
    this.ui.sent();
    this.field.focus();
  }

  #insert(text) {
    const { field } = this;
    const before = field.value.slice(0, field.selectionStart).replace(/\s+$/, "");
    const after = field.value.slice(field.selectionEnd).replace(/^\s+/, "");
    const [head, tail] = [before ? `${before}\n\n` : "", after ? `\n\n${after}` : ""];
    field.value = head + text + tail;
    const end = head.length + text.length;
    field.setSelectionRange(end, end);
    field.focus();
    this.#written();
  }

  #written() {
    this.#keep(this.field.value);
    this.#measure();
    if (!this.handoff || this.tab !== "reply" || !this.field.value) {
      this.#stopTyping();
      return;
    }
    const now = Date.now();
    if (!this.typed || now - this.typed > TYPING_AGAIN_MS) {
      this.typed = now;
      this.typingIn = this.handoff.id;
      this.model.typing(this.typingIn, true);
    }
    clearTimeout(this.idle);
    this.idle = setTimeout(() => this.#stopTyping(), STILL_TYPING_MS);
  }

  #stopTyping() {
    clearTimeout(this.idle);
    if (this.typed) this.model.typing(this.typingIn, false);
    this.typed = 0;
  }

  #keep(text) {
    if (text) this.drafts[this.#key()] = text;
    else delete this.drafts[this.#key()];
    this.model.memory.set("drafts", this.drafts);
  }

  #measure() {
    const { field } = this;
    field.dir = field.value ? "auto" : document.documentElement.dir;
    field.style.height = "auto";
    if (field.scrollHeight) field.style.height = `${Math.min(field.scrollHeight + 2, TALLEST)}px`;
    const over = field.value.trim().length - this.model.max_chars;
    this.over.textContent = over > 0 ? this.ui.texts.over(over) : "";
    this.button.setAttribute("aria-disabled", String(!field.value.trim() || over > 0));
  }
}
