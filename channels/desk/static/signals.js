// How the desk calls for attention when nobody looks: the title, a sound, a notification. The last two
// only when they were switched on.

export class Signals {
  /**
   * @param {import("./model.js").Model} model
   * @param {import("./memory.js").Memory} memory
   */
  constructor(model, memory) {
    this.model = model;
    this.memory = memory;
    this.sound = memory.get("sound", false) === true;
    /** @type {AudioContext | null} */
    this.audio = null;
  }

  /** Show in the tab's title how many wait. */
  title(texts, library) {
    const waiting = this.model.waiting();
    const name = `${texts.title} – ${library}`;
    document.title = waiting ? `${texts.titleWaiting(waiting)} – ${library}` : name;
  }

  setSound(on) {
    this.sound = on;
    this.memory.set("sound", on);
    if (on) this.#ring();
  }

  notifying() {
    return "Notification" in window && Notification.permission === "granted" && this.memory.get("notify", false) === true;
  }

  /** Ask the browser, only ever because a button was pressed; gives whether it is allowed. */
  async setNotify(on) {
    if (on && (!("Notification" in window) || (await Notification.requestPermission()) !== "granted")) return false;
    this.memory.set("notify", on);
    return true;
  }

  /** Call: a new question, or a patron's word in a conversation that is not in view. */
  call(title, text) {
    if (this.sound) this.#ring();
    if (!document.hidden || !this.notifying()) return;
    const notification = new Notification(title, { body: text.slice(0, 140), tag: "dalil-desk" });
    notification.onclick = () => {
      window.focus();
      notification.close();
    };
  }

  /** Two soft notes. */
  #ring() {
    try {
      const audio = (this.audio ??= new AudioContext());
      audio.resume();
      [[660, 0], [880, 0.16]].forEach(([pitch, after]) => note(audio, pitch, audio.currentTime + after));
    } catch { /* a browser without sound */ }
  }
}

/**
 * @param {AudioContext} audio
 * @param {number} pitch in hertz
 * @param {number} at in seconds
 */
function note(audio, pitch, at) {
  const [tone, level] = [audio.createOscillator(), audio.createGain()];
  tone.frequency.value = pitch;
  level.gain.setValueAtTime(0, at);
  level.gain.linearRampToValueAtTime(0.12, at + 0.02);
  level.gain.exponentialRampToValueAtTime(0.0001, at + 0.5);
  tone.connect(level).connect(audio.destination);
  tone.start(at);
  tone.stop(at + 0.55);
}
