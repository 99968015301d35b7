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

const SHAPES = {
  star: [
    ["rect", { x: 7, y: 7, width: 18, height: 18 }],
    ["rect", { x: 7, y: 7, width: 18, height: 18, transform: "rotate(45 16 16)" }],
    ["circle", { cx: 16, cy: 16, r: 3.2, fill: "currentColor", stroke: "none" }],
  ],
  send: [["path", { d: "M6 16h19M17 8l8 8-8 8" }]],
  close: [["path", { d: "M8 8l16 16M24 8L8 24" }]],
  more: [
    ["circle", { cx: 8, cy: 16, r: 2, fill: "currentColor", stroke: "none" }],
    ["circle", { cx: 16, cy: 16, r: 2, fill: "currentColor", stroke: "none" }],
    ["circle", { cx: 24, cy: 16, r: 2, fill: "currentColor", stroke: "none" }],
  ],
  person: [
    ["circle", { cx: 16, cy: 11, r: 5 }],
    ["path", { d: "M6 27c0-6 4.5-9 10-9s10 3 10 9" }],
  ],
  forget: [["path", { d: "M6 9h20M13 9V6h6v3M9 9l1.5 17h11L23 9M13.5 14v7M18.5 14v7" }]],
  up: [["path", { d: "M5 15h5v12H5zM10 15l5-10c2.500 0 3.600 1.800 3 4l-1 4h8c2 0 2.800 1.500 2.400 3l-2.400 9c-.3 1.300-1.200 2-2.500 2H10" }]],
  down: [["path", { d: "M5 17h5V5H5zM10 17l5 10c2.500 0 3.600-1.800 3-4l-1-4h8c2 0 2.800-1.500 2.400-3l-2.400-9c-.3-1.300-1.200-2-2.500-2H10" }]],
  tick: [["path", { d: "M7 17l6 6L25 10" }]],
  clock: [["circle", { cx: 16, cy: 16, r: 10 }], ["path", { d: "M16 10v6l4 3" }]],
  warning: [["path", { d: "M16 5L28 26H4zM16 13v6M16 22.500v.5" }]],
  copy: [["rect", { x: 11, y: 11, width: 15, height: 16, rx: 2 }], ["path", { d: "M21 11V6H6v16h5" }]],
  clip: [["path", { d: "M22 12l-9 9a3 3 0 0 1-4-4L19 7a5 5 0 0 1 7 7L16 24a8 8 0 0 1-11-11l8-8" }]],
  file: [["path", { d: "M8 4h11l6 6v18H8zM19 4v6h6M12 17h9M12 22h6" }]],
  image: [["rect", { x: 5, y: 7, width: 22, height: 18, rx: 2 }], ["path", { d: "M6 22l6-6 5 5 4-3 5 4" }],
    ["circle", { cx: 21, cy: 12.500, r: 1.600 }]],
  save: [["path", { d: "M16 5v15M10 15l6 6 6-6M6 26h20" }]],
  print: [["path", { d: "M9 12V5h14v7M9 22H6V12h20v10h-3M9 18h14v9H9z" }]],
  sound: [["path", { d: "M6 13v6h4l6 5V8l-6 5zM20 12a6 6 0 0 1 0 8M23 8a12 12 0 0 1 0 16" }]],
  earlier: [["path", { d: "M6 12a11 11 0 1 1-1 6M5 6v6h6M16 10v6l4 3" }]],
  below: [["path", { d: "M16 6v19M8 17l8 8 8-8" }]],
  book: [["path", { d: "M16 9c-3-2.500-7-3-11-3v19c4 0 8 .5 11 3 3-2.500 7-3 11-3V6c-4 0-8 .5-11 3zM16 9v19" }]],
};

/** Draw one of the icons above; decoration only, hidden from screen readers. */
export function icon(name) {
  const NS = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(NS, "svg");
  const look = {
    viewBox: "0 0 32 32", fill: "none", stroke: "currentColor", "stroke-width": 2,
    "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true", class: `icon icon-${name}`,
  };
  for (const [key, value] of Object.entries(look)) svg.setAttribute(key, String(value));
  for (const [shape, attributes] of SHAPES[name]) {
    const element = document.createElementNS(NS, shape);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    svg.append(element);
  }
  return svg;
}
