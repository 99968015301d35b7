// Telling and hearing within the page: an EventTarget whose events carry one thing, `detail`.

export class Teller extends EventTarget {
  /**
   * Call `act` with the detail of each event of a name, until `signal` ends it.
   * @param {string} name
   * @param {(detail: any) => void} act
   * @param {{signal?: AbortSignal}} [options]
   */
  on(name, act, options) {
    this.addEventListener(name, (event) => act(/** @type {CustomEvent} */ (event).detail), options);
  }

  /**
   * @param {string} name
   * @param {object | null} detail
   */
  tell(name, detail = null) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
