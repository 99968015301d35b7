// What helps to answer: the library's ready answers, and what the assistant would say.

import { icon } from "./icons.js";
import { h } from "./shared/dom.js";
import { markdown } from "./shared/markdown.js";

export class Ready {
  /**
   * @param {import("./model.js").Model} model
   * @param {import("./desk.js").Page} ui
   * @param {(text: string) => void} insert puts limited Markdown into the reply
   */
  constructor(model, ui, insert) {
    this.model = model;
    this.ui = ui;
    this.insert = insert;
    /** @type {import("../types").CannedAnswer[] | null} */
    this.answers = null;
    /** @type {object | null} */
    this.asked = null;
    /** @type {import("../types").Language} */
    this.language = "en";
    const { texts } = ui;
    this.title = h("label", { for: "ready-filter" });
    this.heading = h("h2", {});
    this.filter = h("input", {
      type: "search", id: "ready-filter", dir: "auto", autocomplete: "off", placeholder: texts.cannedFilter,
    });
    this.status = h("p", { class: "status", role: "status" });
    this.results = h("ul", { class: "found", tabindex: "-1" });
    this.element = h("section", { class: "finder", hidden: true, "aria-label": texts.helps },
      h("div", { class: "finder-head" }, this.title, this.heading,
        h("button", { type: "button", class: "tool", "aria-label": texts.close, onclick: () => this.close(true) }, icon("close"))),
      this.filter, this.status, this.results);
    this.filter.addEventListener("input", () => this.#drawCanned());
    this.filter.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault(); // or the same key would send the reply
      if (this.filter.value.trim()) this.results.querySelector("button")?.click();
    });
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close(true);
    });
  }

  /** @param {import("../types").Handoff} handoff */
  async canned(handoff) {
    const { texts } = this.ui;
    this.#open(texts.cannedLabel, true);
    this.filter.value = "";
    this.answers = await this.#ask(handoff, "canned", (data) => data.answers);
    if (this.answers) this.#drawCanned();
  }

  /** @param {import("../types").Handoff} handoff */
  async suggest(handoff) {
    const { texts } = this.ui;
    this.#open(texts.suggest, false);
    const found = await this.#ask(handoff, "suggestion", (data) => data);
    if (!found) return;
    if (!found.suggestion) {
      this.status.textContent = texts.suggestNone;
      return;
    }
    const { question, text, citations } = found.suggestion;
    const links = citations.map((one) => `[${one.title.replace(/[[\]]/g, "")}](${one.url})`);
    this.status.textContent = texts.suggestTo(question);
    this.results.replaceChildren(this.#one(null, [text, ...links].join("\n\n"), handoff.language));
    this.results.querySelector("button").focus();
  }

  close(refocus = false) {
    if (this.element.hidden) return;
    this.element.hidden = true;
    this.asked = null;
    this.results.replaceChildren();
    if (refocus) document.getElementById("field")?.focus();
  }

  #open(title, filtered) {
    this.element.hidden = false;
    this.title.hidden = this.filter.hidden = !filtered;
    this.heading.hidden = filtered;
    (filtered ? this.title : this.heading).textContent = title;
    this.results.replaceChildren();
    this.status.textContent = this.ui.texts.finding;
    (filtered ? this.filter : this.element.querySelector(".tool")).focus();
  }

  /** Ask the server; what comes after something else was asked for is dropped. */
  async #ask(handoff, what, read) {
    const mine = (this.asked = { handoff, what });
    this.language = handoff.language;
    try {
      const data = read(await this.model.api.get(`handoffs/${handoff.id}/${what}`));
      return this.asked === mine ? data : null;
    } catch {
      if (this.asked === mine) this.status.textContent = this.ui.texts.findFailed;
      return null;
    }
  }

  #drawCanned() {
    const { texts } = this.ui;
    const wanted = fold(this.filter.value.trim());
    const shown = (this.answers ?? []).filter((one) => fold(`${one.title} ${one.text}`).includes(wanted));
    this.status.textContent = shown.length ? "" : texts.cannedNone;
    this.results.replaceChildren(...shown.map((one) => this.#one(one.title, one.text, this.language)));
  }

  /**
   * @param {string | null} title
   * @param {string} text
   * @param {import("../types").Language} language
   */
  #one(title, text, language) {
    const { texts } = this.ui;
    const body = h("div", { class: title ? "found-text" : "found-text whole", dir: "auto", lang: language });
    body.append(markdown(text, { base: document.baseURI, newTab: texts.newTab }));
    const insert = () => {
      this.close();
      this.insert(text);
    };
    return h("li", {}, title ? h("p", { class: "found-title", dir: "auto", lang: language }, title) : null, body,
      h("div", { class: "found-acts" }, h("button", { type: "button", class: "plain", onclick: insert,
        "aria-label": title ? `${texts.useIt}: ${title}` : null }, texts.useIt)));
  }
}

/** A text as people type it: small letters, no accents, Arabic without hamza and vowel marks. */
function fold(text) {
  return text.toLowerCase().normalize("NFKD").replace(/[\p{M}\u0640]/gu, "").replace(/ة/g, "ه").replace(/ى/g, "ي");
}
