// The types that the widget's modules share; `make test` checks them with TypeScript where npm is found.
// The words are those of docs/web-protocol.md and docs/widget.md.

export type Language = "en" | "ar";
export type Bilingual = { en: string; ar: string };

export interface Choice {
  title: string;
  ref: string;
}

export interface Citation {
  title: string;
  url: string;
  section: string | null;
  reviewed: string | null;
  guide: string | null;
}

export interface Attachment {
  name: string;
  media_type: string;
  bytes: number;
  url: string | null;
}

export interface Message {
  seq: number;
  id: string | null;
  speaker: "patron" | "assistant" | "librarian";
  author: string | null;
  kind: string;
  text: string;
  language: Language;
  at: string;
  choices: Choice[];
  citations: Citation[];
  attachments: Attachment[];
  edited: boolean;
  rateable: boolean;
  event: string | null;
}

export interface Person {
  name: Bilingual;
  title: Bilingual;
  subjects: { en: string[]; ar: string[] };
  photo: string | null;
}

export interface Speaking {
  who: "assistant" | "librarian";
  name: string | null;
  waiting: boolean;
  person: Person | null;
}

/** Whether librarians may see this patron's earlier conversations, and since when. */
export interface Consent {
  given: boolean;
  at: string | null;
}

export interface Library {
  name: Bilingual;
  assistant: Bilingual;
  email: string;
  phone: string;
  kept_days: number;
}

export interface Welcome {
  token: string;
  language: Language;
  last_seq: number;
  speaking: Speaking;
  consent: Consent;
  sees_writing: boolean;
  library: Library;
  limits: { max_chars: number; messages_per_minute: number; max_file_bytes?: number };
}

/** Something on its way to the server. */
export interface Item {
  id: string;
  text: string;
  at?: number;
  ref?: string;
  file?: File;
  language?: Language;
}

/** Where a patron is, as the site says it. */
export interface Where {
  url: string;
  title: string;
  course?: string;
  guide?: string;
  note?: string;
}

/** What the loader gives the panel. */
export interface Shell {
  files: URL;
  base: URL;
  root: ShadowRoot;
  host: HTMLElement;
  side: string;
  size: string;
  colour: [number, number, number] | null;
  changed: boolean;
  readonly language: Language;
  where(): Where;
  opened(open: boolean, focus?: boolean): void;
  unread(count: number): void;
  speak(language: Language): void;
  tell(name: string, detail?: object): void;
}

/** The one name that the widget leaves on a page. */
export interface DalilApi {
  readonly source: string;
  readonly isOpen: boolean;
  open(how?: { text?: string; focus?: boolean }): Promise<void>;
  close(): Promise<void>;
  toggle(): Promise<void>;
  ask(text: string): Promise<void>;
  context(now: { course?: string; guide?: string; note?: string }): void;
  language(code: string): void;
  on(name: string, act: (detail: any) => void): () => void;
}

declare global {
  interface Window {
    Dalil?: DalilApi;
  }
}
