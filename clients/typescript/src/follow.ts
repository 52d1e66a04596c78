// Follows a task over a stream, which is resumed where it broke off; or by polling, where no stream is known.
import { isOver, type Task } from './answer.js';
import { Call, type Sendable } from './call.js';
import { addressOf, failure, refusal, timer, type Sender } from './client.js';
import { NoAnswer, NoStream, Refused, Unreadable, type GalleyError } from './error.js';
import { sleep, waitBefore } from './retry.js';
import { Parser, type StreamEvent } from './sse.js';

/** A heartbeat comes every fifteen seconds. */
const SILENCE_MS = 45_000;
/** A connection that held so long and told nothing was a quiet one, not a broken one. */
const HELD_MS = 15_000;
const POLLED_MS = 2_000;

/** How a connection went on: `useless` broke off at once, with nothing told; `ended` is at its time, or was of use before. */
type Step = { task: Task } | 'over' | 'ended' | 'useless';

/**
 * Every change of a task as it is seen, beginning with the task as it is now, without its text; ends when nothing changes any more
 * without a person.
 */
export function follow(sender: Sender, id: string): AsyncGenerator<Task, void, undefined> {
  const call = Call.to('streamTask', id);
  return sender.streams === null ? poll(sender, id) : listen(sender, call, sender.streams);
}

async function* poll(sender: Sender, id: string): AsyncGenerator<Task, void, undefined> {
  const call = Call.to('getTask', id);
  for (let known: number | null = null; ; await sleep(POLLED_MS, sender.signal)) {
    const task: Task = await sender.read(call);
    if (task.version !== known) yield task;
    if (isOver(task.status)) return;
    known = task.version;
  }
}

async function* listen(sender: Sender, call: Sendable, streams: URL): AsyncGenerator<Task, void, undefined> {
  let known: number | null = null;
  // How often nothing was told since something was.
  let failed = 0;
  for (const pause = { ms: 1_000 }; ; ) {
    let error: GalleyError | null = null;
    try {
      for await (const step of connection(sender, call, streams, known, pause)) {
        if (step === 'over') return;
        if (step === 'useless') {
          error = silent(sender);
        } else if (step === 'ended') {
          failed = 0;
          await sleep(pause.ms, sender.signal);
        } else {
          failed = 0;
          known = step.task.version;
          yield step.task;
        }
      }
    } catch (thrown) {
      error = failure(thrown);
    }
    if (error === null) continue;
    const wait = waitBefore(sender.retries, call, error, failed, Math.random());
    if (wait === null) throw error;
    failed += 1;
    await sleep(wait, sender.signal);
  }
}

/** One connection, from what is known. */
async function* connection(
  sender: Sender,
  call: Sendable,
  streams: URL,
  known: number | null,
  pause: { ms: number },
): AsyncGenerator<Step, void, undefined> {
  const stop = new AbortController();
  const signal = sender.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, sender.signal]);
  const began = Date.now();
  try {
    const response = await opened(sender, call, streams, known, signal);
    if (response === null) {
      yield 'over';
      return;
    }
    let told = false;
    for await (const event of events(sender, response, pause)) {
      const step = stepOf(event);
      if (step === null) continue;
      told = true;
      yield step;
      if (typeof step === 'string') return;
    }
    yield told || Date.now() - began >= HELD_MS ? 'ended' : 'useless';
  } finally {
    stop.abort();
  }
}

/** `null`: whoever knows what is known has heard it all. */
async function opened(sender: Sender, call: Sendable, streams: URL, known: number | null, signal: AbortSignal): Promise<Response | null> {
  const more = { accept: 'text/event-stream', ...(known === null ? {} : { 'last-event-id': String(known) }) };
  const asked = sender.fetched(call, addressOf(streams, call), signal, more);
  const response = await within(SILENCE_MS, asked, () => silent(sender), sender.signal);
  if (response.status === 204) return null;
  if (!response.ok) throw refusal(response, await sender.whole(response));
  const kind = response.headers.get('content-type') ?? '';
  if (!/^\s*text\/event-stream/i.test(kind)) throw new NoStream(streams.host);
  return response;
}

