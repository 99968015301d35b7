// Building blocks: elements and icons. Text goes in as text; there is no way here to put in HTML.

/** Make an element. `on…` are listeners, `class`, `dir`, `aria-…` and so on are attributes. */
export function h(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// One path each, on a square of 32; an arc there and back is a circle.
const PATHS = {
  star: "M7 7h18v18H7zM16 3.3L28.7 16 16 28.7 3.3 16z",
  send: "M6 16h19M17 8l8 8-8 8",
  close: "M8 8l16 16M24 8L8 24",
  more: "M9 16a1 1 0 1 1-2 0 1 1 0 0 1 2 0m8 0a1 1 0 1 1-2 0 1 1 0 0 1 2 0m8 0a1 1 0 1 1-2 0 1 1 0 0 1 2 0",
  person: "M21 11a5 5 0 1 1-10 0 5 5 0 0 1 10 0M6 27c0-6 4.5-9 10-9s10 3 10 9",
  forget: "M6 9h20M13 9V6h6v3M9 9l1.5 17h11L23 9M13.5 14v7M18.5 14v7",
  up: "M5 15h5v12H5zM10 15l5-10c2.5 0 3.6 1.8 3 4l-1 4h8c2 0 2.8 1.5 2.4 3l-2.4 9c-.3 1.3-1.2 2-2.5 2H10",
  down: "M5 17h5V5H5zM10 17l5 10c2.5 0 3.6-1.8 3-4l-1-4h8c2 0 2.8-1.5 2.4-3l-2.4-9c-.3-1.3-1.2-2-2.5-2H10",
  tick: "M7 17l6 6L25 10",
  clock: "M26 16a10 10 0 1 1-20 0 10 10 0 0 1 20 0M16 10v6l4 3",
  warning: "M16 5L28 26H4zM16 13v6M16 22.5v.5",
  copy: "M11 11h15v16H11zM21 11V6H6v16h5",
  clip: "M22 12l-9 9a3 3 0 0 1-4-4L19 7a5 5 0 0 1 7 7L16 24a8 8 0 0 1-11-11l8-8",
  file: "M8 4h11l6 6v18H8zM19 4v6h6M12 17h9M12 22h6",
  image: "M5 7h22v18H5zM6 22l6-6 5 5 4-3 5 4M22.6 12.5a1.6 1.6 0 1 1-3.2 0 1.6 1.6 0 0 1 3.2 0",
  save: "M16 5v15M10 15l6 6 6-6M6 26h20",
  print: "M9 12V5h14v7M9 22H6V12h20v10h-3M9 18h14v9H9z",
  sound: "M6 13v6h4l6 5V8l-6 5zM20 12a6 6 0 0 1 0 8M23 8a12 12 0 0 1 0 16",
  earlier: "M6 12a11 11 0 1 1-1 6M5 6v6h6M16 10v6l4 3",
  below: "M16 6v19M8 17l8 8 8-8",
  book: "M16 9c-3-2.5-7-3-11-3v19c4 0 8 .5 11 3 3-2.5 7-3 11-3V6c-4 0-8 .5-11 3zM16 9v19",
};

/** Say what a button without words is for: to screen readers, and to whoever points at it. */
export function named(button, text) {
  button.setAttribute("aria-label", text);
  button.title = text;
}

/** Draw one of the icons above; decoration only, hidden from screen readers. */
export function icon(name) {
  const svg = drawn("svg", {
    viewBox: "0 0 32 32", fill: "none", stroke: "currentColor", "stroke-width": 2,
    "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": true, class: `icon icon-${name}`,
  });
  svg.append(drawn("path", { d: PATHS[name] }));
  if (name === "star") svg.append(drawn("circle", { cx: 16, cy: 16, r: 3.2, fill: "currentColor", stroke: "none" }));
  return svg;
}

function drawn(shape, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", shape);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}
