// What the widget says, in both languages. What the assistant says comes from the server.

const EN = {
  panel: (assistant) => `Chat with ${assistant}`,
  close: "Close the chat",
  menu: "More",
  otherLanguage: "العربية",
  otherLanguageShort: "ع",
  switchLanguage: "Continue in Arabic: العربية",
  person: "Talk to a person",
  personText: "I’d like to talk to a person",
  save: "Save as text",
  print: "Print",
  sound: "Sound for new messages",
  earlier: "Librarians may see my earlier conversations",
  earlierOff: "Now they see only the one at hand",
  earlierOn: (day) => `You agreed on ${day}`,
  notChanged: "This could not be changed just now. Please try again in a moment.",
  transcript: (assistant, library) => `Conversation with ${assistant}, ${library}`,
  saveName: "conversation",
  forget: "End and forget this conversation",
  forgetTitle: "Forget this conversation?",
  forgetText: "Everything said here is deleted, on this page and in the library. Nobody can bring it back, "
    + "and a librarian will not be able to answer a question you left.",
  forgetYes: "Forget it",
  forgetFailed: "It could not be deleted just now. Please try again in a moment.",
  no: "Keep it",
  kept: (days) => `You are anonymous here. What is said is kept for ${days} days.`,
  forgot: "The conversation was deleted.",
  hello: (assistant) => `I’m ${assistant}. What are you looking for?`,
  helloText: (library) => `Ask about ${library}: hours, loans, databases, research. `
    + "I answer from the library’s own pages, and I can bring in a librarian whenever you like.",
  suggestions: [
    "When are you open today?",
    "How do I renew a book?",
    "I can’t open an article from home",
    "Help me with my research",
  ],
  suggested: "For example",
  log: "Conversation",
  field: "Your message",
  placeholder: "Write your question…",
  send: "Send",
  seen: (name) => `${name} sees what you are writing before you send it.`,
  unseen: "Only what you send is seen.",
  hide: "Hide it",
  show: "Show it",
  left: (n) => `${n} characters left`,
  over: (n) => `${n} characters too many`,
  you: "You",
  librarian: "A librarian",
  role: "Librarian",
  isTyping: (name) => `${name} is writing`,
  waiting: "A librarian has been asked for",
  connecting: "Connecting…",
  offline: "No connection. What you write is kept and sent when it is back.",
  busy: "The library is very busy. You will be connected in a moment.",
  sending: "Sending…",
  queued: "Not sent yet.",
  tryNow: "Try now",
  takeAway: "Remove",
  arrived: "Delivered",
  copy: "Copy this text",
  copied: "Copied",
  attach: (most) => `Give a librarian an image or PDF, up to ${most}`,
  refused: {
    too_long: () => "Too long to send. Please shorten it.",
    empty: () => "There was nothing in it to send.",
    file_kind: () => "Librarians can be given images (PNG, JPEG, GIF, WebP) and PDF files; this is neither.",
    file_large: (most) => `This file is too large: ${most} at most.`,
    file_many: () => "This conversation has as many files as it can hold.",
    other: () => "This could not be sent.",
  },
  edited: "edited",
  newMessages: "New messages",
  source: "Source",
  sources: "Sources",
  reviewed: (day) => `Reviewed ${day}`,
  newTab: "opens in a new tab",
  helpful: "Was this helpful?",
  yes: "Yes, this helped",
  notHelpful: "No, this did not help",
  rating: "From 1, poor, to 5, excellent",
  of5: (n) => `${n} out of 5`,
  low: "Poor",
  high: "Excellent",
  replies: "Suggested replies",
  comma: ", ",
  today: "Today",
  yesterday: "Yesterday",
};

