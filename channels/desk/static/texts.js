// What the desk's page says, in both languages. What patrons and the assistant say comes from the server.

import { AR } from "./texts_ar.js";
import { EN } from "./texts_en.js";

export const TEXTS = { en: EN, ar: AR };
export const direction = (language) => (language === "ar" ? "rtl" : "ltr");

const LOCALE = { en: "en-GB", ar: "ar-u-nu-latn" };

/**
 * The time of day, with the day before it where it is not today.
 * @param {string} iso
 * @param {import("../types").Language} language
 */
export function moment(iso, language) {
  const date = new Date(iso);
  const time = new Intl.DateTimeFormat(LOCALE[language], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  if (date.toDateString() === new Date().toDateString()) return time.format(date);
  const day = new Intl.DateTimeFormat(LOCALE[language], { weekday: "short", day: "numeric", month: "short" });
  return `${day.format(date)} ${time.format(date)}`;
}

/**
 * The day, with its year.
 * @param {string} iso
 * @param {import("../types").Language} language
 */
export function day(iso, language) {
  const wanted = new Intl.DateTimeFormat(LOCALE[language], { day: "numeric", month: "short", year: "numeric" });
  return wanted.format(new Date(iso));
}

/** 4:05, or 1:04:05 from an hour on: to be read beside a label that says what it counts. */
export function elapsed(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
