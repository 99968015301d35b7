// The queue: who waits, for how long, and who has whom.

import { icon } from "./icons.js";
import { h } from "./shared/dom.js";
import { elapsed, moment } from "./texts.js";

const GROUPS = ["asked", "mine", "waiting", "left", "others"];

export class Queue {
  /**
   * @param {import("./model.js").Model} model
   * @param {import("./desk.js").Page} ui
   * @param {(id: string) => void} pick shows a conversation
   */
  constructor(model, ui, pick) {
    this.model = model;
    this.ui = ui;
    this.pick = pick;
    this.list = h("div", { class: "groups" });
    this.element = h("nav", { class: "queue pane", "aria-label": ui.texts.queue }, this.list);
    this.list.addEventListener("keydown", (event) => this.#keys(event));
    this.kept = new Map(); // id to {mark, element}: what did not change is not made anew
    const draw = () => this.#soon();
    for (const name of ["queue", "writing", "drafts"]) model.on(name, draw, { signal: ui.signal });
    const ticking = setInterval(() => this.#tick(), 1000);
    ui.signal.addEventListener("abort", () => clearInterval(ticking));
    this.draw();
  }

  /** Draw after the conversation was painted; many changes at once are drawn once. */
  #soon() {
    if (this.waiting) return;
    this.waiting = true;
    const draw = () => {
      this.waiting = false;
      if (!this.ui.signal.aborted) this.draw();
    };
    if (document.hidden) setTimeout(draw);
    else requestAnimationFrame(() => setTimeout(draw));
  }

  draw() {
    const active = document.activeElement;
    const focused = active instanceof HTMLElement && this.list.contains(active) ? active.dataset.id : null;
    const groups = this.model.groups();
    const shown = GROUPS.filter((name) => groups[name].length || name === "waiting");
    const marks = shown.map((name) => [name, ...groups[name].map((handoff) => this.#mark(handoff, name))].join("\n")).join("\n\n");
    if (marks === this.marks) return; // what is said in a conversation seldom changes the queue
    this.marks = marks;
    this.list.replaceChildren(...shown.map((name) => this.#group(name, groups[name])));
    for (const id of this.kept.keys()) if (!this.model.handoffs.has(id)) this.kept.delete(id);
    const items = this.#items();
    const current = items.find((item) => item.dataset.id === (focused ?? this.model.chosen)) ?? items[0];
    for (const item of items) item.tabIndex = item === current ? 0 : -1;
    if (focused) current?.focus();
    this.#tick();
  }

  /**
   * @param {string} name
   * @param {import("../types").Handoff[]} handoffs
   */
  #group(name, handoffs) {
    const { texts } = this.ui;
    const id = `group-${name}`;
    const heading = h("h2", { id }, texts[name]);
    if (handoffs.length) heading.append(" ", h("span", { class: "count" }, String(handoffs.length)));
    const content = handoffs.length
      ? h("ul", { "aria-labelledby": id }, ...handoffs.map((handoff) => this.#row(handoff, name)))
      : h("div", { class: "nobody" }, h("p", {}, texts.nobodyWaits), h("p", {}, texts.nobodyWaitsMore));
    return h("section", { class: `group ${name}` }, heading, content);
  }

  /**
   * All that an item shows, in one string.
   * @param {import("../types").Handoff} handoff
   * @param {string} group
   */
  #mark(handoff, group) {
    const { model } = this;
    return JSON.stringify([handoff, group, handoff.id === model.chosen, model.unread.get(handoff.id), model.writing.has(handoff.id),
      this.ui.hasDraft(handoff.id), model.isReferredToMe(handoff)]);
  }

  /**
   * @param {import("../types").Handoff} handoff
   * @param {string} group
   */
  #row(handoff, group) {
    const mark = this.#mark(handoff, group);
    const kept = this.kept.get(handoff.id);
    if (kept?.mark === mark) return kept.element;
    const element = h("li", {}, this.#item(handoff, group));
    this.kept.set(handoff.id, { mark, element });
    return element;
  }

  /**
   * @param {import("../types").Handoff} handoff
   * @param {string} group
   */
  #item(handoff, group) {
    const { texts } = this.ui;
    const unread = this.model.unread.get(handoff.id) ?? 0;
    const question = handoff.packet.question.trim();
    const item = h("button", {
      type: "button", class: "item", "data-id": handoff.id,
      "aria-current": handoff.id === this.model.chosen ? "true" : null,
      onclick: () => this.pick(handoff.id),
    });
    const title = question
      ? h("span", { class: "question", dir: "auto", lang: handoff.language }, question)
      : h("span", { class: "question none" }, texts.noQuestion);
    const facts = h("span", { class: "facts" }, this.#wait(handoff, group),
      h("span", { class: "fact strong" }, texts.languages[handoff.language]));
    const topic = this.ui.topic(handoff.packet.topic);
    if (topic) facts.append(h("span", { class: "fact" }, topic));
    facts.append(h("span", { class: "fact" }, texts.channels[handoff.channel] ?? handoff.channel));
    item.append(title, h("span", { class: "facts-frame" }, facts));
    const marks = h("span", { class: "marks" });
    const mark = (face, ...text) => marks.append(h("span", { class: "mark" }, icon(face), ...text));
    const invitation = this.model.invitation(handoff);
    if (handoff.referral && this.model.isReferredToMe(handoff)) mark("refer", texts.asksYou(handoff.referral.by_name));
    else if (handoff.referral) mark("refer", texts.referredTo(this.ui.referee(handoff.referral)));
    if (invitation && group === "asked") mark("eye", texts.invitesYou(invitation.by));
    if (handoff.state === "waiting" && handoff.back) mark("undo", texts.backBecause[handoff.back] ?? texts.backBecause.put_back);
    if (this.ui.hasDraft(handoff.id)) mark("pen", texts.draft);
    if (group === "left") marks.append(h("span", { class: "mark" }, icon("moon"), texts.leftMark));
    if (group === "others" || (group === "asked" && handoff.librarian_name)) {
      marks.append(h("span", { class: "mark" }, icon("person"), h("bdi", {}, texts.with(handoff.librarian_name ?? ""))));
    }
    if (this.model.writing.has(handoff.id)) marks.append(h("span", { class: "mark writing" }, texts.writing));
    if (unread) marks.append(h("span", { class: "mark unread" }, texts.unread(unread)));
    if (marks.childNodes.length) item.append(marks);
    return item;
  }

  /**
   * @param {import("../types").Handoff} handoff
   * @param {string} group
   */
  #wait(handoff, group) {
    const { texts, language } = this.ui;
    if (group === "waiting") {
      const time = h("span", { class: "ticking", dir: "ltr", "data-since": handoff.opened_at });
      return h("span", { class: "wait" }, icon("clock"), h("span", { class: "sr" }, `${texts.waits} `), time);
    }
    const at = group === "left" ? handoff.opened_at : (handoff.claimed_at ?? handoff.opened_at);
    return h("span", { class: "fact" }, texts.since(moment(at, language)));
  }

  #tick() {
    const now = this.model.now();
    for (const time of this.list.querySelectorAll("[data-since]")) {
      const waited = now - Date.parse(time.dataset.since);
      time.textContent = elapsed(waited);
      time.closest(".item").classList.toggle("long", waited > 180_000);
    }
  }

  #items() {
    return [...this.list.querySelectorAll(".item")];
  }

  /** The queue is one stop of the Tab key; inside it the arrows move. */
  #keys(event) {
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    const items = this.#items();
    if (step === undefined || !items.length) return;
    event.preventDefault();
    const at = items.indexOf(document.activeElement);
    const next = items[Math.max(0, Math.min(items.length - 1, at + step))];
    for (const item of items) item.tabIndex = item === next ? 0 : -1;
    next.focus();
  }
}
