// Asking the server. What it refuses comes back as a Refused; no answer at all as an Unreachable.

import { Teller } from "./events.js";

const BASE = new URL("../../api/", import.meta.url);
const PATIENCE_MS = 15_000;

/** The server said no; `message` is in words for the librarian. `passing`: it may say yes later. */
export class Refused extends Error {
  constructor(status, error) {
    super(error?.message ?? "");
    this.status = status;
    this.code = error?.code ?? "failed";
    this.who = error?.name ?? null;
    this.passing = status >= 500 || status === 429 || status === 408;
  }
}

/** The server could not be reached, or did not answer in time. */
export class Unreachable extends Error {}

/**
 * What went wrong, in words: the server's own, where it said any.
 * @param {unknown} error
 * @param {{failed: string, unreachable: string}} texts
 */
export function wordsOf(error, texts) {
  if (error instanceof Unreachable) return texts.unreachable;
  return (error instanceof Error && error.message) || texts.failed;
}

export class Api extends Teller {
  constructor() {
    super();
    this.csrf = "";
  }

  get(path, query = {}) {
    const url = new URL(path, BASE);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
    return this.#ask(url, {});
  }

  post(path, data = {}) {
    const headers = { "Content-Type": "application/json", "X-CSRF-Token": this.csrf };
    return this.#ask(new URL(path, BASE), { method: "POST", headers, body: JSON.stringify(data) });
  }

  /** End this sign-in, on every page where it is open. */
  signOut() {
    return this.#ask(new URL("../sign-out", BASE), { method: "POST", headers: { "X-CSRF-Token": this.csrf } });
  }

  async #ask(url, options) {
    let response;
    try {
      response = await fetch(url, { ...options, credentials: "same-origin", signal: AbortSignal.timeout(PATIENCE_MS) });
    } catch {
      throw new Unreachable();
    }
    const data = await response.json().catch(() => null);
    if (response.ok && data) return data;
    const refused = new Refused(response.status, data?.error);
    // A token of an earlier sign-in is as good as none: another tab signed out, and in again.
    if (refused.code === "signed_out" || refused.code === "csrf") this.tell("signed-out");
    throw refused;
  }
}
