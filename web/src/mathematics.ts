import katex from 'katex';
import { element } from './dom';

/**
 * Text with mathematics between dollar signs. What is outside them becomes text, never markup; a dollar sign without a partner is a dollar sign.
 * MathML needs neither fonts nor a style sheet, and every browser and screen reader of today reads it.
 */
export function prose(source: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  const parts = source.split('$');
  parts.forEach((part, i) => {
    if (i % 2 === 0) fragment.append(part);
    else if (i === parts.length - 1) fragment.append(`$${part}`);
    else fragment.append(formula(part));
  });
  return fragment;
}

/** The same text where only plain text can stand, such as a label read aloud. */
export function plain(source: string): string {
  return source.replace(/\$([^$]*)\$/g, '$1');
}

function formula(source: string): HTMLSpanElement {
  const span = element('span', { class: 'formula' });
  katex.render(source, span, { output: 'mathml', throwOnError: false, strict: 'ignore', trust: false });
  return span;
}
