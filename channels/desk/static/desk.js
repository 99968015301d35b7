// The desk's page: puts the parts together, and says in words what happens.

import { Api, Refused, wordsOf } from "./api.js";
import { Composer } from "./composer.js";
import { Context } from "./context.js";
import { closing, confirm, keys } from "./dialogs.js";
import { Header } from "./header.js";
import { icon } from "./icons.js";
import { Keys } from "./keys.js";
import { Live } from "./live.js";
import { Memory } from "./memory.js";
import { Model } from "./model.js";
import { edit, invite, refer, withWord } from "./moves.js";
import { Outbox } from "./outbox.js";
import { Queue } from "./queue.js";
import { h } from "./shared/dom.js";
import { Signals } from "./signals.js";
import { TEXTS, direction } from "./texts.js";
import { Thread } from "./thread.js";

const TOAST_MS = 7_000;
const YEAR = 31_536_000;

export class Page {
  /**
   * @param {HTMLElement} root
   * @param {Model} model
   */
  constructor(root, model) {
    this.root = root;
    this.model = model;
    this.signals = new Signals(model, model.memory);
    /** @type {import("../types").Language} */
    this.language = document.documentElement.lang === "ar" ? "ar" : "en";
    this.toasts = h("div", { class: "toasts", role: "status" });
    this.spoken = h("div", { class: "sr", "aria-live": "polite" });
    document.body.append(this.toasts, this.spoken);
    model.on("news", (detail) => this.#news(detail.handoff));
    model.on("asked", (detail) => this.#asked(detail.handoff));
    model.on("heard", (detail) => this.#heard(detail));
    model.on("queue", () => this.signals.title(this.texts, model.library[this.language]));
    model.on("view", () => this.#draw());
    model.on("state", () => this.#drawState());
    model.on("gone", () => {
      place(null);
      this.toast(this.texts.gone);
    });
    model.on("signed-out", () => this.#drawState());
    this.keys = new Keys(this);
    /** @type {AbortController} */
    this.built; // this and the next are made by #build(), anew for each language
    /** @type {HTMLElement} */
    this.bar;
    /** @type {HTMLElement} */
    this.detailsButton;
    /** @type {HTMLElement} */
    this.state;
    /** @type {Composer} */
    this.composer;
    /** @type {Context} */
    this.context;
    /** @type {Thread} */
    this.thread;
    /** @type {HTMLElement} */
    this.empty;
    /** @type {HTMLElement} */
    this.about;
    this.#build();
  }

  get texts() {
    return TEXTS[this.language];
  }

  get signal() {
    return this.built.signal;
  }

  /**
   * Put everything up again in another language; drafts and places are kept.
   * @param {import("../types").Language} language
   */
  speak(language) {
    this.language = language;
    document.cookie = `dalil_desk_language=${language}; path=/; max-age=${YEAR}; samesite=lax`;
    this.#build();
    this.#find(".language")?.focus();
    if (this.model.chosen) this.model.refresh(this.model.chosen);
  }

  topic(id) {
    return id ? (this.model.topics[id]?.[this.language] ?? id) : null;
  }

  topics() {
    const names = Object.entries(this.model.topics).map(([id, name]) => [id, name[this.language]]);
    return names.sort((a, b) => a[1].localeCompare(b[1], this.language));
  }

  subject(id) {
    return this.model.subjects[id]?.[this.language] ?? id;
  }

  /**
   * Who a referral is for, in words.
   * @param {import("../types").Referral} referral
   */
  referee(referral) {
    return referral.to_name ?? this.texts.whoKnows(this.subject(referral.subject));
  }

  hasDraft(id) {
    return this.composer?.hasDraft(id) ?? false;
  }

  get keysOn() {
    return this.model.memory.get("keys", true) !== false;
  }

  setKeys(on) {
    this.model.memory.set("keys", on);
  }

  showKeys() {
    const { texts } = this;
    document.getElementById("menu")?.hidePopover();
    keys(this, Object.entries(texts.keyDoes));
  }

  async claim(id, data = {}) {
    try {
      await this.model.claim(id, data);
      if (this.model.chosen !== id) this.#pick(id);
      this.composer.focus();
    } catch (error) {
      if (error instanceof Refused && error.code === "full") {
        const { texts } = this;
        confirm(this, { title: texts.fullTitle, text: error.message, yes: texts.fullYes, no: texts.cancel,
          act: () => this.claim(id, { beyond: true }) });
        return;
      }
      const quicker = error instanceof Refused && error.code === "taken" ? error.who : null;
      this.toast(quicker ? this.texts.tooLate(quicker) : wordsOf(error, this.texts));
    }
  }

  /**
   * Ask what must be asked, and do one of the things that change who has a handoff.
   * @param {string} what
   * @param {import("../types").Handoff} handoff
   */
  move(what, handoff) {
    const { texts, model } = this;
    const act = (name, said) => async (data = {}) => {
      await model.act(handoff.id, name, data);
      if (said) this.toast(said);
    };
    const now = (name, said) => act(name, said)().catch((error) => {
      this.toast(wordsOf(error, texts));
      model.refresh(handoff.id);
    });
    const moves = {
      refer: () => refer(this, model, handoff, () => this.toast(texts.referred)),
      invite: () => invite(this, model, handoff, () => this.toast(texts.invited)),
      accept: () => now("accept").then(() => this.composer.focus()),
      decline: () => withWord(this, { title: texts.declineTitle, text: texts.declineText, yes: texts.decline, act: act("decline") }),
      recall: () => now("recall", texts.recalled),
      putBack: () => withWord(this, { title: texts.putBackTitle, text: texts.putBackText, yes: texts.putBackYes, act: act("put-back", texts.putBackDone) }),
      giveBack: () => confirm(this, {
        title: texts.giveBackTitle, text: texts.giveBackText, yes: texts.giveBackYes, no: texts.cancel, act: act("return", texts.returned),
      }),
      close: () => closing(this, handoff, act("close", texts.closed)),
      reopen: () => confirm(this, {
        title: texts.reopenTitle, text: texts.reopenText, yes: texts.reopenYes, no: texts.cancel, act: act("reopen"),
      }),
    };
    moves[what]();
  }

  /**
   * Edit or withdraw one of one's own messages in the chosen conversation.
   * @param {"edit" | "withdraw"} what
   * @param {import("../types").Message} message
   */
  correct(what, message) {
    const { texts, model } = this;
    const id = model.chosen;
    if (what === "edit") {
      edit(this, message, (data) => model.correct(id, "edit", data));
      return;
    }
    confirm(this, {
      title: texts.withdrawTitle, text: texts.withdrawText, yes: texts.withdrawYes, no: texts.cancel,
      act: () => model.correct(id, "withdraw", { seq: message.seq }),
    });
  }

  hideDetails() {
    delete this.root.dataset.details;
    this.detailsButton.setAttribute("aria-expanded", "false");
    this.detailsButton.focus();
  }

  /** A message was written: show the end of the conversation. */
  sent() {
    this.thread.toEnd();
  }

  signOut() {
    const { texts } = this;
    document.getElementById("menu")?.hidePopover();
    const leave = async () => {
      await this.model.api.signOut();
      this.model.leave();
      this.model.memory.forget();
      location.reload();
    };
    if (!this.model.outbox.items.length) {
      leave().catch((error) => this.toast(wordsOf(error, texts)));
      return;
    }
    confirm(this, {
      title: texts.signOut, text: texts.signOutUnsent, yes: texts.signOutAnyway, no: texts.stay, act: leave,
    });
  }

  toast(text) {
    const toast = h("div", { class: "toast" }, h("p", {}, text),
      h("button", { type: "button", class: "tool", "aria-label": this.texts.dismiss, onclick: () => toast.remove() },
        icon("close")));
    this.toasts.append(toast);
    setTimeout(() => toast.remove(), TOAST_MS);
  }

  #build() {
    this.built?.abort();
    this.built = new AbortController();
    const { texts, model } = this;
    Object.assign(document.documentElement, { lang: this.language, dir: direction(this.language) });
    this.state = h("div", { class: "banner", role: "alert", hidden: true });
    this.thread = new Thread(model, this);
    this.composer = new Composer(model, this);
    this.context = new Context(model, this);
    this.detailsButton = h("button", {
      type: "button", class: "plain details", "aria-expanded": "false", onclick: () => this.#toggleDetails(),
    }, icon("details"), texts.details);
    this.about = h("p", { class: "about-line", dir: "auto" });
    this.bar = h("div", { class: "thread-bar" },
      h("button", { type: "button", class: "tool back", "aria-label": texts.back, onclick: () => this.#pick(null) },
        icon("back")), this.about, this.detailsButton);
    this.empty = h("div", { class: "empty" }, icon("star"), h("p", { class: "first" }), h("p", { class: "more" }));
    const middle = h("section", { class: "middle pane", "aria-label": texts.conversation },
      this.bar, this.empty, this.thread.element, this.composer.element);
    const queue = new Queue(model, this, (id) => this.#pick(id)).element;
    this.root.className = "app";
    this.root.replaceChildren(new Header(model, this, this.signals).element, this.state,
      h("main", { class: "panes" }, queue, middle, this.context.element));
    this.root.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.root.dataset.details) this.hideDetails();
    }, { signal: this.signal });
    this.#drawState();
    this.#draw();
    this.signals.title(texts, model.library[this.language]);
  }

  pick(id) {
    this.#pick(id);
  }

  #pick(id) {
    delete this.root.dataset.details;
    this.model.choose(id);
    place(id);
    if (id === null) this.#find(".item[tabindex='0']")?.focus();
    else if (matchMedia("(max-width: 759px)").matches) this.#find(".back")?.focus();
  }

  /** @returns {HTMLElement | null} */
  #find(selector) {
    return this.root.querySelector(selector);
  }

  #toggleDetails() {
    if (this.root.dataset.details) {
      this.hideDetails();
      return;
    }
    this.root.dataset.details = "open";
    this.detailsButton.setAttribute("aria-expanded", "true");
    this.context.element.focus();
  }

  #draw() {
    const { model, texts } = this;
    const view = model.view();
    if (model.chosen) this.root.dataset.chosen = "yes";
    else delete this.root.dataset.chosen;
    this.empty.hidden = view !== null;
    this.thread.element.hidden = view === null;
    this.bar.hidden = model.chosen === null;
    const [first, more] = this.empty.querySelectorAll("p");
    first.textContent = model.chosen ? texts.loading : texts.choose;
    more.textContent = model.chosen ? "" : texts.chooseMore;
    this.about.textContent = view ? view.handoff.packet.question.trim() || texts.noQuestion : "";
    this.composer.draw(view?.handoff ?? null); // before the thread, which takes the room that is left
    this.thread.draw(view, model.chosen ? model.outbox.of(model.chosen) : []);
    this.context.draw(view);
  }

