/** What a report holds, as Staircase.Lab writes it: data and words, no markup. Words may hold mathematics between dollar signs. */

export interface Report {
  title: string;
  lead: string;
  /** The command that wrote it, in full. */
  command: string | null;
  sections: ReportSection[];
  results: Result[];
}

export interface ReportSection {
  id: string;
  title: string;
  lead: string;
  command: string | null;
  plots: Plot[];
  weights: WeightMaps[];
  /** What happened and why, a paragraph each. */
  explanation: string[];
  checks: Check[];
  tables: Table[];
  settings: Record<string, string>;
  notes: string[];
}

export interface Plot {
  id: string;
  title: string;
  caption: string;
  x: Axis;
  y: Axis;
  /** The axis at the right, of series that are measured in something else; null where there are none. */
  right: Axis | null;
  series: Series[];
}

export interface Axis {
  label: string;
  isLogarithmic: boolean;
}

export type SeriesRole = 'measured' | 'measuredPoints' | 'predicted' | 'predictedPlateaus' | 'guide' | 'band';

/** Numbers against numbers; a NaN ends a stroke. Series that share their places share the array itself. */
export interface Series {
  name: string;
  role: SeriesRole;
  x: ArrayLike<number>;
  y: ArrayLike<number>;
  /** Its hue; in a family whose colours differ, its place in their order. */
  colour: number | null;
  /** What to pick to see it; null is always shown. */
  group: string | null;
  /** The row of the legend that it shares with others; null has a row of its own. */
  family: string | null;
  /** Of a band: its upper edge, above y. */
  high: ArrayLike<number> | null;
  /** Whether it lies on the axis at the right. */
  isRight: boolean;
}

export interface WeightMaps {
  id: string;
  title: string;
  caption: string;
  frames: WeightFrame[];
  maps: WeightMap[];
}

/** A checkpoint. JSON has no NaN and no infinity, so those come as their names. */
export interface WeightFrame {
  step: number;
  time: number | string | null;
  loss: number | string;
  plateau: number | null;
}

/** A matrix over all checkpoints: values are [frames, rows, columns]. */
export interface WeightMap {
  name: string;
  rows: string[];
  columns: string[];
  values: ArrayLike<number>;
  /** The value of the neutral colour. */
  centre: number;
  /** Whether values are shares, which lie between 0 and 1 and are coloured so. */
  isShare: boolean;
}

export interface Check {
  claim: string;
  source: string;
  measured: string;
  /** A number with its tolerance, a bound or words. */
  expected: string;
  passed: boolean;
  reason: string | null;
  isExplained: boolean;
  isFailure: boolean;
  verdict: string;
}

export interface Table {
  title: string;
  columns: string[];
  rows: string[][];
}

export interface Result {
  name: string;
  statement: string;
  paper: Paper;
  where: string;
  holdsWhen: string;
  notModelled: string;
}

export interface Paper {
  key: string;
  citation: string;
  bibTeX: string;
  shortName: string;
}

/** What `#export=` puts into the page for the program that reads it: a figure's name and its file in base64, empty where it was not asked for. */
export interface ExportedPicture {
  name: string;
  content: string;
}
