// The limited Markdown of messages: paragraphs, lists, **bold**, *italics*, `code`, links. It builds nodes,
// and whatever it does not know stays text.

import { h } from "./dom.js";

const BULLET = /^\s*[-*•]\s+(.*)$/;
const NUMBERED = /^\s*(\d{1,3}|[٠-٩]{1,3})[.)]\s+(.*)$/;
const HEADING = /^\s*#{1,6}\s+(.*)$/;
const ITALIC = "(?<![\\w*])\\*(?![\\s*])([^*\\n]+?)(?<!\\s)\\*(?![\\w*])"; // not the * of librar* or 2*3
const INLINE = new RegExp(
  [
    "`([^`\\n]+)`", // 1 code
    "\\*\\*(?!\\s)(.+?)(?<!\\s)\\*\\*", // 2 bold
    "\\[([^\\[\\]\\n]+)\\]\\(([^()\\s]*(?:\\([^()\\s]*\\)[^()\\s]*)*)\\)", // 3 text, 4 address
    "(https?://[^\\s<>\"'`«»()\\[\\]{}]+)", // 5 bare address
    ITALIC, // 6
  ].join("|"),
  "gu",
);
const TRAILING = /[.,;:!?؟،؛…*]+$/u;
const SCHEMES = new Set(["http:", "https:", "mailto:"]);
const DEPTH = 4;

/** Give an address that is safe to link to, or null. */
export function safeAddress(address, base) {
  try {
    const url = new URL(address, base);
    return SCHEMES.has(url.protocol) && !url.username ? url.href : null;
  } catch {
    return null;
  }
}

/** A link that leaves the page alone. */
export function link(href, content, newTab, attributes = {}) {
  const element = h("a", { href, target: "_blank", rel: "noopener noreferrer", ...attributes });
  element.append(...content, h("span", { class: "sr" }, ` (${newTab})`));
  return element;
}

/** Turn a message's text into nodes. `context` has `base` (an address) and `newTab` (a text). */
export function markdown(text, context) {
  const fragment = document.createDocumentFragment();
  let paragraph = [];
  let list = null;
  const endParagraph = () => {
    const text = paragraph.join(" ");
    const latin = /[a-z]/i.test(text) && !/\p{Script=Arabic}/u.test(text); // as a citation in an Arabic answer
    if (text) fragment.append(h("p", { dir: latin && "ltr" }, ...broken(paragraph, context)));
    paragraph = [];
  };
  for (const line of text.split(/\r?\n/)) {
    const bullet = BULLET.exec(line);
    const numbered = NUMBERED.exec(line);
    if (bullet || numbered) {
      endParagraph();
      const name = bullet ? "ul" : "ol";
      if (!list || list.localName !== name) {
        list = h(name, numbered && western(numbered[1]) !== 1 ? { start: western(numbered[1]) } : {});
        fragment.append(list);
      }
      list.append(h("li", {}, ...inline((bullet?.[1] ?? numbered?.[2]) || "", context)));
    } else if (!line.trim()) {
      endParagraph();
      if (list) list.dataset.blank = ""; // a list may go on after an empty line
    } else if (list && /^\s{2,}\S/.test(line)) {
      list.lastElementChild.append(" ", ...inline(line.trim(), context));
    } else {
      list = null;
      const heading = HEADING.exec(line);
      if (heading) {
        endParagraph();
        fragment.append(h("p", {}, h("strong", {}, ...inline(heading[1], context))));
      } else {
        paragraph.push(line.trim());
      }
    }
  }
  endParagraph();
  return fragment;
}

/** The text without its marks, as it is read: for the clipboard and for files. */
export function bare(text) {
  return text
    .replace(/\[([^\[\]\n]+)\]\((\S+?)\)/gu, (_, label, address) => (label === address ? label : `${label} (${address})`))
    .replace(/\*\*(?!\s)(.+?)(?<!\s)\*\*/gu, "$1")
    .replace(new RegExp(ITALIC, "gu"), "$1")
    .replace(/`([^`\n]+)`/gu, "$1");
}

/** A patron's own words: lines and addresses, nothing else. */
export function plain(text, context) {
  const lines = text.split(/\r?\n/);
  const fragment = document.createDocumentFragment();
  lines.forEach((line, i) => fragment.append(...(i ? [h("br")] : []), ...addresses(line, context)));
  return fragment;
}

function western(digits) {
  return Number(digits.replace(/[٠-٩]/g, (d) => "٠١٢٣٤٥٦٧٨٩".indexOf(d)));
}

function broken(lines, context) {
  return lines.flatMap((line, i) => [...(i ? [h("br")] : []), ...inline(line, context)]);
}

function inline(text, context, depth = 0) {
  const nodes = [];
  let end = 0;
  for (const match of depth < DEPTH ? text.matchAll(INLINE) : []) {
    const [whole, code, bold, label, address, bare, italic] = match;
    nodes.push(text.slice(end, match.index));
    end = match.index + whole.length;
    if (code !== undefined) nodes.push(h("code", { dir: "auto" }, code));
    else if (bold !== undefined) nodes.push(h("strong", {}, ...inline(bold, context, depth + 1)));
    else if (italic !== undefined) nodes.push(h("em", {}, ...inline(italic, context, depth + 1)));
    else if (label !== undefined) nodes.push(labelled(label, address, whole, context, depth));
    else nodes.push(...bareLink(bare, context));
  }
  nodes.push(text.slice(end));
  return nodes.filter((node) => node !== "");
}

function labelled(label, address, whole, context, depth) {
  const href = safeAddress(address, context.base);
  if (href === null || context.inLink) return whole;
  return link(href, inline(label, { ...context, inLink: true }, depth + 1), context.newTab);
}

function bareLink(address, context) {
  const tail = TRAILING.exec(address)?.[0] ?? "";
  const cut = tail ? address.slice(0, -tail.length) : address;
  const href = context.inLink ? null : safeAddress(cut, context.base);
  if (href === null) return [address];
  return [link(href, [h("bdi", { dir: "ltr" }, cut)], context.newTab, { class: "bare" }), tail];
}

function addresses(text, context) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"'`«»()[\]{}]+/gu)) {
    nodes.push(text.slice(end, match.index), ...bareLink(match[0], context));
    end = match.index + match[0].length;
  }
  nodes.push(text.slice(end));
  return nodes.filter((node) => node !== "");
}
