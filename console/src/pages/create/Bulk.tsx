// Many requests at once, pasted as a table; each line has its own result.
import { useMemo, useState } from 'preact/hooks';

import { api, body } from '../../api/client';
import { type Problem, told } from '../../api/problem';
import { address } from '../../router';
import { en } from '../../strings';
import { useAttempt, useOnce } from '../../ui/once';
import { Field, Trouble } from '../../ui/parts';
import { COLUMNS, MOST, rows } from './bulk';
import { words } from './strings';

interface Result {
  index: number;
  status: number;
  id?: string | null;
  problem?: { title: string; detail?: string | null; errors?: { field: string; message: string }[] } | null;
}

export function Bulk() {
  const [text, setText] = useState('');
  const [results, setResults] = useState<Result[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, once] = useOnce();
  const attempt = useAttempt();
  const { tasks, unknown } = useMemo(() => rows(text), [text]);
  // A table that has been sent is sent again only when it has changed.
  const fits = results === null && tasks.length > 0 && tasks.length <= MOST && unknown.length === 0;
  const submit = (event: Event) => {
    event.preventDefault();
    if (!fits) return;
    void once(async () => {
      setProblem(null);
      try {
        const params = { header: { 'Idempotency-Key': attempt.keyFor(tasks) } };
        const answer = await body(api.POST('/api/content/tasks/bulk/create', { params, body: { tasks } as never }));
        setResults((answer as { results: Result[] }).results);
        attempt.done();
      } catch (error) {
        setProblem(told(error));
      }
    });
  };
  const wrong = unknown.length > 0 ? words.bulk.unknown(unknown.join(', ')) : tasks.length > MOST ? words.bulk.many(MOST) : undefined;
  return (
    <div class="page">
      <header class="page-head">
        <h1>{en.nav.many}</h1>
        <a href="#/new">{words.bulk.one}</a>
      </header>
      <form class="ask" onSubmit={submit}>
        <Field id="bulk" label={words.bulk.table} hint={words.bulk.hint(COLUMNS.slice(0, 6).join(', '))} error={wrong}>
          <textarea id="bulk" class="bulk-text" rows={10} spellcheck={false} aria-describedby="bulk-says" placeholder={words.bulk.example} value={text} onInput={(event) => { setText(event.currentTarget.value); setResults(null); }} />
        </Field>
        {problem && <Trouble problem={problem} />}
        <footer class="ask-foot">
          <span class="muted" role="status">{words.bulk.count(tasks.length)}</span>
          <button type="submit" class="button button-primary" disabled={!fits || busy}>{words.send}</button>
        </footer>
      </form>
      {tasks.length > 0 && (
        <table class="table bulk-lines">
          <thead>
            <tr><th scope="col" class="right">{words.bulk.line}</th><th scope="col">{en.ask.topic}</th><th scope="col">{words.bulk.result}</th></tr>
          </thead>
          <tbody>
            {tasks.slice(0, MOST).map((task, at) => (
              <tr key={at}>
                <td class="right muted number">{at + 1}</td>
                <td>{task.topic ?? '–'}</td>
                <td>{results && <Outcome result={results.find((one) => one.index === at)} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

function Outcome({ result }: { result: Result | undefined }) {
  if (result?.id && result.status < 300) return <a href={address(['tasks', result.id])}>{words.sent}</a>;
  const errors = result?.problem?.errors ?? [];
  return (
    <span class="bad">
      {errors.length > 0 ? errors.map((error) => `${error.field} ${error.message}`).join('; ') : (result?.problem?.detail ?? result?.problem?.title)}
    </span>
  );
}
