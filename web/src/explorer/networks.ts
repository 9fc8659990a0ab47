import type { NetworkSetting } from './network';

export const grokking: NetworkSetting = {
  id: 'grokking',
  title: 'Grokking',
  kind: 'modular-addition',
  lead: 'A one-layer transformer learns a + b mod p from some of all pairs: first it knows those by heart, and much later it finds the rule.',
  defaults: { modulus: '23', width: '32', hidden: '64', 'training-fraction': '0.5', 'learning-rate': '0.005', 'weight-decay': '1', steps: '3000', seed: '0' },
  controls: [
    { label: 'modulus $p$', key: 'modulus', least: 5, most: 47, steps: 42, whole: true },
    { label: 'share that is trained on', key: 'training-fraction', least: 0.2, most: 0.9, steps: 70 },
    { label: 'learning rate', key: 'learning-rate', least: 5e-4, most: 0.02, steps: 100, logarithmic: true },
    { label: 'weight decay', key: 'weight-decay', least: 0, most: 3, steps: 60 },
    { label: 'steps', key: 'steps', least: 200, most: 20000, steps: 200, logarithmic: true, whole: true },
    { label: 'seed', key: 'seed', least: 0, most: 1000, steps: 1000, whole: true },
  ],
  plots: [
    { title: 'Accuracy', label: 'accuracy', columns: /accuracy/ },
    { title: 'Loss', label: 'cross-entropy', columns: /^(loss|test_loss|train_loss)$/, logarithmic: true },
  ],
  starts: [
    { name: 'groks in a minute', why: 'p = 23: training accuracy is perfect long before test accuracy moves.', keys: { modulus: '23', 'training-fraction': '0.5', 'weight-decay': '1', 'learning-rate': '0.005', steps: '3000' } },
    { name: 'no weight decay', why: 'Without weight decay nothing cleans up what was learned by heart, and the rule is not found in this time.', keys: { modulus: '23', 'weight-decay': '0', steps: '3000' } },
    { name: 'most pairs', why: 'With four of five pairs to learn from the rule is nearly as quick as learning by heart.', keys: { modulus: '23', 'training-fraction': '0.8', steps: '2000' } },
  ],
};

export const markov: NetworkSetting = {
  id: 'markov',
  title: 'Markov chains',
  kind: 'attention-only',
  lead: 'Two layers of attention read sequences of a Markov chain that is new every time. First they answer with the frequencies of its states, then, in a short while, with its transitions: an induction head has formed.',
  defaults: { context: '24', batch: '8', width: '16', vocabulary: '3', 'learning-rate': '0.005', steps: '1500', seed: '1' },
  controls: [
    { label: 'states', key: 'vocabulary', least: 2, most: 8, steps: 6, whole: true },
    { label: 'context', key: 'context', least: 8, most: 64, steps: 56, whole: true },
    { label: 'sequences a step', key: 'batch', least: 4, most: 64, steps: 60, whole: true },
    { label: 'learning rate', key: 'learning-rate', least: 3e-4, most: 0.02, steps: 100, logarithmic: true },
    { label: 'steps', key: 'steps', least: 100, most: 10000, steps: 200, logarithmic: true, whole: true },
    { label: 'seed', key: 'seed', least: 0, most: 1000, steps: 1000, whole: true },
  ],
  plots: [{ title: 'Loss', label: 'cross-entropy', columns: /loss/ }, { title: 'Attention', label: 'score', columns: /previous|induction/ }],
  starts: [
    { name: 'an induction head', why: 'The loss rests near that of the frequencies, then falls to that of the transitions.', keys: { context: '24', batch: '8', vocabulary: '3', 'learning-rate': '0.003', steps: '1500' } },
    { name: 'more states', why: 'Five states: the plateau is longer, since each transition is seen less often.', keys: { vocabulary: '5', context: '48', steps: '3000' } },
  ],
};
