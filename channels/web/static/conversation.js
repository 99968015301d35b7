// The patron's side of the protocol (docs/web-protocol.md): one conversation, in order, nothing lost.
//
// Events, with their data in `detail`: "state" (connecting, online, offline, busy), "welcome", "ready"
// (all that was said is shown), "message", "change", "pending", "delayed", "refused" ({item, code}), "typing", "speaking",
// "consent", "forgotten" ({known}: whether it was asked for).

import { Line } from "./line.js";

const ACK_MS = 10_000;
const RETRY_MS = [1_000, 2_000, 5_000, 10_000, 30_000];
const FILE_MS = 120_000;
const FINAL = new Set(["too_long", "empty", "bad_request", "file_kind", "file_large", "file_many", "origin"]);

export class Conversation extends EventTarget {
  /**
   * @param {{base: URL, storage: import("./storage.js").Storage, language: import("../types").Language,
   *   where: () => import("../types").Where}} given
   */
  constructor({ base, storage, language, where }) {
    super();
    this.base = base;
    this.storage = storage;
    this.language = language;
    this.where = where; // gives what the site says of its page: {url, title, course, guide, note}
    /** @type {Line} */
    this.line; // made by connect()
    this.seen = 0; // the number of the last message shown
    /** @type {Map<number, import("../types").Message>} */
    this.early = new Map(); // messages that came before their predecessors
    /** @type {import("../types").Item[]} */
    this.queue = storage.unsent();
    this.inFlight = false;
    this.syncing = null;
    this.failures = 0;
    this.welcomed = false;
    this.isCut = false;
    this.timers = new Map();
  }

  connect() {
    if (this.line) return;
    this.line = new Line({
      url: new URL("socket.io/", this.base),
      namespace: "/patron",
      auth: () => ({ token: this.storage.get("token"), language: this.language, page: this.#page() }),
    });
    this.line.on("welcome", (welcome) => this.#welcome(welcome));
    this.line.on("message", (message) => this.#incoming(message));
    this.line.on("change", (message) => {
      if (message.seq <= this.seen) this.#tell("change", message);
    });
    this.line.on("typing", (typing) => this.#tell("typing", typing));
    this.line.on("speaking", (speaking) => this.#tell("speaking", speaking));
    this.line.on("consent", (consent) => this.#tell("consent", consent));
    this.line.on("forgotten", () => this.#startOver());
    this.line.on("refused", ({ retry_after: seconds = 5 }) => {
      this.#hangUp();
      this.#tell("state", "busy");
      this.#later("connect", () => this.line.open(), seconds * 1000);
    });
    this.line.on("lost", () => {
      this.welcomed = false;
      this.#cut();
    });
    window.addEventListener("online", () => this.again());
    window.addEventListener("offline", () => this.#cut());
    document.addEventListener("visibilitychange", () => document.hidden || this.again());
    this.#tell("state", "connecting");
    this.line.open();
    for (const item of this.queue) this.#tell("pending", item);
  }

  #cut() {
    this.isCut = true;
    this.#tell("state", "offline");
    for (const item of this.queue) this.#tell("delayed", item);
  }

  /** Try at once what waits for its next attempt: connecting, or sending. */
  again() {
    if (this.timers.has("connect")) return; // the server asked for a pause
    this.line?.open();
    if (this.welcomed && navigator.onLine) { // the line outlived it
      this.isCut = false;
      this.#tell("state", "online");
    }
    this.#flush();
  }

  /** Say something. It is kept here until the server has it, and sent again with the same id. */
  say(text) {
    this.#enqueue({ id: newId(), text, language: this.language, at: Date.now() });
  }

  /** Press a choice that came with a message. */
  choose(choice) {
    this.#enqueue({ id: newId(), ref: choice.ref, text: choice.title, at: Date.now() });
  }

  /** Give a file to whoever answers. It is kept as long as this page is open. */
  give(file) {
    this.#enqueue({ id: newId(), file, text: file.name, at: Date.now() });
  }

  /** Tell that something is being written, and what, where the patron was told that it is seen. */
  typing(on, text) {
    if (this.welcomed) this.line.tell("typing", { on, text });
  }

  async speak(language) {
    this.language = language;
    if (this.welcomed) await this.#ask("language", { language }).catch(() => null);
  }

  /** Let librarians see earlier conversations, or no more. Gives false where the server could not be reached. */
  async consent(given) {
    return Boolean((await this.#ask("consent", { given }).catch(() => null))?.ok);
  }

  /** Delete everything, here and on the server. Gives false where the server could not be reached. */
  async forget() {
    const answer = await this.#ask("forget", {}).catch(() => null);
    if (!answer || !(answer.ok || answer.code === "unknown")) return false;
    this.#startOver();
    return true;
  }

  /** @param {import("../types").Welcome} welcome */
  #welcome(welcome) {
    const before = this.storage.get("token");
    if (before !== welcome.token && (this.seen || before)) {
      this.seen = 0;
      this.early.clear();
      this.#tell("forgotten", { known: false });
    }
    this.storage.set("token", welcome.token);
    this.welcomed = true;
    this.isCut = false;
    this.failures = 0;
    this.language = welcome.language;
    this.#tell("welcome", welcome);
    this.#tell("state", "online");
    const caughtUp = welcome.last_seq > this.seen ? this.#sync() : Promise.resolve();
    caughtUp.then(() => {
      this.#tell("ready", null);
      this.#flush();
    });
  }

  /** @param {import("../types").Message} message */
  #incoming(message) {
    if (message.seq <= this.seen) return;
    this.early.set(message.seq, message);
    this.#drain();
    // A gap is filled by the answer to what is being sent just now, or else by asking.
    if (this.early.size && !this.inFlight) this.#sync();
  }

  #drain() {
    for (let next = this.early.get(this.seen + 1); next; next = this.early.get(this.seen + 1)) {
      this.#show(next);
    }
  }

  #show(message) {
    this.early.delete(message.seq);
    this.seen = message.seq;
    if (message.id) this.#sent(message.id);
    this.#tell("message", message);
  }

  async #sync() {
    this.syncing ??= this.#catchUp().finally(() => {
      this.syncing = null;
    });
    return this.syncing;
  }

  async #catchUp() {
    for (let more = true; more; ) {
      const answer = await this.#ask("sync", { after: this.seen }).catch(() => null);
      if (!answer?.ok) return this.#troubled(answer);
      for (const message of answer.messages) if (message.seq > this.seen) this.#show(message);
      more = answer.more && answer.messages.length > 0;
    }
    for (const seq of [...this.early.keys()]) if (seq <= this.seen) this.early.delete(seq);
    this.#drain();
    if (this.early.size) this.#later("sync", () => this.#sync(), 1_000);
  }

  #troubled(answer) {
    if (answer?.code === "unknown") this.#startOver();
    else if (answer) this.#later("sync", () => this.#sync(), (answer.retry_after ?? 3) * 1000);
  }

  #page() {
    const page = this.where();
    this.toldPage = JSON.stringify(page);
    return page;
  }

