// Keys that do something on their own. Never while something is being typed; they can be switched off.

const TYPING = "input, textarea, select, [contenteditable]";

export class Keys {
  /** @param {import("./desk.js").Page} page */
  constructor(page) {
    this.page = page;
    document.addEventListener("keydown", (event) => this.#pressed(event));
  }

  #pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    if (event.key === "Escape" && event.target.matches?.("#field")) {
      event.target.blur();
      return;
    }
    if (!this.page.keysOn || event.target.closest?.(TYPING) || document.querySelector("dialog[open]")) return;
    const act = this.#acts()[event.code === "Slash" && event.shiftKey ? "?" : event.key] ?? this.#acts()[LETTERS[event.code]];
    if (!act) return;
    event.preventDefault();
    act();
  }

  #acts() {
    const { page } = this;
    const { model, composer } = page;
    const handoff = model.view()?.handoff ?? null;
    const mine = handoff !== null && model.isMine(handoff);
    return {
      "?": () => page.showKeys(),
      "؟": () => page.showKeys(),
      j: () => this.#step(1),
      k: () => this.#step(-1),
      c: () => handoff?.state === "waiting" && model.me.answers && page.claim(handoff.id),
      r: () => composer.write("reply"),
      n: () => composer.write("note"),
      "/": () => composer.search(),
      q: () => composer.canned(),
      s: () => composer.suggest(),
      f: () => mine && !handoff.referral && page.move("refer", handoff),
      b: () => mine && page.move("putBack", handoff),
      x: () => mine && page.move("close", handoff),
    };
  }

  #step(by) {
    const { model } = this.page;
    const ids = Object.values(model.groups()).flat().map((handoff) => handoff.id);
    if (!ids.length) return;
    const at = model.chosen === null ? -1 : ids.indexOf(model.chosen);
    this.page.pick(ids[at < 0 ? 0 : Math.max(0, Math.min(ids.length - 1, at + by))]);
  }
}

// An Arabic keyboard has other letters in the same places.
const LETTERS = {
  KeyJ: "j", KeyK: "k", KeyC: "c", KeyR: "r", KeyN: "n", KeyQ: "q", KeyS: "s", KeyF: "f", KeyB: "b", KeyX: "x",
};
