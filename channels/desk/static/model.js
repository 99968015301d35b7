// What the desk knows: the queue, the conversations that were opened, who is here, what is on its way.
//
// Tells "queue", "view" (the chosen conversation changed), "present", "state", "news" ({handoff}: new in
// the queue), "asked" ({handoff}: a colleague asks me to take or see it), "heard" ({handoff, message}: a patron
// spoke), "consent" ({id, given}: about earlier conversations), "dropped" ({id}: forgotten), "signed-out".

import { Refused } from "./api.js";
import { Teller } from "./events.js";

const OPEN = new Set(["waiting", "assigned"]);
const PRESENCE_MS = 25_000;
const CATCH_UP_MS = 5_000; // between tries while nothing is heard
const DELIVERY_MS = 2_500; // between looks at whether a reply has arrived
const IDLE_MS = 15_000; // between looks at whether the librarian is still there
const PRESENCES = new Set(["available", "away", "offline"]);
const TYPING_MS = 20_000; // after which a patron who went silent counts as no longer writing
const WRITTEN_MS = 120_000; // after which what they were writing is shown no more

export class Model extends Teller {
  /**
   * @param {{api: import("./api.js").Api, live: import("./live.js").Live, outbox: import("./outbox.js").Outbox,
   *   memory: import("./memory.js").Memory, facts: import("../types").Facts}} given
   */
  constructor({ api, live, outbox, memory, facts }) {
    super();
    this.api = api;
    this.live = live;
    this.outbox = outbox;
    this.memory = memory;
    this.me = facts.me;
    this.rules = facts.rules;
    this.library = facts.library;
    this.topics = facts.topics;
    this.subjects = facts.subjects;
    this.search = facts.search;
    this.max_chars = facts.max_chars;
    /** @type {Map<string, import("../types").Handoff>} */
    this.handoffs = new Map();
    /** @type {Map<string, import("../types").View>} */
    this.views = new Map();
    /** @type {Map<string, number>} */
    this.unread = new Map();
    /** @type {Map<string, number>} */
    this.heard = new Map(); // id to the number of the last message heard of
    /** @type {Map<string, ReturnType<typeof setTimeout>>} */
    this.writing = new Map(); // id to a timer
    /** @type {Map<string, {text: string, timer: ReturnType<typeof setTimeout>}>} */
    this.written = new Map(); // id to {text, timer}: what its patron is writing, not sent yet; kept nowhere
    /** @type {Map<string, "once" | "again">} */
    this.fetching = new Map();
    /** @type {import("../types").Person[]} */
    this.people = [];
    /** @type {Set<string>} */
    this.asking = new Set(); // ids of the handoffs that I was called to
    /** @type {string | null} */
    this.chosen = null;
    this.loaded = false;
    this.ended = false;
    /** @type {ReturnType<typeof setInterval>[]} */
    this.timers = [];
    this.online = true;
    /** @type {Record<import("../types").Language, string[]>} */
    this.troubles = { en: [], ar: [] }; // what does not work elsewhere, in words
    this.skew = 0; // how far the server's clock is ahead of ours
    const last = memory.get("presence", "available");
    this.presence = PRESENCES.has(last) ? last : "available";
    this.awayByItself = false;
    this.active = Date.now();
  }

