// One flow through the functions that hey-api has generated.
import {
  approve,
  createTask,
  editDraft,
  estimateTask,
  getPublished,
  getRevision,
  getTask,
  type Task,
  type TaskRequest,
  type TaskState,
} from "./hey";
import { createClient, createConfig } from "./hey/client";

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

function must(holds: unknown, what: unknown): asserts holds {
  if (!holds) throw new Error(JSON.stringify(what));
}

const baseUrl = variable("URL");
const caller = (name: string) => createClient(createConfig({ baseUrl, auth: () => variable(name) }));

async function wait(task_id: string, status: TaskState): Promise<Task> {
  for (let tries = 0; tries < 300; tries++) {
    const { data, error } = await getTask({ client: caller("VIEWER"), path: { task_id } });
    must(data, error);
    if (data.status === status) return data;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`it is never ${status}`);
}

async function main(): Promise<void> {
  const asked: TaskRequest = { topic: "How HTTP caching works", target_length: 200 };
  const headers = { "Idempotency-Key": "hey-api-1" };
  const made = await createTask({ client: caller("AUTHOR"), body: asked, headers });
  must(made.data, made.error);
  const path = { task_id: made.data.task_id };

  const drafted = await wait(path.task_id, "awaiting_approval");
  const first = await getRevision({ client: caller("VIEWER"), path: { ...path, n: drafted.revision } });
  must(first.data?.content, first.error);

  const body = { title: variable("TITLE"), markdown: variable("ARTICLE") };
  const edited = await editDraft({ client: caller("AUTHOR"), path, body });
  must(edited.data, edited.error);

  const decided = await approve({
    client: caller("EDITOR"),
    path,
    body: { approved: true, human_feedback: "Reads well to me.", revision: edited.data.revision },
  });
  must(decided.data?.published_url, decided.error);

  const [tenant = "", slug = ""] = decided.data.published_url.split("/").slice(-2);
  const live = await getPublished({ client: createClient(createConfig({ baseUrl })), path: { tenant, slug } });
  must(live.data?.title === variable("TITLE"), live);

  const refused = await createTask({ client: caller("VIEWER"), body: asked });
  must(refused.response?.status === 403 && refused.error && "type" in refused.error, refused);

  for (let tries = 0; tries < 9; tries++) {
    const priced = await estimateTask({ client: caller("AUTHOR"), body: asked });
    if (priced.response?.status === 429) {
      must(priced.error && "type" in priced.error && priced.error.type === "urn:galley:problem:rate-limited", priced);
      return;
    }
    must(priced.data?.most_usd, priced);
  }
  throw new Error("it was never too much");
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