  #drawState() {
    const { texts, model } = this;
    if (model.ended) {
      this.state.replaceChildren(icon("warning"), h("span", {}, texts.signedOut),
        h("button", { type: "button", class: "plain", onclick: () => location.reload() }, texts.signInAgain));
    } else {
      const said = model.online ? model.troubles[this.language].join(" ") : texts.offline;
      this.state.replaceChildren(icon("warning"), h("span", { dir: "auto" }, said));
    }
    this.state.hidden = model.online && !model.ended && !model.troubles[this.language].length;
  }

  /** @param {import("../types").Handoff} handoff */
  #news(handoff) {
    const question = handoff.packet.question.trim() || this.texts.noQuestion;
    this.spoken.textContent = this.texts.newHandoff(question);
    this.signals.call(this.texts.notifyTitle, question);
  }

  /** @param {import("../types").Handoff} handoff */
  #asked(handoff) {
    const { texts, model } = this;
    const said = model.isReferredToMe(handoff) && handoff.referral
      ? texts.asksYou(handoff.referral.by_name) : texts.invitesYou(model.invitation(handoff)?.by ?? "");
    this.toast(said);
    this.signals.call(said, handoff.packet.question);
  }

  #heard({ handoff, message }) {
    if (handoff.id === this.model.chosen && !document.hidden) return;
    this.signals.call(this.texts.patron, message.text);
  }
}

async function begin() {
  const root = document.getElementById("desk") ?? document.body;
  const api = new Api();
  let facts;
  try {
    facts = await api.get("me");
  } catch {
    // Signed out meanwhile, or the server is being started again.
    root.replaceChildren(h("p", { class: "opening" }, TEXTS[document.documentElement.lang === "ar" ? "ar" : "en"].failed));
    setTimeout(() => location.reload(), 4_000);
    return;
  }
  api.csrf = facts.csrf;
  const memory = new Memory(facts.me.id);
  const model = new Model({ api, live: new Live(), outbox: new Outbox(api, memory), memory, facts });
  new Page(root, model);
  model.start();
  const wanted = new URLSearchParams(location.search).get("open"); // also from the search in closed conversations
  if (wanted) model.choose(wanted);
}

/** Name the conversation in the page's address, so that it is there again after a reload. */
function place(id) {
  const address = new URL(location.href);
  address.searchParams.delete("open");
  if (id) address.searchParams.set("open", id);
  history.replaceState(null, "", address);
}

begin();