const AR = {
  panel: (assistant) => `محادثة مع ${assistant}`,
  close: "إغلاق المحادثة",
  menu: "المزيد",
  otherLanguage: "English",
  otherLanguageShort: "EN",
  switchLanguage: "المتابعة بالإنجليزية: English",
  person: "التحدث إلى أمين مكتبة",
  personText: "أريد التحدث إلى أمين مكتبة",
  save: "حفظ المحادثة نصًّا",
  print: "طباعة",
  sound: "صوت عند وصول الرسائل",
  earlier: "السماح لأمناء المكتبة برؤية محادثاتي السابقة",
  earlierOff: "لا يرون الآن إلا المحادثة الحالية",
  earlierOn: (day) => `تاريخ موافقتك: ${day}`,
  notChanged: "تعذّر هذا التغيير الآن. يُرجى المحاولة بعد قليل.",
  transcript: (assistant, library) => `محادثة مع ${assistant}، ${library}`,
  saveName: "محادثة",
  forget: "إنهاء المحادثة وحذفها",
  forgetTitle: "حذف هذه المحادثة؟",
  forgetText: "سيُحذف كل ما قيل هنا، من هذه الصفحة ومن المكتبة، ولا يمكن لأحد استعادته. "
    + "وإن كنت قد تركت فيها سؤالًا فلن يتمكن أمناء المكتبة من الرد عليه.",
  forgetYes: "حذف",
  forgetFailed: "تعذّر الحذف الآن. يُرجى المحاولة بعد قليل.",
  no: "الإبقاء عليها",
  kept: (days) => `لا نعرف هويتك هنا. يُحفظ ما يقال مدة ${daysAr(days)}.`,
  forgot: "حُذفت المحادثة.",
  hello: (assistant) => `أنا ${assistant}، كيف أساعدك؟`,
  helloText: (library) => `أجيب عن أسئلتك في شؤون ${library}: ساعات الدوام والإعارة وقواعد البيانات والبحث. `
    + "ومرجعي صفحات المكتبة نفسها، ويمكنني أن أحيلك إلى أحد أمنائها متى شئت.",
  suggestions: [
    "متى تفتحون اليوم؟",
    "كيف أجدّد كتابًا؟",
    "لا أستطيع فتح مقال من البيت",
    "ساعدني في بحثي",
  ],
  suggested: "على سبيل المثال",
  log: "المحادثة",
  field: "رسالتك",
  placeholder: "سؤالك هنا…",
  send: "إرسال",
  seen: (name) => `ما يُكتب الآن يظهر أمام ${name} قبل إرساله.`,
  unseen: "لا يظهر إلا ما يُرسل.",
  hide: "إخفاؤه",
  show: "إظهاره",
  left: (n) => `عدد الأحرف المتبقية: ${n}`,
  over: (n) => `عدد الأحرف الزائدة: ${n}`,
  you: "أنت",
  librarian: "أحد أمناء المكتبة",
  role: "فريق المكتبة",
  isTyping: (name) => `${name}: الكتابة جارية`,
  waiting: "بانتظار أمين مكتبة",
  connecting: "جارٍ الاتصال…",
  offline: "انقطع الاتصال. ما يُكتب هنا محفوظ، وسيُرسل حين يعود الاتصال.",
  busy: "الإقبال على المكتبة شديد الآن. سيُستأنف الاتصال بعد لحظات.",
  sending: "جارٍ الإرسال…",
  queued: "لم تُرسل بعد.",
  tryNow: "المحاولة الآن",
  takeAway: "إزالة",
  arrived: "وصلت",
  copy: "نسخ هذا النص",
  copied: "تم النسخ",
  attach: (most) => `إرسال صورة أو ملف PDF إلى أمين المكتبة، حتى ${most}`,
  refused: {
    too_long: () => "الرسالة أطول من أن تُرسل. يُرجى اختصارها.",
    empty: () => "لا شيء هنا لإرساله.",
    file_kind: () => "يمكن إرسال صور (PNG أو JPEG أو GIF أو WebP) وملفات PDF إلى أمناء المكتبة، وهذا الملف ليس منها.",
    file_large: (most) => `هذا الملف أكبر من المسموح به: الحد الأقصى ${most}.`,
    file_many: () => "بلغت ملفات هذه المحادثة حدّها الأقصى.",
    other: () => "تعذّر إرسال هذا.",
  },
  edited: "معدّلة",
  newMessages: "رسائل جديدة",
  source: "المصدر",
  sources: "المصادر",
  reviewed: (day) => `تاريخ المراجعة: ${day}`,
  newTab: "يُفتح في تبويب جديد",
  helpful: "هل أفادك هذا؟",
  yes: "نعم، أفادني",
  notHelpful: "لا، لم يُفدني",
  rating: "من 1 (ضعيف) إلى 5 (ممتاز)",
  of5: (n) => `${n} من 5`,
  low: "ضعيف",
  high: "ممتاز",
  replies: "ردود مقترحة",
  comma: "، ",
  today: "اليوم",
  yesterday: "أمس",
};

