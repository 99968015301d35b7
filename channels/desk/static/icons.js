// The desk's drawings. Decoration only: what they mean is always said in words beside them.

const SHAPES = {
  star: ["M7 7h18v18H7z", "M16 3.300 28.700 16 16 28.700 3.300 16z"],
  person: ["M16 6a5 5 0 1 1 0 10 5 5 0 0 1 0-10z", "M6 27c0-6 4.500-9 10-9s10 3 10 9"],
  lamp: ["M10 12a6 6 0 0 1 12 0v3h-12z", "M16 15v9M9 27h14M12 24h8"],
  note: ["M6 5h20v14l-7 8H6z", "M19 27v-8h7M11 11h10M11 16h6"],
  lock: ["M8 14h16v12H8z", "M11 14v-4a5 5 0 0 1 10 0v4"],
  search: ["M14 6a8 8 0 1 1 0 16 8 8 0 0 1 0-16z", "M20 20l7 7"],
  send: ["M6 16h19M17 8l8 8-8 8"],
  back: ["M26 16H7M15 8l-8 8 8 8"],
  close: ["M8 8l16 16M24 8L8 24"],
  menu: ["M6 9h20M6 16h20M6 23h20"],
  details: ["M6 5h20v22H6zM11 11h10M11 16h10M11 21h6"],
  below: ["M16 6v19M8 17l8 8 8-8"],
  clock: ["M16 5a11 11 0 1 1 0 22 11 11 0 0 1 0-22z", "M16 10v6l4 3"],
  moon: ["M25 19A10 10 0 1 1 13 7a8 8 0 0 0 12 12z"],
  book: ["M16 9c-3-2.500-7-3-11-3v19c4 0 8 .5 11 3 3-2.500 7-3 11-3V6c-4 0-8 .5-11 3zM16 9v19"],
  refer: ["M5 22c2-8 7-11 14-11M14 5l7 6-7 6", "M25 6v20"],
  eye: ["M3 16c4-7 8-9 13-9s9 2 13 9c-4 7-8 9-13 9S7 23 3 16z", "M16 12a4 4 0 1 1 0 8 4 4 0 0 1 0-8z"],
  undo: ["M9 7 4 13l5 6", "M4 13h15c5 0 8 3 8 7s-3 6-7 6h-4"],
  clip: ["M22 9 12 19a3 3 0 0 0 4 4l10-10a6 6 0 0 0-8-8L8 15a9 9 0 0 0 13 13l6-6"],
  pen: ["M6 26l2-7L22 5l5 5-14 14z", "M19 8l5 5"],
  tick: ["M6 17l7 7L26 9"],
  warning: ["M16 5l12 22H4zM16 13v7M16 23v1"],
};
const NS = "http://www.w3.org/2000/svg";

/** Draw one of the icons above. */
export function icon(name) {
  const svg = document.createElementNS(NS, "svg");
  const look = {
    viewBox: "0 0 32 32", fill: "none", stroke: "currentColor", "stroke-width": 2, "stroke-linecap": "round",
    "stroke-linejoin": "round", "aria-hidden": "true", focusable: "false", class: `icon icon-${name}`,
  };
  for (const [key, value] of Object.entries(look)) svg.setAttribute(key, String(value));
  for (const d of SHAPES[name]) {
    const path = document.createElementNS(NS, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}
