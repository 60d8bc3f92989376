/** The wire shapes between the city and the portal. Times are RFC 3339 in UTC. */

/** A text in both languages; Chinese is the original. */
export interface T { zh: string; en: string }
export type Time = string;
export type Level = 1 | 2 | 3 | 4;
export type Word = 'met' | 'verifying' | 'not_met' | 'exempt' | 'unconnected' | 'not_judged';

/** RFC 7807; `detail` is English and `detail_zh` Chinese, `field` names what has to be changed. */
export interface Problem { type?: string; title: string; status: number; detail?: string; detail_zh?: string; field?: string; field_path?: string }

export interface FrontAlarm { id: string; level: Level; headline: T; place: T; since: Time; acts: T | null; next: T; means: T; simulated: boolean; article?: string }
export interface StationValue { attr: string; title: T; value: number | string | null; unit: string; observed_at: Time; limit?: number | null }
export interface Station { id: string; name: T; area: T; values: StationValue[]; simulated: boolean; link?: string }
export interface Front {
  now: Time; city?: T; alarms: FrontAlarm[]; owes: Record<Word, number>; stations: Station[];
  reports: { today: number; open: number; closed_today: number }; simulated: boolean;
}

export interface DutyRow { subject: string; name: T; area: T; type: T; met: boolean | null; since: Time | null; machine?: 'hint' | 'due' | 'ok'; link?: string }
export interface DutyArea { area: T; type: T; total: number; met: number }
export interface Duty { id: string; title: T; evidence_title: T; rows: DutyRow[]; by_area: DutyArea[]; legal_basis?: T | string | null; verified: boolean }
export interface Paragraph {
  paragraph: number; text: string; text_en: string; word: Word; since: Time | null;
  counts: { rows: number; met: number; verifying: number }; bearers: T[]; soft: boolean; duties?: Duty[];
}
export interface Chapter { number: number; zh: string; en: string }
export interface Article { number: number; chapter: Chapter; paragraphs: Paragraph[] }
export interface Articles { now: Time; articles: Article[] }
export type ArticleView = Article & { now?: Time };

export interface Receipt { code: string; received_at: Time }
export interface FollowStep { state: string; title: T; at: Time | null; by: T | null; text?: T | string | null }
export interface Follow {
  code: string; now: Time; state: string; title: T; steps: FollowStep[];
  reply?: { words: string; photo_url?: string | null; photo_before_url?: string | null; at?: Time; by?: T } | null;
  rating?: { word: string } | null; may_rate: boolean; rating_words: { id: string; title: T }[];
}

export type Position = [number, number];
export type Geometry =
  | { type: 'Point'; coordinates: Position }
  | { type: 'LineString'; coordinates: Position[] }
  | { type: 'MultiLineString'; coordinates: Position[][] }
  | { type: 'Polygon'; coordinates: Position[][] }
  | { type: 'MultiPolygon'; coordinates: Position[][][] };
export interface Feature<P> { type: 'Feature'; geometry: Geometry; properties: P }
export interface FeatureCollection<P> { type: 'FeatureCollection'; features: Feature<P>[] }
export interface MapPoint { id: string; name: T; type: T; kind: string; lon: number; lat: number; level: Level | null; link: string | null }
export interface CityMap {
  areas: FeatureCollection<{ id: string; name: T; kind: string }>;
  lines: FeatureCollection<{ name: T; kind: string }>;
  points: MapPoint[]; note: T;
}
export interface Choice { id: string; title: T }
export interface Area { id: string; name: T; parent: string | null; lon: number; lat: number }

export interface MenuItem { path: string; title: T; count?: number }
export interface Me { person: T; id: string; roles: { id: string; title: T }[]; body: T | null; home: string; menu: MenuItem[] }

export interface QueueItem {
  id: string; kind: 'case' | 'signal'; code: string; level: Level; headline: T; place: T; since: Time; state: string; state_title: T;
  signals: number; deadline: Time | null; candidates: string[]; acknowledged: boolean; simulated: boolean; lon: number | null; lat: number | null;
}
export interface TimelineEntry { at: Time; text: T; case: string | null }
export interface Desk {
  now: Time; queue: QueueItem[]; counts: { open: number; late: number }; budget: { shown: number; limit: number };
  timeline: TimelineEntry[]; next_cursor?: string | null;
}

