/** The part of Plotly that is used here. */
declare module 'plotly.js-cartesian-dist-min' {
  type Options = Record<string, unknown>;
  export interface Figure {
    data: Options[];
    layout: Options;
    config?: Options;
  }

  /** The element a plot was drawn into. */
  export interface PlotElement extends HTMLElement {
    on(event: string, act: (change: Options) => void): void;
  }

  const Plotly: {
    react(target: HTMLElement, data: Options[], layout: Options, config: Options): Promise<PlotElement>;
    toImage(figure: Figure, options: { format: 'svg' | 'png'; width: number; height: number; scale?: number }): Promise<string>;
  };
  export default Plotly;
}
