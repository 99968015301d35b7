// The line at the top: whose desk it is, whether this librarian takes conversations, and the menu.

import { icon } from "./icons.js";
import { h } from "./shared/dom.js";

export class Header {
  /** `ui` has `speak(language)` and `signOut()`. */
  constructor(model, ui, signals) {
    Object.assign(this, { model, ui, signals });
    const { texts, language } = ui;
    this.presence = h("button", {
      type: "button", role: "switch", class: "presence", title: texts.presenceHint, "aria-label": texts.presence,
      onclick: () => model.setPresence(model.presence === "available" ? "away" : "available"),
    });
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
    model.addEventListener("present", () => this.draw(), { signal: ui.signal });
    this.draw();
  }

  draw() {
    const { texts } = this.ui;
    const available = this.model.presence === "available";
    this.presence.setAttribute("aria-checked", String(available));
    this.presence.replaceChildren(h("span", { class: "knob", "aria-hidden": "true" }),
      h("span", { class: "word" }, available ? texts.available : texts.away));
    const others = this.model.present.filter((one) => one.id !== this.model.me.id);
    const people = () => others.map((one) => h("li", { class: one.presence }, h("bdi", {}, one.name),
      one.presence === "away" ? ` (${texts.isAway})` : ""));
    this.others.replaceChildren(...people());
    this.others.hidden = !others.length;
    this.here.replaceChildren(...(others.length ? people() : [h("li", { class: "none" }, texts.alone)]));
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
    return h("div", { id: "menu", class: "menu", popover: "auto" },
      h("p", { class: "me" }, texts.signedInAs(this.model.me.name)),
      h("h2", {}, texts.colleagues), this.here, sound, notify, refused,
      h("button", { type: "button", class: "plain out", onclick: () => this.ui.signOut() }, texts.signOut));
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
