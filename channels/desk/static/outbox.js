// Replies and notes on their way. Each is kept in the browser until the server has it, and sent again
// with the same id, so that it is said once however often it is tried.

import { Refused } from "./api.js";
import { Teller } from "./events.js";

const RETRY_MS = [1_000, 2_000, 4_000, 8_000, 15_000];

/** Tells "changed" whenever an item comes, goes or changes, and "taken" ({item, answer}). */
export class Outbox extends Teller {
  /**
   * @param {import("./api.js").Api} api
   * @param {import("./memory.js").Memory} memory
   */
  constructor(api, memory) {
    super();
    this.api = api;
    this.memory = memory;
    /** @type {import("../types").Item[]} */
    this.items = memory.get("unsent", []).filter((item) => item?.id && item?.handoff);
    this.tries = 0;
    this.busy = false;
  }

  of(handoff) {
    return this.items.filter((item) => item.handoff === handoff);
  }

  /**
   * @param {string} handoff
   * @param {import("../types").Item["kind"]} kind
   * @param {string} text
   */
  add(handoff, kind, text) {
    this.items.push({ id: newId(), handoff, kind, text, at: new Date().toISOString(), state: "sending" });
    this.#changed();
    this.flush();
  }

  again(id) {
    for (const item of this.items) if (item.id === id) Object.assign(item, { state: "sending", error: null });
    this.#changed();
    this.flush();
  }

  drop(id) {
    this.items = this.items.filter((item) => item.id !== id);
    this.#changed();
  }

  /** Send what waits, in order; a refusal holds up nothing but itself. */
  async flush() {
    if (this.busy) return;
    this.busy = true;
    clearTimeout(this.timer);
    try {
      for (let item = this.#next(); item; item = this.#next()) if (!(await this.#send(item))) break;
    } finally {
      this.busy = false;
    }
  }

  #next() {
    return this.items.find((item) => item.state !== "refused");
  }

  /** @param {import("../types").Item} item */
  async #send(item) {
    try {
      const answer = await this.api.post(`handoffs/${item.handoff}/${item.kind}`, { id: item.id, text: item.text });
      this.tries = 0;
      this.drop(item.id);
      this.tell("taken", { item, answer });
      return true;
    } catch (error) {
      if (error instanceof Refused && !error.passing && error.code !== "signed_out" && error.code !== "csrf") {
        Object.assign(item, { state: "refused", error: error.message });
        this.#changed();
        return true;
      }
      item.state = "kept";
      this.#changed();
      this.timer = setTimeout(() => this.flush(), RETRY_MS[Math.min(this.tries++, RETRY_MS.length - 1)]);
      return false;
    }
  }

  #changed() {
    this.memory.set("unsent", this.items);
    this.tell("changed");
  }
}

/** 128 random bits. `crypto.randomUUID` exists only on pages served by HTTPS. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
