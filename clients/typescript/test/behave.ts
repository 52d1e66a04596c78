// Does what the table of behaviours asks of a client, and prints what that gave: `node behave.ts STEPS`.
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';

import { Call, Client, GalleyError, moves, Problem, RETRIES, sign, Verifier, WebhookError, type Scheme, type Task } from 'galley-client';

type Step = Record<string, any>;
interface Behaviour {
  url: string;
  steps: Step[];
}

const shown = ({ task_id, version, status }: Task) => ({ task_id, version, status });

const versions = async (tasks: AsyncIterable<Task>) => {
  const found: number[] = [];
  for await (const task of tasks) found.push(task.version);
  return { versions: found };
};

async function raw(client: Client, step: Step): Promise<unknown> {
  let call = Call.raw(step['method'], step['path']);
  if (step['body'] !== undefined) call = call.json(step['body']);
  if (step['idempotency_key'] !== undefined) call = call.idempotencyKey(step['idempotency_key']);
  return { status: (await client.send(call)).status };
}

async function done(client: Client, step: Step): Promise<unknown> {
  switch (step['do']) {
    case 'me':
      return client.me();
    case 'create_task':
      return shown(await client.createTask(step['request']));
    case 'task':
      return shown(await client.task(step['id']));
    case 'edit':
      return shown(await client.edit(step['id'], step['version'], step['draft']));
    case 'tasks':
      return versions(client.tasks());
    case 'follow':
      return versions(client.follow(step['id']));
    case 'wait_until_still':
      return shown(await client.waitUntil(step['id'], step['most_ms'], (task) => !moves(task.status)));
    case 'raw':
      return raw(client, step);
    case 'connect':
      return { shows_its_token: inspect(new Client(step['url'], step['options']), { showHidden: true }).includes('tell-nobody') };
    case 'verifier':
      return inspect(new Verifier(step['secret']));
    case 'sign':
      return sign(step['scheme'] as Scheme, step['secret'], step['id'], new Date(step['at'] * 1000), step['body']);
    case 'verify': {
      const verifier = new Verifier(...(step['secrets'] as string[]));
      return verifier.verify((name) => step['headers'][name], step['body'], new Date(step['at'] * 1000));
    }
    default:
      throw new Error(`no step is called ${step['do']}`);
  }
}

function told(error: unknown): unknown {
  if (error instanceof WebhookError) return { error: error.name, reason: error.reason };
  if (!(error instanceof GalleyError)) throw error;
  const { name, status, message } = error;
  const common = { error: name, status, message, about_credentials: error.isAboutCredentials() };
  if (!(error instanceof Problem)) return common;
  const { kind, fields, blockers, requestId, retryAfterMs } = error;
  return { ...common, kind, fields, blockers, request_id: requestId, retry_after_s: retryAfterMs === null ? null : retryAfterMs / 1000 };
}

const gave: unknown[][] = [];
for (const { url, steps } of JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Behaviour[]) {
  const client = new Client(url, { token: 'a-key', retries: { ...RETRIES, firstMs: 5 } });
  const outcomes: unknown[] = [];
  for (const step of steps) outcomes.push(await done(client, step).catch(told));
  gave.push(outcomes);
}
console.log(JSON.stringify(gave));