  start() {
    this.live.on("welcome", () => this.#back());
    this.live.on("lost", () => this.#lost());
    this.live.on("signed-out", () => this.#end());
    this.live.on("handoff", (detail) => this.#merge(detail));
    this.live.on("message", (detail) => this.#message(detail));
    this.live.on("typing", (detail) => this.#typing(detail));
    this.live.on("writing", (detail) => this.#writes(detail));
    this.live.on("change", (detail) => this.#changed(detail));
    this.live.on("consent", (detail) => this.#consented(detail));
    this.live.on("forgotten", (detail) => this.#gone(detail.handoff));
    this.live.on("presence", (detail) => this.#here(detail.people));
    this.live.on("troubles", (detail) => this.#elsewhere(detail));
    this.api.on("signed-out", () => this.#end());
    this.outbox.on("changed", () => this.tell("view"));
    this.outbox.on("taken", (detail) => this.#taken(detail));
    this.live.connect(this.api.csrf);
    this.load().catch(() => this.#lost());
    this.#repeatPresence();
    this.timers = [
      setInterval(() => this.#repeatPresence(), PRESENCE_MS),
      setInterval(() => this.#catchUp(), CATCH_UP_MS),
      setInterval(() => this.#lookAtDelivery(), DELIVERY_MS),
      setInterval(() => this.#lookWhetherIdle(), IDLE_MS),
    ];
    for (const sign of ["keydown", "pointerdown", "pointermove", "wheel"]) {
      document.addEventListener(sign, () => this.#stirs(), { passive: true, capture: true });
    }
    document.addEventListener("visibilitychange", () => {
      if (document.hidden || this.ended) return;
      this.#read(this.chosen);
      if (this.chosen) this.#look(this.chosen);
      this.#repeatPresence();
    });
    this.outbox.flush();
  }

  #elsewhere(troubles) {
    this.troubles = troubles;
    this.tell("state");
  }

  /** Fetch the queue anew. */
  async load() {
    const { handoffs, people, now } = await this.api.get("queue");
    this.skew = Date.parse(now) - Date.now();
    const before = this.loaded ? new Set(this.handoffs.keys()) : null;
    this.handoffs = new Map(handoffs.map((handoff) => [handoff.id, handoff]));
    this.loaded = true;
    for (const handoff of handoffs) this.#askedOf(handoff, before === null);
    this.tell("queue");
    this.#here(people);
    for (const handoff of handoffs) {
      if (before && !before.has(handoff.id) && handoff.state === "waiting") this.tell("news", { handoff });
    }
  }

  /** Open handoffs, oldest first, in the groups that the queue shows. */
  groups() {
    /** @type {Record<"asked" | "mine" | "waiting" | "left" | "others", import("../types").Handoff[]>} */
    const groups = { asked: [], mine: [], waiting: [], left: [], others: [] };
    const open = [...this.handoffs.values()].sort((a, b) => a.opened_at.localeCompare(b.opened_at));
    for (const handoff of open) groups[this.#group(handoff)].push(handoff);
    return groups;
  }

  waiting() {
    return [...this.handoffs.values()].filter((handoff) => handoff.state === "waiting").length;
  }

  /**
   * Whether a colleague asks me to take it over.
   * @param {import("../types").Handoff} handoff
   */
  isReferredToMe({ referral }) {
    if (!referral || !this.me.answers || referral.by === this.me.id) return false;
    if (referral.declined.includes(this.me.id)) return false;
    if (referral.to) return referral.to === this.me.id;
    return referral.subject !== null && this.me.subjects.includes(referral.subject);
  }

  /**
   * The invitation by which a colleague asks me to look; null where there is none.
   * @param {import("../types").Handoff} handoff
   */
  invitation(handoff) {
    return handoff.invited?.find((one) => one.to === this.me.id) ?? null;
  }

  /** @param {import("../types").Handoff} handoff */
  isMine(handoff) {
    return handoff.state === "assigned" && handoff.librarian === this.me.id;
  }

  now() {
    return Date.now() + this.skew;
  }

  view() {
    return this.chosen === null ? null : (this.views.get(this.chosen) ?? null);
  }

  /**
   * Show a conversation; null for none.
   * @param {string | null} id
   */
  choose(id) {
    this.chosen = id;
    this.#read(id);
    this.tell("queue");
    this.tell("view", { chosen: true });
    if (!id) return;
    this.refresh(id);
    this.#look(id);
  }

  /**
   * Fetch what is new of a conversation; asked for twice at once, it is fetched once more after.
   * @param {string} id
   */
  async refresh(id) {
    if (this.fetching.has(id)) {
      this.fetching.set(id, "again");
      return;
    }
    this.fetching.set(id, "once");
    try {
      const view = this.views.get(id);
      this.#fill(id, await this.api.get(`handoffs/${id}`, view ? { after: view.seen } : {}));
    } catch (error) {
      if (error instanceof Refused && error.code === "unknown") this.#gone(id);
    }
    const again = this.fetching.get(id) === "again";
    this.fetching.delete(id);
    if (again) await this.refresh(id);
  }

  async act(id, what, data = {}) {
    const { handoff } = await this.api.post(`handoffs/${id}/${what}`, data);
    this.#merge(handoff);
    return handoff;
  }

  /** Claim it. Where somebody was quicker, the queue is made to show it before this throws. */
  async claim(id, data = {}) {
    try {
      return await this.act(id, "claim", data);
    } catch (error) {
      await Promise.allSettled([this.load(), this.refresh(id)]);
      throw error;
    }
  }

  /** Edit or withdraw a message. */
  async correct(id, what, data) {
    const { message } = await this.api.post(`handoffs/${id}/${what}`, data);
    this.#changed({ handoff: id, message });
  }

  async setCapacity(capacity) {
    const { people } = await this.api.post("capacity", { capacity });
    this.me.capacity = capacity;
    this.#here(people);
  }

  typing(id, on) {
    this.api.post(`handoffs/${id}/typing`, { on }).catch(() => null);
  }

  /** @param {import("../types").Presence} presence */
  setPresence(presence) {
    this.presence = presence;
    this.awayByItself = false;
    this.memory.set("presence", presence);
    this.tell("present");
    this.#repeatPresence();
  }

  leave() {
    this.ended = true;
    this.timers.forEach(clearInterval);
    this.live.end();
  }

  /** @param {import("../types").Handoff} handoff */
  #group(handoff) {
    if (this.isReferredToMe(handoff) || (this.invitation(handoff) && !this.isMine(handoff))) return "asked";
    if (handoff.state === "assigned") return this.isMine(handoff) ? "mine" : "others";
    return handoff.left ? "left" : "waiting";
  }

  /** @param {import("../types").Handoff} handoff */
  #merge(handoff) {
    const isNew = !this.handoffs.has(handoff.id);
    if (OPEN.has(handoff.state)) this.handoffs.set(handoff.id, handoff);
    else this.handoffs.delete(handoff.id);
    const view = this.views.get(handoff.id);
    if (view) view.handoff = handoff;
    if (!this.isMine(handoff)) this.#writes({ handoff: handoff.id, text: "" });
    this.tell("queue");
    if (handoff.id === this.chosen) this.tell("view");
    if (view) this.refresh(handoff.id);
    this.#askedOf(handoff, false);
    this.#look(handoff.id);
    if (isNew && this.loaded && handoff.state === "waiting") this.tell("news", { handoff });
  }

  /**
   * Tell once that a colleague calls me to a handoff; `quietly` where it was so before the page opened.
   * @param {import("../types").Handoff} handoff
   * @param {boolean} quietly
   */
  #askedOf(handoff, quietly) {
    const asked = this.isReferredToMe(handoff) || this.invitation(handoff) !== null;
    if (!asked) this.asking.delete(handoff.id);
    else if (!this.asking.has(handoff.id)) {
      this.asking.add(handoff.id);
      if (!quietly) this.tell("asked", { handoff });
    }
  }

  /** @param {import("../types").Person[]} people */
  #here(people) {
    this.people = people;
    const me = people.find((one) => one.id === this.me.id);
    if (me) Object.assign(this.me, { role: me.role, subjects: me.subjects });
    this.tell("present");
  }

  #changed({ handoff: id, message }) {
    const view = this.views.get(id);
    if (!view || message.seq > view.seen) return;
    view.messages = view.messages.map((one) => (one.seq === message.seq ? message : one));
    if (id === this.chosen) this.tell("view");
  }

  /** A patron agreed that earlier conversations are seen, or took it back: then they leave the page at once. */
  #consented({ handoff: id, given }) {
    const view = this.views.get(id);
    if (view && !given) view.earlier = null;
    this.tell("consent", { id, given });
    if (id === this.chosen) this.tell("view");
    if (view) this.refresh(id);
  }

  #message({ handoff: id, message }) {
    if (message.speaker === "patron") {
      this.#typing({ handoff: id, on: false });
      this.#writes({ handoff: id, text: "" });
    }
    const view = this.views.get(id);
    if (view && message.seq === view.seen + 1) this.#append(view, [message]);
    else if (view && message.seq > view.seen) this.refresh(id);
    if (id === this.chosen) this.tell("view");
    if (message.seq <= (this.heard.get(id) ?? 0)) return;
    this.heard.set(id, message.seq);
    const handoff = this.handoffs.get(id);
    if (message.speaker !== "patron" || !handoff || !this.isMine(handoff)) return;
    if (id !== this.chosen || document.hidden) this.unread.set(id, (this.unread.get(id) ?? 0) + 1);
    this.tell("heard", { handoff, message });
    this.tell("queue");
  }

  /**
   * @param {string} id
   * @param {Omit<import("../types").View, "seen">} fetched
   */
  #fill(id, fetched) {
    const { handoff, notes, undelivered, names, events, earlier } = fetched;
    const known = this.views.get(id) ?? { messages: [], seen: 0 };
    const spoke = fetched.messages.some(({ speaker, seq }) => speaker === "patron" && seq > known.seen);
    if (spoke && this.views.has(id)) this.#typing({ handoff: id, on: false }); // said while we were not connected
    const view = Object.assign(known, { handoff, notes, undelivered, names, events, earlier });
    this.#append(view, fetched.messages);
    this.views.set(id, view);
    this.heard.set(id, Math.max(view.seen, this.heard.get(id) ?? 0));
    if (id === this.chosen) this.tell("view");
  }

  /**
   * @param {import("../types").View} view
   * @param {import("../types").Message[]} messages
   */
  #append(view, messages) {
    for (const message of messages) {
      if (message.seq <= view.seen) {
        view.messages = view.messages.map((one) => (one.seq === message.seq ? message : one));
        continue;
      }
      view.seen = message.seq;
      view.messages.push(message);
    }
  }

  #taken({ item, answer }) {
    const view = this.views.get(item.handoff);
    if (!view) return;
    if (answer.notes) view.notes = answer.notes;
    else if (answer.message?.seq === view.seen + 1) {
      this.#append(view, [answer.message]);
      view.undelivered = { ...view.undelivered, [answer.message.seq]: "pending" };
    }
    this.tell("view");
    this.refresh(item.handoff);
  }

  #typing({ handoff: id, on }) {
    clearTimeout(this.writing.get(id));
    this.writing.delete(id);
    if (on) this.writing.set(id, setTimeout(() => this.#typing({ handoff: id, on: false }), TYPING_MS));
    this.tell("writing", { id, on });
  }

  /** What a patron is writing in a conversation that I have; empty: nothing. */
  #writes({ handoff: id, text }) {
    clearTimeout(this.written.get(id)?.timer);
    if (!this.written.delete(id) && !text) return;
    if (text) {
      const timer = setTimeout(() => this.#writes({ handoff: id, text: "" }), WRITTEN_MS);
      this.written.set(id, { text, timer });
    }
    this.tell("writing", { id });
  }

  #gone(id) {
    this.#writes({ handoff: id, text: "" });
    this.handoffs.delete(id);
    this.views.delete(id);
    this.unread.delete(id);
    for (const item of this.outbox.of(id)) this.outbox.drop(item.id);
    this.tell("dropped", { id });
    this.tell("queue");
    if (this.chosen !== id) return;
    this.choose(null);
    this.tell("gone");
  }

  /** Who has a conversation open that a colleague asks them to look at has looked. */
  #look(id) {
    const handoff = this.handoffs.get(id);
    if (id !== this.chosen || document.hidden || !handoff || !this.invitation(handoff)) return;
    this.api.post(`handoffs/${id}/looked`).catch(() => null);
  }

  #read(id) {
    if (this.unread.delete(id)) this.tell("queue");
  }

  #back() {
    if (!this.online) {
      this.online = true;
      this.tell("state");
    }
    this.load().catch(() => null);
    if (this.chosen) this.refresh(this.chosen);
    this.outbox.flush();
    this.#repeatPresence();
  }

  #lost() {
    if (!this.online || this.ended) return;
    this.online = false;
    this.tell("state");
  }

  #catchUp() {
    if (this.online || this.ended) return;
    this.load().catch(() => null); // the socket comes back by itself; meanwhile the queue is not stale
    if (this.chosen) this.refresh(this.chosen);
  }

  #lookAtDelivery() {
    const view = this.view();
    if (!view || this.ended || document.hidden) return;
    if (Object.values(view.undelivered ?? {}).some((state) => state !== "failed")) this.refresh(view.handoff.id);
  }

  async #repeatPresence() {
    if (this.ended) return;
    try {
      const { people } = await this.api.post("presence", { presence: this.presence });
      this.#here(people);
    } catch { /* said again soon */ }
  }

  #lookWhetherIdle() {
    const idle = Date.now() - this.active > this.rules.away_minutes * 60_000;
    if (!idle || this.presence !== "available" || this.ended) return;
    this.presence = "away"; // not remembered: a page that is loaded again begins as it was set
    this.awayByItself = true;
    this.tell("present");
    this.#repeatPresence();
  }

  #stirs() {
    this.active = Date.now();
    if (this.awayByItself) this.setPresence("available");
  }

  #end() {
    if (this.ended) return;
    this.leave();
    this.tell("signed-out");
  }
}
