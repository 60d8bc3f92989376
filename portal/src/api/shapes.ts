/**
 * The wire shapes by the names that the pages use. They come from the OpenAPI document of the binary
 * (`generated.ts`, written by `npm run codegen`); here they are only narrowed where the document says less
 * than the server keeps to: levels, public words, GeoJSON, values of any kind.
 */
import type { components } from './generated';

type S = components['schemas'];
/** A shape with some of its fields narrowed. A field that the document does not have does not compile. */
type With<B, O extends Partial<Record<keyof B, unknown>>> = Omit<B, keyof O> & O;

/** A text in both languages; Chinese is the original. */
export type T = S['T'];
/** RFC 3339, UTC. */
export type Time = string;
export type Level = 1 | 2 | 3 | 4;
export type Word = 'met' | 'verifying' | 'not_met' | 'exempt' | 'unconnected' | 'not_judged';

/** RFC 7807; `detail` is English and `detail_zh` Chinese, `field` names what has to be changed. A proxy may answer with less. */
export type Problem = Pick<S['Problem'], 'title' | 'status'> & Partial<S['Problem']>;
export type Choice = S['Choice'];

export type FrontAlarm = With<S['FrontAlarm'], { level: Level }>;
export type StationValue = With<S['StationValue'], { value: number | null }>;
export type Station = With<S['Station'], { values: StationValue[] }>;
export type Front = With<S['Front'], { alarms: FrontAlarm[]; owes: Record<Word, number>; stations: Station[] }>;

export type DutyRow = With<S['DutyRow'], { machine: 'hint' | 'due' | 'ok' }>;
export type Duty = With<S['Duty'], { rows: DutyRow[] }>;
export type Paragraph = With<S['Paragraph'], { word: Word; duties?: Duty[] | null }>;
export type Article = With<S['Article'], { paragraphs: Paragraph[] }>;
export type Articles = With<S['Articles'], { articles: Article[] }>;

export type Receipt = S['ReportReceipt'];
export type Follow = S['FollowView'];

export type Position = [number, number];
export type Geometry =
  | { type: 'Point'; coordinates: Position }
  | { type: 'LineString'; coordinates: Position[] }
  | { type: 'MultiLineString'; coordinates: Position[][] }
  | { type: 'Polygon'; coordinates: Position[][] }
  | { type: 'MultiPolygon'; coordinates: Position[][][] };
export interface Feature<P> { type: 'Feature'; geometry: Geometry; properties: P }
export interface FeatureCollection<P> { type: 'FeatureCollection'; features: Feature<P>[] }
export type CityMap = With<S['CityMap'], { areas: FeatureCollection<{ id: string; name: T; kind: string }>; lines: FeatureCollection<{ name: T; kind: string }> }>;
export type Area = S['Area'];

export type MenuItem = With<S['MenuItem'], { title: T }>;
export type Me = With<S['Me'], { person: T; roles: { id: string; title: T }[]; body?: T | null; menu: MenuItem[] }>;

export type QueueItem = With<S['QueueItem'], { level: Level }>;
export type Desk = With<S['Desk'], { queue: QueueItem[] }>;
export type CaseSignal = S['CaseSignal'];
export type CaseTask = S['CaseTask'];
export type CaseEvent = S['CaseEvent'];
export type Case = S['Case'];
export type InboxTask = S['InboxTask'];
export type Inbox = S['Inbox'];
export type TaskView = S['TaskView'];
export type CheckCase = S['CheckCase'];
export type Checks = S['Checks'];

export type Cell = T | number | string | boolean | null;
export type Column = With<S['ColumnView'], { format: 'text' | 'number' | 'ago' | 'share' | 'state' | 'time' | (string & {}) }>;
export type Row = With<S['Row'], { cells: Record<string, Cell> }>;
export type Collection = With<S['CollectionView'], { columns: Column[]; rows: Row[] }>;

export type Scalar = number | string | boolean | null;
export type DeviceValue = With<S['DeviceValue'], { value: Scalar }>;
export type Device = With<S['DeviceView'], { values: DeviceValue[] }>;
export type Gap = S['Gap'];
export type Refused = S['RefusedFrame'];
/** Milliseconds, value, sequence of the commit, quality. */
export type Point = [number, number | null, number, string | null];
export type Series = With<S['Series'], { points: Point[] }>;
export type Frame = S['FrameView'];

export type Held = S['Held'];
export type Holds = S['Holds'];
export type Owned = S['Owned'];
export type OwnView = S['OwnView'];
/** A Thing Model that a device may be registered with; `sample` is a reading by the device's own word, `system` the ST of HJ 212. */
export type Thing = With<S['Thing'], { sample?: Record<string, number> }>;
export type Connect = With<S['Connect'], { things: Thing[] }>;
export type Registered = S['Registered'];
export type ConnectStatus = S['ConnectStatus'];
