// A patron's earlier conversations, where the patron agreed: the list, and one of them opened to be read.

import { wordsOf } from "./api.js";
import { reading } from "./dialogs.js";
import { icon } from "./icons.js";
import { h } from "./shared/dom.js";
import { day, moment } from "./texts.js";
import { Thread } from "./thread.js";

const SHOWN_AT_FIRST = 4;

/**
 * What stands of them beside the conversation: `view.earlier` is null where the patron has not agreed.
 * @param {import("./desk.js").Page} ui
 * @param {import("./model.js").Model} model
 * @param {import("../types").View} view
 */
export function earlierPart(ui, model, view) {
  const { texts, language } = ui;
  const { earlier } = view;
  if (!earlier) return [h("p", { class: "none" }, texts.earlierNotAgreed)];
  const { helped_by: helper, handoffs } = earlier;
  const known = helper && h("p", { class: "mark" }, icon("lamp"),
    helper.id === model.me.id ? texts.earlierYou : texts.earlierHelper(helper.name));
  if (!handoffs.length) return [h("p", { class: "none" }, texts.earlierNone)];
  const list = h("ul", { class: "earlier" });
  const show = (from, to) => list.append(...handoffs.slice(from, to).map((one) => h("li", {}, item(ui, model, view, one))));
  show(0, SHOWN_AT_FIRST);
  const rest = handoffs.length - SHOWN_AT_FIRST;
  const more = rest > 0 ? h("button", { type: "button", class: "quiet", onclick: () => {
    show(SHOWN_AT_FIRST, handoffs.length);
    more.remove();
    list.children[SHOWN_AT_FIRST].querySelector("button").focus();
  } }, texts.earlierMore(rest)) : null;
  const agreed = h("p", { class: "agreed" }, texts.earlierAgreed(day(earlier.since, language)));
  return [known, list, more, agreed].filter(Boolean);
}

/**
 * @param {import("./desk.js").Page} ui
 * @param {import("./model.js").Model} model
 * @param {import("../types").View} view
 * @param {import("../types").EarlierOne} one
 */
function item(ui, model, view, one) {
  const { texts, language } = ui;
  const question = one.question.trim();
  return h("button", { type: "button", onclick: () => open(ui, model, view.handoff.id, one) },
    h("span", { class: question ? "question" : "question none", dir: "auto", lang: question ? one.language : null },
      question || texts.noQuestion),
    framed("span", facts(ui, one, day(one.opened_at, language))));
}

/**
 * What a librarian may want to know of an earlier one at a glance.
 * @param {import("./desk.js").Page} ui
 * @param {import("../types").EarlierOne} one
 * @param {string} when
 */
function facts(ui, one, when) {
  const { texts } = ui;
  return [when, ui.topic(one.topic), texts.outcomes[one.outcome],
    one.read_value && `READ ${one.read_value}`,
    one.librarian_name && h("bdi", {}, one.librarian_name), one.csat && texts.earlierRated(one.csat)].filter(Boolean);
}

/** Facts in a row; the frame cuts off the dot at a line's beginning. */
function framed(name, said) {
  return h(name, { class: "facts-frame" }, h("span", { class: "facts" }, ...said.map((fact) => h("span", { class: "fact" }, fact))));
}

/**
 * Open an earlier one to be read. It closes by itself where the patron takes their word back.
 * @param {import("./desk.js").Page} ui
 * @param {import("./model.js").Model} model
 * @param {string} id
 * @param {import("../types").EarlierOne} one
 */
async function open(ui, model, id, one) {
  const { texts } = ui;
  const life = new AbortController();
  const status = h("p", { class: "status", role: "status" }, texts.loading);
  const thread = new Thread(model, ui, { signal: life.signal, readOnly: true });
  thread.element.hidden = true;
  const dialog = reading(ui, one.question.trim() || texts.noQuestion, [
    framed("div", facts(ui, one, moment(one.opened_at, ui.language))), status, thread.element]);
  const end = (said) => {
    dialog.close();
    ui.toast(said);
  };
  model.on("consent", (told) => {
    if (told.id === id && !told.given) end(texts.earlierTakenBack);
  }, { signal: life.signal });
  model.on("dropped", (gone) => gone.id === id && dialog.close(), { signal: life.signal });
  dialog.addEventListener("close", () => life.abort());
  ui.signal.addEventListener("abort", () => dialog.close(), { signal: life.signal });
  try {
    const view = await model.api.get(`handoffs/${id}/earlier/${one.id}`);
    if (life.signal.aborted) return;
    status.hidden = true;
    thread.element.hidden = false;
    thread.draw(view, []);
    thread.toStart();
  } catch (error) {
    status.textContent = wordsOf(error, texts);
  }
}
