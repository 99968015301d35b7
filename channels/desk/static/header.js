// The line at the top: whose desk it is, whether this librarian takes conversations, who else is on, the menu.

import { wordsOf } from "./api.js";
import { icon } from "./icons.js";
import { h } from "./shared/dom.js";

const ROOT = new URL("../../", import.meta.url); // …/desk/
const PRESENCES = ["available", "away", "offline"];

export class Header {
  /**
   * @param {import("./model.js").Model} model
   * @param {import("./desk.js").Page} ui
   * @param {import("./signals.js").Signals} signals
   */
  constructor(model, ui, signals) {
    this.model = model;
    this.ui = ui;
    this.signals = signals;
    const { texts, language } = ui;
    this.choice = h("select", {
      "aria-label": texts.presence, title: texts.presenceHint, onchange: () => model.setPresence(this.choice.value),
    }, ...PRESENCES.map((one) => h("option", { value: one }, texts.presences[one])));
    this.dot = h("span", { class: "knob", "aria-hidden": "true" });
    this.presence = h("span", { class: "presence" }, this.dot, this.choice);
    this.others = h("ul", { class: "colleagues", "aria-label": texts.colleagues });
    const other = language === "ar" ? "en" : "ar";
    this.element = h("header", { class: "top" },
      h("div", { class: "brand" }, icon("star"),
        h("div", {}, h("h1", {}, h("span", { class: "long" }, texts.title), h("span", { class: "short" }, texts.shortTitle)), h("p", {}, model.library[language]))),
      this.others, this.presence,
      h("button", { type: "button", class: "tool language", lang: other, onclick: () => ui.speak(other) },
        texts.otherLanguage),
      h("button", { type: "button", class: "tool", popovertarget: "menu", "aria-label": texts.menu }, icon("menu")),
      this.#menu());
    model.on("present", () => this.draw(), { signal: ui.signal });
    this.draw();
  }

  draw() {
    const { texts } = this.ui;
    const { presence } = this.model;
    this.choice.value = presence;
    this.presence.dataset.presence = presence;
    const others = this.model.people.filter((one) => one.id !== this.model.me.id && one.presence !== "offline");
    const people = (whole) => others.map((one) => h("li", { class: one.presence }, h("bdi", {}, one.name),
      ` ${this.#state(one, whole)}`));
    this.others.replaceChildren(...people(false));
    this.others.hidden = !others.length;
    this.here.replaceChildren(...(others.length ? people(true) : [h("li", { class: "none" }, texts.alone)]));
  }

  /**
   * Say in words how a colleague stands; whole: also where it is nothing special.
   * @param {import("../types").Person} one
   * @param {boolean} whole
   */
  #state(one, whole) {
    const { texts } = this.ui;
    const said = [];
    if (one.presence === "away") said.push(texts.isAway);
    if (one.role === "staff") said.push(texts.isStaff);
    else if (one.load >= one.capacity) said.push(texts.isFull(one.load));
    else if (whole && one.load) said.push(texts.load(one.load));
    return said.length ? `(${said.join(texts.comma)})` : "";
  }

  #menu() {
    const { texts } = this.ui;
    this.here = h("ul", {});
    const refused = h("p", { class: "wrong", role: "alert", hidden: true }, texts.notifyDenied);
    const sound = this.#switch(texts.sound, this.signals.sound, (on) => {
      this.signals.setSound(on);
      return true;
    });
    const notify = this.#switch(texts.notify, this.signals.notifying(), async (on) => {
      const done = await this.signals.setNotify(on);
      refused.hidden = done;
      return done;
    });
    const keys = this.#switch(texts.keysOn, this.ui.keysOn, (on) => {
      this.ui.setKeys(on);
      return true;
    });
    const pages = [["closed", texts.closedPage], ["account", texts.accountPage]];
    if (this.model.me.role === "admin") pages.push(["accounts", texts.accountsPage], ["rules", texts.rulesPage]);
    return h("div", { id: "menu", class: "menu", popover: "auto" },
      h("p", { class: "me" }, texts.signedInAs(this.model.me.name)),
      h("h2", {}, texts.colleagues), this.here, this.model.me.answers ? this.#capacity() : "",
      sound, notify, refused, keys,
      h("button", { type: "button", class: "plain out", onclick: () => this.ui.showKeys() }, texts.keysTitle),
      h("ul", { class: "links" }, ...pages.map(([page, name]) => h("li", {}, h("a", { href: new URL(page, ROOT).href }, name)))),
      h("button", { type: "button", class: "plain out", onclick: () => this.ui.signOut() }, texts.signOut));
  }

  /** How many conversations at once are enough. */
  #capacity() {
    const { texts } = this.ui;
    const { model } = this;
    const numbers = Array.from({ length: 12 }, (_, i) => i + 1);
    const select = h("select", {
      id: "capacity", onchange: () => model.setCapacity(Number(select.value) || null).catch((error) => this.ui.toast(wordsOf(error, texts))),
    }, h("option", { value: "" }, texts.capacityUsual(model.rules.capacity)),
    ...numbers.map((n) => h("option", { value: n, selected: n === model.me.capacity }, String(n))));
    return h("div", { class: "toggle" }, h("label", { for: "capacity" }, texts.capacity), select);
  }

  #switch(text, on, change) {
    const { texts } = this.ui;
    const state = h("span", { class: "state", "aria-hidden": "true" });
    const button = h("button", { type: "button", role: "switch", class: "toggle" }, h("span", {}, text), state);
    const draw = (now) => {
      button.setAttribute("aria-checked", String(now));
      state.textContent = now ? texts.on : texts.off;
    };
    button.addEventListener("click", async () => {
      const wanted = button.getAttribute("aria-checked") !== "true";
      if (await change(wanted)) draw(wanted);
    });
    draw(on);
    return button;
  }
}
