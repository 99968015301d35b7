// What this page remembers. Where the browser allows no storage it remembers until it is closed.

const MAX_RATED = 100;

export class Storage {
  /** `name` keeps two assistants on one site apart. */
  constructor(name) {
    this.prefix = `dalil:${name}:`;
    this.fallback = new Map();
  }

  /**
   * @param {string} key
   * @param {any} otherwise
   * @returns {any}
   */
  get(key, otherwise = null) {
    try {
      const text = localStorage.getItem(this.prefix + key);
      return text === null ? (this.fallback.get(key) ?? otherwise) : JSON.parse(text);
    } catch {
      return this.fallback.get(key) ?? otherwise;
    }
  }

  set(key, value) {
    this.fallback.set(key, value);
    try {
      localStorage.setItem(this.prefix + key, JSON.stringify(value));
    } catch { /* full, or not allowed */ }
  }

  remove(...keys) {
    for (const key of keys) {
      this.fallback.delete(key);
      try {
        localStorage.removeItem(this.prefix + key);
      } catch { /* not allowed */ }
    }
  }

  /** Which choice of a message was pressed, so that a rating still shows after a reload. */
  pressed(seq) {
    return this.get("pressed", {})[seq] ?? null;
  }

  press(seq, ref) {
    const pressed = { ...this.get("pressed", {}), [seq]: ref };
    this.set("pressed", Object.fromEntries(Object.entries(pressed).slice(-MAX_RATED)));
  }

  /** What was written and not yet taken by the server; shared by the tabs of one browser. */
  unsent() {
    const kept = this.get("unsent", []);
    return Array.isArray(kept) ? kept : [];
  }

  keepUnsent(item) {
    this.set("unsent", [...this.unsent().filter((other) => other.id !== item.id), item]);
  }

  dropUnsent(id) {
    this.set("unsent", this.unsent().filter((other) => other.id !== id));
  }

  forget() {
    this.remove("token", "draft", "unsent", "pressed", "read", "at");
  }
}
