// Questions that stop the work for a moment: how it is closed, and whether something is meant.

import { wordsOf } from "./api.js";
import { icon } from "./icons.js";
import { h } from "./shared/dom.js";

/**
 * Ask with a plain yes and no; `act` runs on yes, and its error is shown.
 * @param {import("./desk.js").Page} ui
 * @param {{title: string, text: string, yes: string, no: string, act: () => Promise<void>}} question
 */
export function confirm(ui, { title, text, yes, no, act }) {
  const problem = h("p", { class: "wrong", role: "alert", hidden: true });
  const dialog = frame(ui, title, [h("p", {}, text), problem], [
    h("button", { type: "submit", class: "main" }, yes),
    h("button", { type: "button", class: "plain", onclick: () => dialog.close() }, no),
  ], () => attempt(dialog, problem, ui, act));
  show(dialog);
}

/**
 * Ask for what `content` holds. `read(FormData)` gives the data, or {missing, first}: words, and a field's name.
 * @param {import("./desk.js").Page} ui
 * @param {{title: string, text: string, yes: string, content: (Node | string)[], read: (given: FormData) => any, act: (data: any) => Promise<void>}} question
 */
export function ask(ui, { title, text, yes, content, read, act }) {
  const { texts } = ui;
  const problem = h("p", { class: "wrong", role: "alert", hidden: true });
  const dialog = frame(ui, title, [h("p", {}, text), ...content, problem], [
    h("button", { type: "submit", class: "main" }, yes),
    h("button", { type: "button", class: "plain", onclick: () => dialog.close() }, texts.cancel),
  ], (form) => {
    const data = read(new FormData(form));
    if (data.missing) {
      say(problem, data.missing);
      focus(form, data.first);
      return;
    }
    attempt(dialog, problem, ui, () => act(data));
  });
  show(dialog);
}

/**
 * Show which keys do what.
 * @param {import("./desk.js").Page} ui
 * @param {[string, string][]} pairs
 */
export function keys(ui, pairs) {
  const { texts } = ui;
  const list = h("dl", { class: "keys-list" }, ...pairs.map(([key, does]) =>
    h("div", {}, h("dt", {}, h("kbd", {}, key)), h("dd", {}, does))));
  const dialog = frame(ui, texts.keysTitle, [h("p", {}, texts.keysText), list], [
    h("button", { type: "submit", class: "main" }, texts.close),
  ], () => dialog.close());
  show(dialog);
}

/**
 * Show something to be read, in a dialog as large as it needs; gives the dialog.
 * @param {import("./desk.js").Page} ui
 * @param {string} title
 * @param {(Node | string)[]} content
 */
export function reading(ui, title, content) {
  const dialog = frame(ui, title, content, [h("button", { type: "submit", class: "main" }, ui.texts.close)],
    () => dialog.close());
  dialog.classList.add("reading");
  dialog.querySelector("h2").dir = "auto";
  show(dialog);
  return dialog;
}

/**
 * Ask for the record of a closed conversation: READ, kind, topic.
 * @param {import("./desk.js").Page} ui
 * @param {import("../types").Handoff} handoff
 * @param {(record: object) => Promise<void>} act
 */
export function closing(ui, handoff, act) {
  const { texts } = ui;
  const problem = h("p", { class: "wrong", role: "alert", hidden: true });
  const reads = texts.reads.map((text, i) => radio("read", String(i + 1), h("span", { class: "level" }, String(i + 1)), text));
  const kinds = ["directional", "reference"].map((kind) =>
    radio("transaction", kind, h("strong", {}, texts.kinds[kind]), texts.kindHints[kind]));
  const topics = [...ui.topics()].map(([id, name]) =>
    h("option", { value: id, selected: id === handoff.packet.topic }, name));
  const select = h("select", { name: "topic", id: "topic" }, h("option", { value: "" }, texts.topicNone), ...topics);
  const content = [
    h("p", {}, texts.closeText),
    h("fieldset", { class: "reads" }, h("legend", {}, texts.read), ...reads),
    h("fieldset", { class: "kinds" }, h("legend", {}, texts.kind), ...kinds),
    h("div", { class: "topic" }, h("label", { for: "topic" }, texts.topicLabel), select),
    h("div", { class: "topic" }, h("label", { for: "closing-note" }, texts.closingNote),
      h("textarea", { id: "closing-note", name: "note", rows: "2", dir: "auto", maxlength: 1000, spellcheck: "true", lang: ui.language })),
    problem,
  ];
  const dialog = frame(ui, texts.closeTitle, content, [
    h("button", { type: "submit", class: "main" }, texts.closeYes),
    h("button", { type: "button", class: "plain", onclick: () => dialog.close() }, texts.cancel),
  ], (form) => {
    const given = new FormData(form);
    const record = { read: Number(given.get("read")), transaction: given.get("transaction"), topic: given.get("topic"), note: given.get("note") };
    if (!record.read || !record.transaction || !record.topic) {
      say(problem, texts.missing);
      const first = !record.read ? "read" : !record.transaction ? "transaction" : "topic";
      focus(form, first);
      return;
    }
    attempt(dialog, problem, ui, () => act(record));
  });
  dialog.classList.add("closing");
  show(dialog);
}

function radio(name, value, head, text) {
  return h("label", { class: "radio" }, h("input", { type: "radio", name, value }), head, h("span", {}, text));
}

/**
 * @param {import("./desk.js").Page} ui
 * @param {string} title
 * @param {(Node | string)[]} content
 * @param {HTMLElement[]} buttons
 * @param {(form: HTMLFormElement) => void} submit
 */
function frame(ui, title, content, buttons, submit) {
  const form = h("form", { novalidate: true }, h("h2", { id: "dialog-title" }, title), ...content,
    h("div", { class: "answers" }, ...buttons));
  const dialog = h("dialog", { "aria-labelledby": "dialog-title" },
    h("button", { type: "button", class: "tool shut", "aria-label": ui.texts.close, onclick: () => dialog.close() },
      icon("close")), form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(form);
  });
  return dialog;
}

/** @param {HTMLDialogElement} dialog */
function show(dialog) {
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  /** @type {HTMLElement | null} */ (dialog.querySelector("input, select, textarea, .main"))?.focus();
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name of the field, or of the first of a group
 */
function focus(form, name) {
  /** @type {HTMLElement | null} */ (form.querySelector(`[name="${name}"]`))?.focus();
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {HTMLElement} problem
 * @param {import("./desk.js").Page} ui
 * @param {() => Promise<void>} act
 */
async function attempt(dialog, problem, ui, act) {
  if (dialog.dataset.busy) return;
  dialog.dataset.busy = "yes";
  try {
    await act();
    dialog.close();
  } catch (error) {
    say(problem, wordsOf(error, ui.texts));
  } finally {
    delete dialog.dataset.busy;
  }
}

function say(problem, text) {
  problem.textContent = text;
  problem.hidden = false;
}
