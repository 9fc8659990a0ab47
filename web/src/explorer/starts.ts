import type { Experiment } from './engine';

/** A state that is worth a look, and why. */
export interface Start {
  name: string;
  why: string;
  keys: Experiment;
}

export const linearStarts: Start[] = [
  { name: 'the staircase', why: 'Five heads learn four components one after another: four drops, five plateaus.', keys: { spectrum: '0.4,0.3,0.2,0.1', context: '31', heads: '5', init: '0.01', seed: '10' } },
  { name: 'one drop', why: 'With key and query merged into one matrix, all components are learned in a single drop.', keys: { spectrum: '0.4,0.3,0.2,0.1', context: '31', attention: 'merged', heads: '8', init: '0.01', seed: '10' } },
  { name: 'a steep spectrum', why: 'A plateau lasts about as long as one over the square of its eigenvalue: the last takes nearly all the time. Press “log x”.', keys: { spectrum: '0.64,0.24,0.09,0.03', context: '31', heads: '5', init: '0.01', seed: '10' } },
  { name: 'equal eigenvalues', why: 'No component is stronger than another, and still the loss falls in steps: heads are found one by one.', keys: { spectrum: '0.25,0.25,0.25,0.25', context: '31', heads: '5', init: '0.01', seed: '3' } },
  { name: 'two pairs a head', why: 'At rank 2 one head learns two components, so that every other plateau is short.', keys: { spectrum: '0.4,0.3,0.2,0.1', context: '31', heads: '4', rank: '2', init: '0.01', seed: '10' } },
  { name: 'a short context', why: 'Eight pairs say little about weak components: the plateaus lie higher and end less far down.', keys: { spectrum: '0.4,0.3,0.2,0.1', context: '8', heads: '5', init: '0.01', seed: '10' } },
  { name: 'noisy labels', why: 'Noise in the labels raises every plateau but the first, and moves no drop much.', keys: { spectrum: '0.4,0.3,0.2,0.1', context: '31', heads: '5', noise: '0.5', init: '0.01', seed: '10' } },
  { name: 'tiny weights', why: 'A hundred times smaller weights: the plateaus are a hundred times longer, and just as high.', keys: { spectrum: '0.4,0.3,0.2,0.1', context: '31', heads: '5', init: '0.0001', seed: '10' } },
];