  /** @param {import("../types").Item} item */
  #enqueue(item) {
    this.queue.push(item);
    if (!item.file) this.storage.keepUnsent(item); // a file is more than a browser's storage takes
    this.#tell("pending", item);
    if (this.isCut) this.#tell("delayed", item);
    this.#flush();
  }

  #sent(id) {
    this.queue = this.queue.filter((item) => item.id !== id);
    this.storage.dropUnsent(id);
  }

  async #flush() {
    if (this.inFlight || !this.welcomed) return;
    this.inFlight = true;
    try {
      while (this.queue.length && this.welcomed) {
        if (!(await this.#send(this.queue[0]))) break;
      }
    } finally {
      this.inFlight = false;
    }
    if (this.early.size) this.#sync();
  }

  /** Send one; true where the next may follow. */
  async #send(item) {
    if (JSON.stringify(this.where()) !== this.toldPage) this.line.tell("page", this.#page());
    const answer = await this.#submit(item).catch(() => null);
    if (answer?.ok) {
      this.failures = 0;
      this.#taken(item, answer);
      return true;
    }
    if (answer && FINAL.has(answer.code)) {
      this.#sent(item.id);
      this.#tell("refused", { item, code: answer.code });
      return true;
    }
    if (answer?.code === "unknown") {
      this.#startOver({ keepQueue: true });
      return false;
    }
    const pause = RETRY_MS[Math.min(this.failures++, RETRY_MS.length - 1)];
    this.#tell("delayed", item);
    this.#later("flush", () => this.#flush(), answer?.retry_after ? answer.retry_after * 1000 : pause);
    return false;
  }

  /** @param {import("../types").Item} item */
  #submit(item) {
    if (item.file) return this.#upload(item.id, item.file);
    if (item.ref) return this.#ask("choose", { id: item.id, ref: item.ref });
    return this.#ask("say", { id: item.id, text: item.text, language: item.language });
  }

  /**
   * @param {string} id
   * @param {File} file
   */
  async #upload(id, file) {
    const headers = {
      Authorization: `Bearer ${this.storage.get("token")}`,
      "Content-Type": "application/octet-stream",
      "X-Dalil-Id": id,
      "X-Dalil-Name": encodeURIComponent(file.name.toWellFormed?.() ?? file.name),
    };
    const stop = AbortSignal.timeout?.(FILE_MS);
    const answer = await fetch(new URL("files", this.base), { method: "POST", body: file, headers, signal: stop });
    return answer.json();
  }

  #taken(item, { seq, text }) {
    this.#sent(item.id);
    if (seq <= this.seen) return; // it came back by another way first
    if (item.file) { // what it is now called, and where it is, only the server can say
      this.#sync();
      return;
    }
    this.early.set(seq, {
      seq, id: item.id, speaker: "patron", author: null, kind: "text", text: text ?? item.text,
      language: item.language ?? this.language, at: new Date().toISOString(),
      choices: [], citations: [], attachments: [], edited: false, rateable: false, event: null,
    });
    this.#drain();
  }

  #startOver({ keepQueue = false } = {}) {
    const unsent = keepQueue ? this.queue : [];
    this.storage.forget();
    this.queue = unsent;
    for (const item of unsent) if (!item.file) this.storage.keepUnsent(item);
    this.seen = 0;
    this.early.clear();
    this.#tell("forgotten", { known: !keepQueue });
    for (const item of unsent) this.#tell("pending", item);
    this.#reconnect();
  }

  #reconnect() {
    this.#hangUp();
    this.line.open();
  }

  #hangUp() {
    this.welcomed = false;
    this.line.close();
  }

  #ask(event, data) {
    return this.line.ask(event, data, ACK_MS);
  }

  #later(name, act, ms) {
    clearTimeout(this.timers.get(name));
    const run = () => {
      this.timers.delete(name);
      act();
    };
    this.timers.set(name, setTimeout(run, ms));
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** 128 random bits. `crypto.randomUUID` exists only on pages served by HTTPS. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