/** The events of a connection, until it breaks off or is silent. */
async function* events(sender: Sender, response: Response, pause: { ms: number }): AsyncGenerator<StreamEvent, void, undefined> {
  const parser = new Parser();
  for (const reader = response.body?.getReader(); reader !== undefined; ) {
    for (let event = parser.next(); event !== null; event = parser.next()) {
      pause.ms = parser.retryMs ?? pause.ms;
      yield event;
    }
    const chunk = await within(SILENCE_MS, reader.read(), () => silent(sender), sender.signal).catch(() => null);
    sender.signal?.throwIfAborted();
    if (chunk === null || chunk.done || !parser.push(chunk.value)) return;
  }
}

function stepOf(event: StreamEvent): Step | null {
  if (event.name === 'task') return { task: read<Task>(event.data) };
  // `time` and `forbidden`: a new connection finds out what holds.
  if (event.name === 'end') return read<{ reason: string }>(event.data).reason === 'over' ? 'over' : 'ended';
  // Newer than this client.
  return null;
}

function read<T>(data: string): T {
  try {
    return JSON.parse(data) as T;
  } catch (cause) {
    throw new Unreadable(cause);
  }
}

async function within<T>(ms: number, awaited: Promise<T>, late: () => GalleyError, signal?: AbortSignal): Promise<T> {
  // Whichever loses the race is of no interest any more.
  awaited.catch(() => undefined);
  signal?.throwIfAborted();
  const over = timer(ms, signal);
  const stopped = new Promise<never>((_, reject) => {
    over.signal.addEventListener('abort', () => reject(signal?.aborted === true ? signal.reason : late()), { once: true });
  });
  try {
    return await Promise.race([awaited, stopped]);
  } finally {
    over.clear();
  }
}

function silent(sender: Sender): Refused {
  return new Refused(504, `${sender.base.host} does not answer`);
}

/** What a browser's `EventSource` is, as much of it as is used here. */
interface Source {
  onerror: ((event: unknown) => unknown) | null;
  addEventListener(name: string, heard: (event: { data: string }) => void): void;
  close(): void;
}

/**
 * Follows a task by a browser's `EventSource`, which sends no `Authorization`. `address` gets an address with a new ticket for each
 * connection: `Client.streamAddress`, or whatever asks the page's own server for one, so that the page needs no key.
 */
export async function* followByTicket(address: () => Promise<string>, signal?: AbortSignal): AsyncGenerator<Task, void, undefined> {
  const EventSource = (globalThis as { EventSource?: new (url: string) => Source }).EventSource;
  if (EventSource === undefined) throw new NoStream('this runtime');
  let known: number | null = null;
  for (let useless = 0; useless < 5; useless += 1) {
    const source = new EventSource(await address());
    try {
      for await (const step of heard(source, signal)) {
        if (step === 'over') return;
        // Each connection begins with the task as it is.
        if (typeof step === 'string' || step.task.version === known) continue;
        useless = -1;
        known = step.task.version;
        yield step.task;
      }
    } finally {
      source.close();
    }
    await sleep(1_000, signal);
  }
  throw new NoAnswer('the stream', false, undefined);
}

async function* heard(source: Source, signal?: AbortSignal): AsyncGenerator<Step, void, undefined> {
  const steps: (Step | Error)[] = [];
  let wake: () => void = () => undefined;
  const put = (step: Step | Error) => {
    steps.push(step);
    wake();
  };
  const take = (name: string) => (event: { data: string }) => {
    try {
      put(stepOf({ id: null, name, data: event.data }) ?? 'ended');
    } catch (thrown) {
      put(failure(thrown));
    }
  };
  source.addEventListener('task', take('task'));
  source.addEventListener('end', take('end'));
  // It would come again by itself, with the ticket that it has used.
  source.onerror = () => put('ended');
  const stop = () => put(signal?.reason as Error);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    for (;;) {
      const step = steps.shift();
      if (step === undefined) await new Promise<void>((woken) => (wake = woken));
      else if (step instanceof Error) throw step;
      else {
        yield step;
        if (typeof step === 'string') return;
      }
    }
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
