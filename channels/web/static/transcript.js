// The conversation as a text file that the patron keeps.

import { bare } from "./markdown.js";
import { TEXTS, clock, longDay } from "./texts.js";

/**
 * Write the conversation in the panel's language; what was said stays in its own.
 * @param {{messages: any[], library: any, language: "en" | "ar"}} told
 * @returns {string}
 */
export function transcript({ messages, library, language }) {
  const texts = TEXTS[language];
  const assistant = library.assistant[language];
  const lines = [texts.transcript(assistant, library.name[language])];
  let day = "";
  for (const message of messages) {
    const at = new Date(message.at);
    const today = longDay(localDay(at), language);
    if (today !== day) lines.push("", `— ${today} —`);
    day = today;
    const name = { patron: texts.you, librarian: message.author ?? texts.librarian }[message.speaker] ?? assistant;
    lines.push("", `[${clock(at, language)}] ${name}:`, bare(message.text));
    for (const { title, section, url } of message.citations) {
      lines.push(`  ${texts.source}: ${[title, section].filter(Boolean).join(" – ")}`, `  ${url}`);
    }
  }
  return `${lines.join("\r\n")}\r\n`;
}

/**
 * Give a text to the browser to be saved. The mark at its beginning tells old editors that it is UTF-8.
 * @param {string} text
 * @param {string} name
 * @param {ParentNode} root where the link stands for a moment
 */
export function save(text, name, root) {
  const address = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/plain;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.hidden = true;
  root.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** @param {Date} at */
function localDay(at) {
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}
