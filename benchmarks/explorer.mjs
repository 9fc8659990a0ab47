#!/usr/bin/env node
// How fast the explorer answers, in a real Chromium without a window: node --experimental-websocket benchmarks/explorer.mjs explorer.html
// (a file of `staircase explore`; Node 22 needs no option). Prints a table for docs/benchmarks.md. What else runs on the machine counts.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const page = pathToFileURL(resolve(process.argv[2] ?? 'explorer.html')).href;
const moves = 40;
const profile = mkdtempSync(join(tmpdir(), 'explorer-'));
const chromium = spawn(process.env.CHROMIUM ?? 'chromium',
  ['--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-port=0', `--user-data-dir=${profile}`, '--no-first-run', 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] });
const endpoint = await new Promise((done) => {
  let said = '';
  chromium.stderr.on('data', (text) => {
    said += text;
    const found = /DevTools listening on (ws:\S+)/.exec(said);
    if (found) done(found[1]);
  });
});
const tabs = await (await fetch(`http://${new URL(endpoint).host}/json`)).json();
const socket = new WebSocket(tabs.find(({ type }) => type === 'page').webSocketDebuggerUrl);
await new Promise((done) => (socket.onopen = done));
const waiting = new Map();
let last = 0;
socket.onmessage = ({ data }) => {
  const { id, result } = JSON.parse(data);
  waiting.get(id)?.(result);
  waiting.delete(id);
};
const send = (method, params = {}) => new Promise((done) => {
  waiting.set(++last, done);
  socket.send(JSON.stringify({ id: last, method, params }));
});
const value = async (expression) => (await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })).result.value;
const until = async (expression) => {
  while (!(await value(expression))) await new Promise((done) => setTimeout(done, 5));
};
const mouse = (type, x, y) => send('Input.dispatchMouseEvent', { type, x, y, button: 'left', buttons: type === 'mouseReleased' ? 0 : 1, clickCount: 1 });
const quantile = (numbers, share) => [...numbers].sort((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(share * numbers.length))];

await send('Page.enable');
await send('Emulation.setDeviceMetricsOverride', { width: 1280, height: 1000, deviceScaleFactor: 1, mobile: false });
await send('Page.addScriptToEvaluateOnNewDocument', {
  source: 'window.longTasks = []; new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ entryTypes: ["longtask"] });',
});
console.log(`load of the machine ${loadavg()[0].toFixed(1)}\n\n| D | ready, ms | drag to theory drawn, median ms | 95 % ms | flow first drawn after release, ms | complete, ms | longest task of the main thread while dragging, ms |\n| --- | --- | --- | --- | --- | --- | --- |`);
for (const dimension of [2, 4, 8]) {
  const spectrum = Array.from({ length: dimension }, (_, d) => ((2 * (dimension - d)) / (dimension * (dimension + 1))).toPrecision(3)).join(',');
  await send('Page.navigate', { url: 'about:blank' });
  await send('Page.navigate', { url: `${page}#linear?spectrum=${spectrum}&context=31&heads=${dimension + 1}&init=0.01&seed=10` });
  await until('document.documentElement.dataset.state === "ready"');
  const ready = await value('Number(document.documentElement.dataset.ready)');
  await until('document.documentElement.dataset.busy === "no"');
  const bar = await value('(() => { const box = document.querySelectorAll(".bar")[1].getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; })()');
  await mouse('mousePressed', ...bar);
  const times = [];
  await value('longTasks.length = 0');
  for (let i = 1; i <= moves; i++) {
    const [at, before] = await value('[performance.now(), document.documentElement.dataset.drawn]');
    await mouse('mouseMoved', bar[0], bar[1] + (i % 2 === 0 ? 1 : -1) * (2 + i / 4));
    await until(`document.documentElement.dataset.drawn !== "${before}"`);
    times.push((await value('Number(document.documentElement.dataset.drawn)')) - at);
  }
  const longest = Math.max(0, ...(await value('longTasks')));
  const at = await value('delete document.documentElement.dataset.flow, delete document.documentElement.dataset.flowing, performance.now()');
  await mouse('mouseReleased', bar[0], bar[1] + 12);
  const after = async (name) => {
    await until(`document.documentElement.dataset.${name} || document.querySelector(".notice").textContent !== ""`);
    return (await value(`Number(document.documentElement.dataset.${name})`)) - at;
  };
  const [begun, flow] = [await after('flowing'), await after('flow')];
  console.log(`| ${[dimension, ready, quantile(times, 0.5), quantile(times, 0.95), begun, flow, longest].map((number) => Math.round(number)).join(' | ')} |`);
}
socket.close();
chromium.kill();
await new Promise((done) => chromium.on('exit', done));
rmSync(profile, { recursive: true, force: true });
