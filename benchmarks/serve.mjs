#!/usr/bin/env node
// Whether `staircase serve` stands many clients, and what memory it takes meanwhile: node benchmarks/serve.mjs DIR [seconds] [clients]
// starts it on a folder of runs (STAIRCASE names the program, by default `staircase`). Prints a table for docs/benchmarks.md.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { loadavg } from 'node:os';

const [folder = 'runs', seconds = '30', clients = '64'] = process.argv.slice(2);
const port = await new Promise((done) => {
  const free = createServer().listen(0, '127.0.0.1', () => {
    const { port: found } = free.address();
    free.close(() => done(found));
  });
});
const [program, ...before] = (process.env.STAIRCASE ?? 'staircase').split(' ');
const server = spawn(program, [...before, 'serve', folder, '--port', String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
await new Promise((done) => server.stdout.once('data', done));
const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]) / 1024;
const address = `http://127.0.0.1:${port}/`;
const [first] = await (await fetch(`${address}api/runs`)).json();
const asked = ['api/runs', 'api/reports', ...(first ? [`api/run?run=${encodeURIComponent(first.run)}`, `api/rows?run=${encodeURIComponent(first.run)}&from=0`] : [])];

let [answers, errors, bytes] = [0, 0, 0];
const from = performance.now();
const measured = [];
const watch = setInterval(() => measured.push(memory()), 1000);
await Promise.all(Array.from({ length: Number(clients) }, async (_, client) => {
  for (let i = client; performance.now() - from < 1000 * Number(seconds); i++) {
    try {
      const answer = await fetch(address + asked[i % asked.length]);
      bytes += (await answer.arrayBuffer()).byteLength;
      if (answer.ok) answers++;
      else errors++;
    } catch {
      errors++;
    }
  }
}));
clearInterval(watch);
const half = measured.slice(measured.length / 2); // the first half warms up
const load = loadavg()[0].toFixed(1);
console.log(`load of the machine ${load}\n\n| clients | seconds | answers | errors | MB sent | memory, MB: half-way | at most after that | in the end |\n| --- | --- | --- | --- | --- | --- | --- | --- |`);
console.log(`| ${[clients, seconds, answers, errors, bytes / 1e6, half[0], Math.max(...half), half.at(-1)].map((number) => Math.round(Number(number))).join(' | ')} |`);
server.kill('SIGINT');
process.exitCode = errors === 0 ? 0 : 1;
