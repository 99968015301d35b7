// The header's menu, and the question before a conversation is deleted.

import { h, icon, named } from "./dom.js";
import { TEXTS, longDay } from "./texts.js";

const ITEMS = ["person", "save", "print", "sound", "earlier", "forget"];
const SWITCHES = ["sound", "earlier"]; // stay in the menu, and show how they stand

export class Menu {
  /**
   * `act` has `person()`, `save()`, `print()`, `sound(on)`, `earlier(on)`, `forget()` (gives a promise of
   * success) and `after()`, where the keyboard goes then. `sound` tells whether it is on.
   */
  constructor({ act, sound }) {
    this.act = act;
    this.items = ITEMS.map((name) => {
      const look = SWITCHES.includes(name) ? { role: "menuitemcheckbox", "aria-checked": "false" } : { role: "menuitem" };
      return h("button", { type: "button", ...look, tabindex: "-1", onclick: () => this.#choose(name) });
    });
    this.person = this.items[0];
    this.#switch("sound", sound);
    /** @type {import("../types").Consent} */
    this.consent = { given: false, at: null };
    this.kept = h("p", { class: "kept" });
    this.group = h("div", { role: "menu", id: "menu" }, ...this.items);
    this.list = h("div", { class: "menu", hidden: true }, this.group, this.kept);
    this.button = h("button", {
      type: "button", class: "tool", "aria-haspopup": "menu", "aria-expanded": "false", "aria-controls": "menu",
    }, icon("more"));
    this.failed = h("p", { class: "failed", role: "alert", hidden: true });
    this.yes = h("button", { type: "button", class: "danger" });
    this.no = h("button", { type: "button", class: "choice" });
    this.question = h("h2", { id: "question" });
    this.explained = h("p", { id: "explained" });
    this.dialog = h("dialog", { "aria-labelledby": "question", "aria-describedby": "explained" },
      this.question, this.explained, this.failed, h("div", { class: "answers" }, this.no, this.yes));
    this.#listen();
  }

  speak(language, library) {
    const texts = TEXTS[language];
    named(this.button, texts.menu);
    this.group.setAttribute("aria-label", texts.menu);
    this.items.forEach((item, i) => item.replaceChildren(icon(ITEMS[i]), h("span", {}, texts[ITEMS[i]])));
    for (const name of SWITCHES) this.#item(name).append(h("span", { class: "check" }, icon("tick")));
    this.language = language;
    this.agree(this.consent);
    this.kept.textContent = library ? texts.kept(library.kept_days) : "";
    this.question.textContent = texts.forgetTitle;
    this.explained.textContent = texts.forgetText;
    this.yes.textContent = texts.forgetYes;
    this.no.textContent = texts.no;
    this.failed.textContent = texts.forgetFailed;
  }

  /** Show whether librarians may see earlier conversations. */
  agree(consent) {
    this.consent = consent;
    this.#switch("earlier", consent.given);
    const texts = TEXTS[this.language];
    const state = consent.given ? texts.earlierOn(longDay(consent.at.slice(0, 10), this.language)) : texts.earlierOff;
    this.#item("earlier").querySelector("span").replaceChildren(texts.earlier, h("small", {}, state));
  }

  #item(name) {
    return this.items[ITEMS.indexOf(name)];
  }

  #switch(name, on) {
    this.#item(name).setAttribute("aria-checked", String(on));
  }

  #choose(name) {
    if (SWITCHES.includes(name)) {
      const on = this.#item(name).getAttribute("aria-checked") !== "true";
      if (name === "sound") this.#switch(name, on); // the other waits for the library's word
      this.act[name](on);
      return;
    }
    this.#toggle(false);
    if (name === "forget") {
      this.failed.hidden = true;
      this.dialog.showModal();
      this.no.focus();
      return;
    }
    this.act[name]();
    this.act.after();
  }

  #listen() {
    this.button.addEventListener("click", () => this.#toggle(this.list.hidden));
    this.list.addEventListener("keydown", (event) => this.#keys(event));
    this.list.addEventListener("focusout", (event) => {
      const inside = this.list.contains(event.relatedTarget) || event.relatedTarget === this.button;
      if (event.relatedTarget && !inside) this.#toggle(false);
    });
    document.addEventListener("pointerdown", (event) => {
      const path = event.composedPath();
      if (!this.list.hidden && !path.includes(this.list) && !path.includes(this.button)) this.#toggle(false);
    });
    this.no.addEventListener("click", () => this.dialog.close());
    this.yes.addEventListener("click", () => this.#forget());
    this.dialog.addEventListener("keydown", (event) => event.stopPropagation());
    this.dialog.addEventListener("close", () => this.act.after());
  }

  async #forget() {
    this.yes.disabled = true;
    const done = await this.act.forget();
    this.yes.disabled = false;
    this.failed.hidden = done;
    if (done) this.dialog.close();
  }

  #toggle(open) {
    this.list.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
    if (open) this.person.focus();
  }

  #keys(event) {
    const at = this.items.indexOf(event.target);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: this.items.length - 1 }[event.key];
    if (event.key === "Escape") {
      this.#toggle(false);
      this.button.focus();
    } else if (event.key === "Tab") {
      this.#toggle(false);
      return;
    } else if (to === undefined) {
      return;
    } else {
      this.items.at(to % this.items.length).focus();
    }
    event.preventDefault();
  }
}
