// What this browser remembers for one librarian. Where it allows no storage, until the page is closed.

export class Memory {
  constructor(librarian) {
    this.prefix = `dalil-desk:${librarian}:`;
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

  /** Leave nothing behind that a patron or this librarian wrote. */
  forget() {
    for (const key of ["unsent", "drafts"]) {
      this.fallback.delete(key);
      try {
        localStorage.removeItem(this.prefix + key);
      } catch { /* not allowed */ }
    }
  }
}
