// Small powers of the panel that few visits need: colours of the site, a sound, printing.

/** @typedef {[number, number, number]} Colour red, green, blue, 0 to 255 */

const PAPER = { light: /** @type {Colour} */ ([251, 248, 241]), dark: /** @type {Colour} */ ([21, 29, 28]) };
const READABLE = 4.6; // WCAG asks for 4.5

/**
 * Give a colour that can be read on light and on dark paper, as near to the site's as may be.
 * @param {Colour} colour
 * @returns {{light: string, dark: string}}
 */
export function accents(colour) {
  return { light: readable(colour, PAPER.light, 0), dark: readable(colour, PAPER.dark, 255) };
}

/**
 * @param {Colour} colour
 * @param {Colour} paper
 * @param {number} towards
 */
function readable(colour, paper, towards) {
  for (let share = 0; share <= 1; share += 0.05) {
    const mixed = /** @type {Colour} */ (colour.map((part) => Math.round(part + (towards - part) * share)));
    if (contrast(mixed, paper) >= READABLE) return `rgb(${mixed.join(" ")})`;
  }
  return towards ? "#ffffff" : "#000000";
}

/**
 * @param {Colour} one
 * @param {Colour} other
 */
function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** @param {Colour} colour */
function luminance(colour) {
  const [r, g, b] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** @type {AudioContext | undefined} */
let audio;

/** Two soft notes. Silent where the browser has not let this page sound yet. */
export function chime() {
  const context = (audio ??= new AudioContext());
  context.resume().catch(() => undefined);
  [[660, 0], [880, 0.12]].forEach(([frequency, after]) => {
    const now = context.currentTime + after;
    const note = new OscillatorNode(context, { frequency });
    const loudness = new GainNode(context, { gain: 0 });
    loudness.gain.linearRampToValueAtTime(0.08, now + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, now + 0.3);
    note.connect(loudness).connect(context.destination);
    note.start(now);
    note.stop(now + 0.35);
  });
}

/**
 * Print the conversation and nothing of the site around it.
 * @param {HTMLElement} host
 */
export function print(host) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`@media print { body > :not(#${host.id}) { display: none !important; } }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  host.classList.add("printing");
  const done = () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
    host.classList.remove("printing");
  };
  window.addEventListener("afterprint", done, { once: true });
  window.print();
}
