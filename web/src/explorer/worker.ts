/** What the worker answers: JSON and the arrays beside it. */
export interface Reply {
  text: string | null;
  numbers: Float64Array;
  failure: string | null;
}

/** Where the engine's files are: in the page, compressed, or beside it. */
interface Files {
  files: Record<string, string> | null;
  names: string[];
  base: string;
}

interface Request {
  method: string;
  args: unknown[];
}

type Exports = Record<string, (...args: unknown[]) => unknown>;

/** The part of .NET's start that is used here. */
interface DotNet {
  withResourceLoader(load: (type: string, name: string) => string | Promise<Response>): {
    create(): Promise<{ getAssemblyExports(name: string): Promise<unknown>; getConfig(): { mainAssemblyName: string } }>;
  };
}

let methods: Exports | null = null;

// Where `onmessage` is set, .NET takes the worker for a thread of its own and never starts.
addEventListener('message', ({ data }: MessageEvent<Files | Request>) => {
  if ('method' in data) answer(data);
  else {
    boot(data).then(
      () => postMessage('ready'),
      (error: unknown) => postMessage({ text: null, numbers: new Float64Array(), failure: String(error) } satisfies Reply),
    );
  }
});

function answer({ method, args }: Request): void {
  const reply: Reply = { text: null, numbers: new Float64Array(), failure: null };
  try {
    const text = methods![method]!(...args);
    if (typeof text === 'string') {
      const view = methods!['Numbers']!() as { slice(): Float64Array; dispose(): void };
      reply.text = text;
      reply.numbers = view.slice();
      view.dispose();
    }
  } catch (error) {
    reply.failure = String(error);
  }
  postMessage(reply, { transfer: [reply.numbers.buffer] });
}

async function boot({ files, names, base }: Files): Promise<void> {
  const all = files ? Object.keys(files) : names;
  const bytes = async (name: string): Promise<ArrayBuffer> => {
    if (!files) return (await fetch(base + name)).arrayBuffer();
    const packed = Uint8Array.from(atob(files[name]!), (character) => character.charCodeAt(0));
    return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
  };
  const scripts = Object.fromEntries(await Promise.all(all.filter((name) => name.endsWith('.js'))
    .map(async (name) => [name, URL.createObjectURL(new Blob([await bytes(name)], { type: 'text/javascript' }))])));
  const { dotnet } = (await import(/* @vite-ignore */ scripts['dotnet.js'])) as { dotnet: DotNet };
  const runtime = await dotnet.withResourceLoader((type, name) => (type === 'dotnetjs'
    ? scripts[name]
    : bytes(name).then((content) => new Response(content, { headers: { 'content-type': 'application/wasm' } })))).create();
  const exported = (await runtime.getAssemblyExports(runtime.getConfig().mainAssemblyName)) as { Staircase: { Browser: { Engine: Exports } } };
  methods = exported.Staircase.Browser.Engine;
}