/** Count days in Arabic, where the noun changes with the number. */
function daysAr(n) {
  if (n === 1) return "يوم واحد";
  if (n === 2) return "يومين";
  const rest = n % 100;
  if (rest >= 3 && rest <= 10) return `${n} أيام`;
  return rest >= 11 ? `${n} يومًا` : `${n} يوم`;
}

export const TEXTS = { en: EN, ar: AR };
export const direction = (language) => (language === "ar" ? "rtl" : "ltr");

const LOCALE = { en: "en-GB", ar: "ar-u-nu-latn" };

// Both names of each month, as the assistant's answers have them: no country reads both as its own.
const MONTHS_AR = [
  "كانون الثاني/يناير", "شباط/فبراير", "آذار/مارس", "نيسان/أبريل", "أيار/مايو", "حزيران/يونيو",
  "تموز/يوليو", "آب/أغسطس", "أيلول/سبتمبر", "تشرين الأول/أكتوبر", "تشرين الثاني/نوفمبر", "كانون الأول/ديسمبر",
];

/** "14 September 2026" or "14 أيلول/سبتمبر 2026", from YYYY-MM-DD. */
export function longDay(iso, language) {
  const day = new Date(`${iso}T12:00:00Z`);
  if (Number.isNaN(day.getTime())) return iso;
  if (language === "ar") return `${day.getUTCDate()} ${MONTHS_AR[day.getUTCMonth()]} ${day.getUTCFullYear()}`;
  /** @type {Intl.DateTimeFormatOptions} */
  const wanted = { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" };
  return new Intl.DateTimeFormat(LOCALE[language], wanted).format(day);
}

/** "1.2 MB" or "340 kB", set apart so that it stays in this order inside Arabic. */
export function sizeOf(bytes) {
  const size = bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1000))}\u00a0kB` : `${+(bytes / 1e6).toFixed(1)}\u00a0MB`;
  return `\u2066${size}\u2069`;
}

/** The time of day, as the patron's clock has it. */
export function clock(date, language) {
  return new Intl.DateTimeFormat(LOCALE[language], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(date);
}

/** "Today", "Yesterday" or the date. */
export function dayName(date, language) {
  const texts = TEXTS[language];
  const midnight = (d) => new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime();
  const ago = Math.round((midnight(new Date()) - midnight(date)) / 86_400_000);
  if (ago === 0) return texts.today;
  if (ago === 1) return texts.yesterday;
  if (language === "ar") {
    const weekday = new Intl.DateTimeFormat(LOCALE.ar, { weekday: "long" }).format(date);
    return `${weekday} ${date.getDate()} ${MONTHS_AR[date.getMonth()]}`;
  }
  /** @type {Intl.DateTimeFormatOptions} */
  const wanted = { weekday: "long", day: "numeric", month: "long" };
  return new Intl.DateTimeFormat(LOCALE[language], wanted).format(date);
}