export interface CaseSignal {
  id: string; kind: string; code: string; at: Time; headline: T; level: Level; words?: string | null; photo_url?: string | null;
  phone_available: boolean; source_link?: string | null; distance_m?: number | null;
}
export interface Suggestion { id: string; headline: T; at: Time; distance_m: number; minutes: number; kind: string; level?: Level }
export interface Reply { words: string; photo_url?: string | null; by: T; at: Time }
export interface CaseTask {
  id: string; body: T; state: string; state_title: T; deadline: Time | null; accepted_by?: T | null; accepted_at?: Time | null;
  reply?: Reply | null; returned?: { reason: T; words: string; by: T; at: Time } | null;
}
export interface SuggestedBody { id: string; name: T; article: string; basis: T; ticked: boolean }
export interface CaseEvent { name: string; verb: T; enabled: boolean; why_not: T | null; fields: string[] }
export interface LogEntry { at: Time; by: T; text: T; photo_url?: string | null }
export interface Case {
  now: Time; id: string; code: string; state: string; state_title: T; level: Level; headline: T; place: T; lon: number | null; lat: number | null;
  since: Time; deadline: Time | null; late: boolean; article: string; matter: { id: string; title: T } | null;
  signals: CaseSignal[]; suggestions: Suggestion[]; tasks: CaseTask[]; suggested_bodies: SuggestedBody[];
  events: CaseEvent[]; log: LogEntry[]; version: number; simulated?: boolean; steps?: { state: string; title: T }[];
}

export interface InboxTask {
  id: string; case: string; code: string; state: string; state_title: T; headline: T; place: T; level: Level;
  received_at: Time; deadline_step: Time | null; deadline_whole: Time | null; late: boolean;
}
export interface Inbox { now: Time; tasks: InboxTask[]; counts: Record<string, number> }
export interface ReturnReason { id: string; title: T; item: T; article: string }
/** The part of a case that the body of one task may see, with that task. */
export type TaskView = Omit<Case, 'tasks' | 'suggestions' | 'suggested_bodies'> & Partial<Pick<Case, 'suggestions' | 'suggested_bodies' | 'tasks'>> & {
  task: CaseTask & { deadline_step?: Time | null; received_at?: Time }; return_reasons: ReturnReason[];
};
export interface CheckCase {
  id: string; code: string; level: Level; headline: T; place: T; since: Time; deadline: Time | null; late: boolean;
  may_check: boolean; why_not: T | null; tasks: CaseTask[]; photo_before_url?: string | null; version: number;
}
export interface Checks { now: Time; cases: CheckCase[] }

export type Cell = T | number | string | boolean | null;
export interface Column { attr: string; title: T; format: 'text' | 'number' | 'ago' | 'share' | 'state' | 'time'; unit?: string | null }
export interface Facet { attr: string; title: T; values: { value: string; title: T; count: number }[] }
export interface Collection {
  now: Time; id: string; kind: 'collection'; words: { title: T; empty: T }; article: string; columns: Column[]; facets: Facet[];
  rows: { id: string; link: string | null; cells: Record<string, Cell> }[]; total: number; next_cursor: string | null; export: string[];
}

export interface DeviceValue { attr: string; title: T; value: number | string | boolean | null; unit: string | null; limit: number | null; quality: string | null; observed_at: Time; seq: number }
export interface Gap { from: Time; to: Time | null }
export interface Refused { at: Time; reason: T; bytes_hex: string; text: string; checks: Record<string, string> | null }
export interface Device {
  now: Time; id: string; name: T; protocol: string; login: string; subject: { id: string; name: T } | null; state: string; state_title?: T;
  promise_minutes: number; last_report_at: Time | null; kept: { share: number; expected: number; received: number };
  values: DeviceValue[]; gaps: Gap[]; refused: Refused[]; simulated: boolean; article?: string;
}
/** Milliseconds, value, sequence of the commit, quality. */
export type Point = [number, number | null, number, string | null];
export interface Series { attr: string; title: T; unit: string | null; limit: number | null; points: Point[]; gaps: Gap[] }
export interface FrameField { name: string; value: string; meaning: T }
export interface Frame { seq: number; received_at: Time; protocol: string; text: string; bytes_hex: string; fields: FrameField[]; checks: Record<string, string> }

export interface Held { id: string; protocol: string; login: string; reason: T; first_seen: Time; last_seen: Time; count: number; remote: string; sample: string }
export interface Holds { now: Time; held: Held[]; things?: { id: string; title: T; protocol: string }[] }

export interface FirmOutfall {
  id: string; name: T; link?: string; state: string; state_title?: T; last_report_at: Time | null; kept?: { share: number; expected: number; received: number };
  accepted: number; refused: Refused[]; suspected: { at: Time; headline: T; value: number | string; limit: number | string | null }[];
}
export interface Firm { now: Time; firm: T; outfalls: FirmOutfall[]; simulated?: boolean }

export interface Endpoint { host: string; port: number }
export interface Connect { hj212: Endpoint; mqtt: Endpoint; http: Endpoint & { url?: string }; things: { id: string; title: T; protocol: string }[] }
export interface Registered { device: string; password: string; topic?: string; login?: string }
export interface ConnectStatus { first_message_at: Time | null; reason: T | null }
export interface Done { seq: number; [key: string]: unknown }
