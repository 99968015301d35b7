// What a librarian should know before the first word, and what can be done with the conversation.

import { icon } from "./icons.js";
import { h } from "./shared/dom.js";
import { markdown } from "./shared/markdown.js";
import { moment } from "./texts.js";
import { source } from "./thread.js";

export class Context {
  /** `ui` has `claim(id)`, `giveBack(handoff)`, `close(handoff)`, `hideDetails()`. */
  constructor(model, ui) {
    Object.assign(this, { model, ui });
    const { texts } = ui;
    this.acts = h("div", { class: "acts" });
    this.facts = h("div", { class: "facts-list" });
    this.element = h("section", { class: "context pane", "aria-label": texts.context, tabindex: "-1" },
      h("div", { class: "context-head" }, h("h2", {}, texts.context),
        h("button", { type: "button", class: "tool hide", "aria-label": texts.closeDetails,
          onclick: () => ui.hideDetails() }, icon("close"))),
      this.acts, this.facts);
  }

  draw(view) {
    this.element.classList.toggle("idle", !view);
    this.#drawActs(view?.handoff ?? null);
    const mark = view ? JSON.stringify([view.handoff, view.names]) : "";
    if (mark === this.mark) return;
    this.mark = mark;
    this.facts.replaceChildren(...(view ? this.#sections(view) : []));
  }

  #drawActs(handoff) {
    const mark = handoff ? `${handoff.id} ${handoff.state} ${handoff.librarian}` : "";
    if (mark === this.actsMark) return;
    this.actsMark = mark;
    const { texts } = this.ui;
    const button = (look, text, act) => h("button", { type: "button", class: look, onclick: act }, text);
    if (handoff?.state === "waiting") {
      this.acts.replaceChildren(button("main claim", texts.claim, () => this.ui.claim(handoff.id)));
    } else if (handoff && this.model.isMine(handoff)) {
      this.acts.replaceChildren(
        button("main", texts.closeIt, () => this.ui.close(handoff)),
        button("plain", texts.giveBack, () => this.ui.giveBack(handoff)));
    } else {
      this.acts.replaceChildren();
    }
  }

  #sections({ handoff, names }) {
    const { texts, language } = this.ui;
    const { packet } = handoff;
    const about = this.#pairs([
      [texts.subject, packet.subject && this.ui.subject(packet.subject)],
      [texts.wanted, packet.wanted && (names?.[packet.wanted] ?? packet.wanted)],
      [texts.topic, this.ui.topic(packet.topic)],
      [texts.language, texts.languages[handoff.language]],
      [texts.channel, texts.channels[handoff.channel] ?? handoff.channel],
      [texts.opened, moment(handoff.opened_at, language)],
      [texts.claimed, handoff.claimed_at
        && `${handoff.librarian_name ?? ""} – ${moment(handoff.claimed_at, language)}`],
    ]);
    return [
      this.#part(texts.question, packet.question.trim()
        ? h("p", { class: "asked", dir: "auto", lang: handoff.language }, packet.question)
        : h("p", { class: "none" }, texts.noQuestion)),
      this.#part(texts.reason, h("p", {}, texts.reasons[packet.reason] ?? texts.reasons.other),
        handoff.left ? h("p", { class: "mark" }, icon("moon"), texts.leftMark) : null),
      packet.summary.length ? this.#part(texts.told, this.#pairs(packet.summary)) : null,
      packet.tried.length ? this.#part(texts.tried, h("ul", { class: "tried" },
        ...packet.tried.map((one) => h("li", {}, h("bdi", {}, one))))) : null,
      this.#part(texts.answered, ...this.#answers(packet.answered, handoff.language)),
      h("section", { class: "part about" }, about),
    ].filter(Boolean);
  }

  #part(title, ...content) {
    return h("section", { class: "part" }, h("h3", {}, title), ...content);
  }

  #pairs(pairs) {
    const list = h("dl", {});
    for (const [name, value] of pairs) {
      if (value) list.append(h("div", {}, h("dt", { dir: "auto" }, name), h("dd", { dir: "auto" }, value)));
    }
    return list;
  }

  #answers(answers, language) {
    const context = { base: document.baseURI, newTab: this.ui.texts.newTab };
    if (!answers.length) return [h("p", { class: "none" }, this.ui.texts.answeredNothing)];
    return answers.map((answer) => {
      const text = h("div", { class: "answer-text", dir: "auto", lang: language });
      text.append(markdown(String(answer.text ?? ""), context));
      const sources = (answer.citations ?? []).map((citation) => h("li", {}, icon("book"), source(citation, context)));
      return h("div", { class: "answer" }, text, sources.length ? h("ul", { class: "sources" }, ...sources) : null);
    });
  }
}
