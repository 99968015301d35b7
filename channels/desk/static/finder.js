// Searching the knowledge base beside a reply, and putting what was found into it.

import { icon } from "./icons.js";
import { h } from "./shared/dom.js";
import { link, markdown, safeAddress } from "./shared/markdown.js";

const PAUSE_MS = 250;

export class Finder {
  /**
   * @param {import("./model.js").Model} model
   * @param {import("./desk.js").Page} ui
   * @param {(text: string) => void} insert puts limited Markdown into the reply
   */
  constructor(model, ui, insert) {
    this.model = model;
    this.ui = ui;
    this.insert = insert;
    const { texts } = ui;
    this.asked = 0;
    this.field = h("input", {
      type: "search", id: "find", dir: "auto", autocomplete: "off", placeholder: texts.findPlaceholder,
    });
    this.status = h("p", { class: "status", role: "status" }, texts.findHint);
    this.results = h("ul", { class: "found" });
    this.element = h("section", { class: "finder", hidden: true, "aria-label": texts.find },
      h("div", { class: "finder-head" }, h("label", { for: "find" }, texts.findLabel),
        h("button", { type: "button", class: "tool", "aria-label": texts.close, onclick: () => this.close(true) },
          icon("close"))),
      this.field, this.status, this.results);
    this.field.addEventListener("input", () => this.#later());
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.#search();
    });
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close(true);
    });
  }

  /** Open, and look for a question at once. */
  open(question, language) {
    this.language = language; // the patron's: what is found goes to them
    this.element.hidden = false;
    if (!this.field.value.trim()) this.field.value = question.slice(0, 200);
    this.field.focus();
    this.field.select();
    this.#search();
  }

  close(refocus = false) {
    if (this.element.hidden) return;
    this.element.hidden = true;
    this.field.value = "";
    this.results.replaceChildren();
    if (refocus) document.getElementById("field")?.focus();
  }

  #later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#search(), PAUSE_MS);
  }

  async #search() {
    clearTimeout(this.timer);
    const { texts } = this.ui;
    const query = this.field.value.trim();
    const number = ++this.asked;
    if (!query) {
      this.results.replaceChildren();
      this.status.textContent = texts.findHint;
      return;
    }
    this.status.textContent = texts.finding;
    try {
      const { results } = await this.model.api.get("search", { q: query, language: this.language ?? this.ui.language });
      if (number !== this.asked) return; // a later question has been asked
      this.results.replaceChildren(...results.map((one) => this.#result(one)));
      this.status.textContent = results.length ? "" : texts.findNothing;
    } catch {
      if (number === this.asked) this.status.textContent = texts.findFailed;
    }
  }

  /** @param {import("../types").Found} found */
  #result({ title, text, url }) {
    const { texts } = this.ui;
    const context = { base: document.baseURI, newTab: texts.newTab };
    const href = safeAddress(url, context.base);
    const named = h("bdi", { dir: "auto" }, title);
    const label = `[${title.replace(/[[\]]/g, " ")}](${url.replace(/[()\s]/g, encodeURIComponent)})`;
    const put = (what) => () => {
      this.insert(what);
      this.close();
    };
    return h("li", {},
      h("p", { class: "found-title" }, href ? link(href, [named], context.newTab) : named),
      h("div", { class: "found-text", dir: "auto" }, markdown(text, context)),
      h("div", { class: "found-acts" },
        h("button", { type: "button", class: "plain", onclick: put(`${text}\n\n${label}`) }, texts.insert),
        h("button", { type: "button", class: "quiet", onclick: put(label) }, texts.insertLink)));
  }
}
