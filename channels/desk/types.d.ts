// The types that the desk's modules share; `make test` checks them with TypeScript where npm is found.
// The words are those of docs/desk-protocol.md.

import type { Attachment, Bilingual, Choice, Citation, Language } from "../web/types";

export type { Attachment, Bilingual, Choice, Citation, Language };
export type Presence = "available" | "away" | "offline";
export type Role = "staff" | "librarian" | "admin";

export interface Referral {
  by: string;
  by_name: string;
  to: string | null;
  to_name: string | null;
  subject: string | null;
  message: string;
  until: string;
  declined: string[];
}

export interface Invitation {
  by: string;
  to: string;
  to_name: string;
  message: string;
}

export interface Packet {
  question: string;
  reason: string;
  topic: string | null;
  summary: [string, string][];
  tried: string[];
  answered: { seq?: number; text?: string; citations?: Citation[] }[];
  subject: string | null;
  wanted: string | null;
}

export interface Handoff {
  id: string;
  state: "waiting" | "assigned" | "closed" | "abandoned";
  packet: Packet;
  language: Language;
  channel: string;
  opened_at: string;
  librarian: string | null;
  librarian_name: string | null;
  claimed_at: string | null;
  closed_at: string | null;
  left: boolean;
  read_value: number | null;
  transaction: "directional" | "reference" | null;
  topic: string | null;
  csat: number | null;
  note: string | null;
  back: string | null;
  referral: Referral | null;
  invited: Invitation[];
}

export interface Message {
  seq: number;
  id: string | null;
  by: string | null;
  speaker: "patron" | "assistant" | "librarian";
  author: string | null;
  kind: string;
  text: string;
  language: Language;
  at: string;
  edited_at: string | null;
  choices: Choice[];
  citations: Citation[];
  attachments: Attachment[];
  event: string | null;
}

export interface Note {
  author: string;
  text: string;
  at: string;
}

/** Something that happened to a handoff on the desk. */
export interface Happening {
  kind: string;
  who: string;
  other: string | null;
  text: string;
  at: string;
}

export interface EarlierOne {
  id: string;
  question: string;
  language: Language;
  topic: string | null;
  opened_at: string;
  outcome: "closed" | "returned" | "abandoned";
  read_value: number | null;
  csat: number | null;
  librarian_name: string | null;
}

/** What is seen of the patron's earlier conversations, because the patron agreed. */
export interface Earlier {
  since: string;
  helped_by: { id: string; name: string } | null;
  handoffs: EarlierOne[];
}

/** A conversation as it was fetched; `seen` is the number of its last message. */
export interface View {
  handoff: Handoff;
  messages: Message[];
  notes: Note[];
  events: Happening[];
  undelivered: Record<string, string>;
  names: Record<string, string>;
  earlier: Earlier | null;
  seen: number;
}

export interface Person {
  id: string;
  name: string;
  languages: Language[];
  subjects: string[];
  role: Role;
  presence: Presence;
  load: number;
  capacity: number;
}

export interface Me {
  id: string;
  name: string;
  email: string;
  languages: Language[];
  subjects: string[];
  role: Role;
  capacity: number | null;
  answers: boolean;
}

/** What `GET me` gives. */
export interface Facts {
  me: Me;
  rules: { away_minutes: number; capacity: number };
  csrf: string;
  library: Bilingual;
  topics: Record<string, Bilingual>;
  subjects: Record<string, Bilingual>;
  search: boolean;
  max_chars: number;
  ends_at: string;
}

/** A reply or note on its way to the server. */
export interface Item {
  id: string;
  handoff: string;
  kind: "reply" | "note";
  text: string;
  at: string;
  state: "sending" | "kept" | "refused";
  error?: string | null;
}

export interface CannedAnswer {
  id: string;
  title: string;
  text: string;
}

export interface Found {
  title: string;
  text: string;
  url: string;
}

export interface Suggestion {
  seq: number;
  question: string;
  text: string;
  citations: Citation[];
}
