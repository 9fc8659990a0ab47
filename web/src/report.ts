import { renderCitations } from './citations';
import type { Plot, Report, ReportSection } from './document';
import { button, element } from './dom';
import { prose } from './mathematics';
import { renderPlot, type ShownPlot } from './plot';
import { renderChecks, renderSettings, renderTable, summary } from './tables';
import { chooseTheme, theme } from './theme';
import { renderWeightMaps } from './weightMaps';

/** Draws a report into a container; done when every figure stands. */
export async function renderReport(container: HTMLElement, report: Report): Promise<void> {
  const main = element('main', { id: 'main', tabindex: -1 });
  container.append(
    element('a', { class: 'skip', href: '#main' }, 'To the content'),
    element('header', {},
      element('div', { class: 'masthead' }, element('h1', {}, prose(report.title)), themeButton()),
      ...(report.lead ? [element('p', { class: 'lead' }, prose(report.lead))] : []),
      ...(report.command ? [commandOf(report.command, 'The command that wrote this report')] : []),
      ...(report.sections.length > 1 || report.results.length > 0 ? [contents(report)] : []),
    ),
    main,
  );
  for (const section of report.sections) {
    const node = element('section', { id: section.id });
    main.append(node);
    await renderSection(node, section);
  }
  if (report.results.length > 0) renderCitations(main, report.results);
}

/** With more plots the first one stays wide and the others stand in two columns. */
const mostInOneColumn = 3;

/** The name of a figure in links and file names. */
export function figureName(section: ReportSection, figure: { id: string }): string {
  return `${section.id}-${figure.id}`;
}

/**
 * Draws a part of a report, without a heading where it has no title.
 * @param drawn Told of each plot that stands.
 */
export async function renderSection(container: HTMLElement, section: ReportSection, drawn?: (plot: Plot, shown: ShownPlot) => void): Promise<void> {
  if (section.title) container.append(element('h2', {}, prose(section.title)));
  if (section.lead) container.append(element('p', { class: 'lead' }, prose(section.lead)));
  if (section.command) container.append(commandOf(section.command, 'The command that makes this again'));
  const plots = element('div', { class: section.plots.length > mostInOneColumn ? 'plots columns' : 'plots' });
  container.append(plots);
  for (const plot of section.plots) {
    const shown = await renderPlot(plots, plot, figureName(section, plot));
    drawn?.(plot, shown);
    await new Promise((resume) => setTimeout(resume)); // the page stays alive while a long report draws
  }
  for (const weights of section.weights) renderWeightMaps(container, weights, figureName(section, weights));
  if (section.explanation.length > 0) {
    container.append(
      element('h3', {}, 'What happened, and why'),
      element('div', { class: 'explanation' }, ...section.explanation.map((paragraph) => element('p', {}, prose(paragraph)))),
    );
  }
  if (section.checks.length > 0) renderChecks(container, section.checks);
  for (const table of section.tables) renderTable(container, table);
  if (section.notes.length > 0) {
    container.append(element('h3', {}, 'Notes'), element('ul', { class: 'notes' }, ...section.notes.map((note) => element('li', {}, prose(note)))));
  }
  if (Object.keys(section.settings).length > 0) renderSettings(container, section.settings);
}

function commandOf(command: string, label: string): HTMLElement {
  // A line ends between words, never within an option.
  return element('pre', { class: 'command', tabindex: 0, 'aria-label': label }, ...command.split(/(?<= )/).map((word) => element('span', { class: 'word' }, word)));
}

function contents(report: Report): HTMLElement {
  const entries = report.sections.map((section) => element('li', {},
    element('a', { href: `#${section.id}` }, prose(section.title)),
    ...(section.checks.length > 0 ? [element('span', { class: 'summary' }, summary(section.checks))] : []),
  ));
  if (report.results.length > 0) entries.push(element('li', {}, element('a', { href: '#citations' }, 'Sources')));
  return element('nav', { 'aria-label': 'Contents' }, element('ol', {}, ...entries));
}

export function themeButton(): HTMLButtonElement {
  const label = () => (theme() === 'dark' ? 'light' : 'dark');
  const control = button(label(), () => {
    chooseTheme(theme() === 'dark' ? 'light' : 'dark');
    control.textContent = label();
  }, { class: 'theme', title: 'Change between light and dark' });
  return control;
}
