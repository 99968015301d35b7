// The questions asked when a handoff changes hands: to whom, and with what word to colleagues.

import { ask } from "./dialogs.js";
import { h } from "./shared/dom.js";

const ORDER = { available: 0, away: 1, offline: 2 };
const LONGEST = 1000;

/**
 * Ask whom to refer to: a colleague, or whoever knows a subject.
 * @param {import("./desk.js").Page} ui
 * @param {import("./model.js").Model} model
 * @param {import("../types").Handoff} handoff
 * @param {() => void} done
 */
export function refer(ui, model, handoff, done) {
  const { texts } = ui;
  const able = colleagues(model).filter((one) => one.role !== "staff");
  const known = [...new Set(able.flatMap((one) => one.subjects))].filter((id) => model.subjects[id]);
  const subjects = known.map((id) => [`subject:${id}`, ui.subject(id)]).sort((a, b) => a[1].localeCompare(b[1], ui.language));
  const select = h("select", { id: "to", name: "to" }, h("option", { value: "" }, texts.referNone),
    h("optgroup", { label: texts.referPeople }, ...able.map((one) => h("option", {
      value: `to:${one.id}`, selected: one.id === handoff.packet.wanted,
    }, `${one.name} (${standing(ui, one)})`))),
    subjects.length ? h("optgroup", { label: texts.referSubjects }, ...subjects.map(([value, name]) => h("option", {
      value, selected: value === `subject:${handoff.packet.subject}` && !able.some((one) => one.id === handoff.packet.wanted),
    }, name))) : "");
  ask(ui, {
    title: texts.referTitle, text: texts.referText, yes: texts.referYes,
    content: [h("div", { class: "topic" }, h("label", { for: "to" }, texts.referTo), select), word(ui, texts.referMessage)],
    read: (given) => {
      const [kind, id] = String(given.get("to")).split(/:(.*)/);
      return id ? { [kind]: id, message: given.get("message") } : { missing: texts.referMissing, first: "to" };
    },
    act: async (data) => {
      await model.act(handoff.id, "refer", data);
      done();
    },
  });
}

/**
 * Ask which colleague should look.
 * @param {import("./desk.js").Page} ui
 * @param {import("./model.js").Model} model
 * @param {import("../types").Handoff} handoff
 * @param {() => void} done
 */
export function invite(ui, model, handoff, done) {
  const { texts } = ui;
  const select = h("select", { id: "to", name: "to" }, h("option", { value: "" }, texts.referNone),
    ...colleagues(model).map((one) => h("option", { value: one.id }, `${one.name} (${standing(ui, one)})`)));
  ask(ui, {
    title: texts.inviteTitle, text: texts.inviteText, yes: texts.inviteYes,
    content: [h("div", { class: "topic" }, h("label", { for: "to" }, texts.inviteWhom), select), word(ui, texts.referMessage)],
    read: (given) => (given.get("to") ? { to: given.get("to"), message: given.get("message") }
      : { missing: texts.referMissing, first: "to" }),
    act: async (data) => {
      await model.act(handoff.id, "invite", data);
      done();
    },
  });
}

/**
 * Ask for a word to colleagues, which may be none.
 * @param {import("./desk.js").Page} ui
 * @param {{title: string, text: string, yes: string, act: (data: object) => Promise<void>}} question
 */
export function withWord(ui, { title, text, yes, act }) {
  const { texts } = ui;
  ask(ui, {
    title, text, yes, content: [word(ui, texts.wordMessage)],
    read: (given) => ({ message: given.get("message") }), act,
  });
}

/**
 * Ask for the new text of a message.
 * @param {import("./desk.js").Page} ui
 * @param {import("../types").Message} message
 * @param {(data: object) => Promise<void>} act
 */
export function edit(ui, message, act) {
  const { texts } = ui;
  const field = h("textarea", { id: "text", name: "text", rows: "6", dir: "auto", lang: message.language, spellcheck: "true" });
  field.value = message.text;
  ask(ui, {
    title: texts.editTitle, text: texts.editText, yes: texts.editYes,
    content: [h("div", { class: "topic" }, h("label", { for: "text" }, texts.editLabel), field)],
    read: (given) => {
      const text = String(given.get("text")).trim();
      return text ? { seq: message.seq, text } : { missing: texts.editMissing, first: "text" };
    },
    act,
  });
}

/** @param {import("./model.js").Model} model */
function colleagues(model) {
  return model.people.filter((one) => one.id !== model.me.id)
    .sort((a, b) => ORDER[a.presence] - ORDER[b.presence] || a.load - b.load || a.name.localeCompare(b.name));
}

/**
 * @param {import("./desk.js").Page} ui
 * @param {import("../types").Person} one
 */
function standing(ui, one) {
  const { texts } = ui;
  const load = one.role === "staff" ? texts.isStaff : one.load >= one.capacity ? texts.isFull(one.load) : texts.load(one.load);
  return one.presence === "offline" ? texts.presences.offline : `${texts.presences[one.presence]}${texts.comma}${load}`;
}

/**
 * @param {import("./desk.js").Page} ui
 * @param {string} label
 */
function word(ui, label) {
  return h("div", { class: "topic" }, h("label", { for: "message" }, label),
    h("textarea", { id: "message", name: "message", rows: "2", dir: "auto", maxlength: LONGEST, spellcheck: "true", lang: ui.language }));
}
