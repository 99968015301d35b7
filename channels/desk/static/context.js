// What a librarian should know before the first word, and what can be done with the conversation.

import { earlierPart } from "./earlier.js";
import { icon } from "./icons.js";
import { h } from "./shared/dom.js";
import { markdown } from "./shared/markdown.js";
import { moment } from "./texts.js";
import { source } from "./thread.js";

export class Context {
  /**
   * @param {import("./model.js").Model} model
   * @param {import("./desk.js").Page} ui
   */
  constructor(model, ui) {
    this.model = model;
    this.ui = ui;
    const { texts } = ui;
    this.acts = h("div", { class: "acts" });
    this.facts = h("div", { class: "facts-list" });
    this.element = h("section", { class: "context pane", "aria-label": texts.context, tabindex: "-1" },
      h("div", { class: "context-head" }, h("h2", {}, texts.context),
        h("button", { type: "button", class: "tool hide", "aria-label": texts.closeDetails,
          onclick: () => ui.hideDetails() }, icon("close"))),
      this.acts, this.facts);
  }

  /** @param {import("../types").View | null} view */
  draw(view) {
    this.element.classList.toggle("idle", !view);
    this.#drawActs(view?.handoff ?? null);
    const mark = view ? JSON.stringify([view.handoff, view.names, view.earlier]) : "";
    if (mark === this.mark) return;
    this.mark = mark;
    this.facts.replaceChildren(...(view ? this.#sections(view) : []));
  }

  /** @param {import("../types").Handoff | null} handoff */
  #drawActs(handoff) {
    const { model, ui } = this;
    const mark = handoff ? JSON.stringify([handoff.id, handoff.state, handoff.librarian, handoff.referral, handoff.invited]) : "";
    if (mark === this.actsMark) return;
    this.actsMark = mark;
    const { texts } = ui;
    const had = this.acts.contains(document.activeElement);
    if (!handoff) {
      this.acts.replaceChildren();
      return;
    }
    const button = (look, text, what) => h("button", { type: "button", class: look, onclick: () => ui.move(what, handoff) }, text);
    /** @type {HTMLElement[]} */
    const shown = [];
    const open = ["waiting", "assigned"].includes(handoff.state);
    const invitation = model.invitation(handoff);
    if (invitation) shown.push(this.#word(texts.invitesYou(invitation.by), invitation.message));
    if (handoff.referral && model.isReferredToMe(handoff)) {
      shown.push(this.#word(texts.asksYou(handoff.referral.by_name), handoff.referral.message),
        button("main", texts.accept, "accept"), button("plain", texts.decline, "decline"));
    } else if (handoff.referral) {
      shown.push(this.#word(texts.referredTo(ui.referee(handoff.referral)), handoff.referral.message));
      if (model.isMine(handoff)) shown.push(button("plain", texts.recall, "recall"));
    }
    if (handoff.state === "waiting" && model.me.answers) {
      shown.push(h("button", { type: "button", class: "main claim", onclick: () => ui.claim(handoff.id) }, texts.claim));
    }
    if (model.isMine(handoff)) {
      shown.push(button("main", texts.closeIt, "close"));
      if (!handoff.referral) shown.push(button("plain", texts.refer, "refer"));
      shown.push(button("plain", texts.putBack, "putBack"), button("plain", texts.giveBack, "giveBack"));
    }
    if (open) shown.push(button("plain", texts.invite, "invite"));
    if (!open && model.me.answers) shown.push(button("main", texts.reopen, "reopen"));
    this.acts.replaceChildren(...shown);
    if (had) this.acts.querySelector("button")?.focus();
  }

  #word(title, message) {
    return h("div", { class: "asks" }, h("p", {}, h("strong", {}, title)),
      message ? h("p", { dir: "auto" }, message) : null);
  }

  /** @param {import("../types").View} view */
  #sections(view) {
    const { handoff, names } = view;
    const { texts, language } = this.ui;
    const { packet } = handoff;
    const about = this.#pairs([
      [texts.subject, packet.subject && this.ui.subject(packet.subject)],
      [texts.wanted, packet.wanted && (names?.[packet.wanted] ?? packet.wanted)],
      [texts.topic, this.ui.topic(handoff.topic ?? packet.topic)],
      [texts.language, texts.languages[handoff.language]],
      [texts.channel, texts.channels[handoff.channel] ?? handoff.channel],
      [texts.opened, moment(handoff.opened_at, language)],
      [texts.claimed, handoff.claimed_at
        && `${handoff.librarian_name ?? ""} – ${moment(handoff.claimed_at, language)}`],
      [texts.closedAt, handoff.closed_at && moment(handoff.closed_at, language)],
      [texts.readValue, handoff.read_value && String(handoff.read_value)],
      [texts.kind, handoff.transaction && texts.kinds[handoff.transaction]],
      [texts.closingNoteShort, handoff.note],
    ]);
    return [
      this.#part(texts.question, packet.question.trim()
        ? h("p", { class: "asked", dir: "auto", lang: handoff.language }, packet.question)
        : h("p", { class: "none" }, texts.noQuestion)),
      this.#part(texts.reason, h("p", {}, texts.reasons[packet.reason] ?? texts.reasons.other),
        handoff.left ? h("p", { class: "mark" }, icon("moon"), texts.leftMark) : null,
        handoff.back && handoff.state === "waiting"
          ? h("p", { class: "mark" }, icon("undo"), texts.backBecause[handoff.back] ?? texts.backBecause.put_back) : null),
      this.#part(texts.earlier, ...earlierPart(this.ui, this.model, view)),
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

  /**
   * @param {import("../types").Packet["answered"]} answers
   * @param {import("../types").Language} language
   */
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
