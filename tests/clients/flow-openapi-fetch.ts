// One flow through openapi-fetch, by the types that openapi-typescript has generated.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

type Task = components["schemas"]["Task"];

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

function must(holds: unknown, what: unknown): asserts holds {
  if (!holds) throw new Error(JSON.stringify(what));
}

const baseUrl = variable("URL");
const caller = (name: string) =>
  createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${variable(name)}` } });

async function wait(task_id: string, status: Task["status"]): Promise<Task> {
  for (let tries = 0; tries < 300; tries++) {
    const { data, error } = await caller("VIEWER").GET("/api/content/tasks/{task_id}", { params: { path: { task_id } } });
    must(data, error);
    if (data.status === status) return data;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`it is never ${status}`);
}

async function main(): Promise<void> {
  // What has a default need not be given.
  const asked: components["schemas"]["TaskRequest"] = { topic: "How HTTP caching works", target_length: 200 };
  const header = { "Idempotency-Key": "openapi-fetch-1" };
  const made = await caller("AUTHOR").POST("/api/content/tasks", { params: { header }, body: asked });
  must(made.data, made.error);
  const path = { task_id: made.data.task_id };

  const drafted = await wait(path.task_id, "awaiting_approval");
  const first = await caller("VIEWER").GET("/api/content/tasks/{task_id}/revisions/{n}", {
    params: { path: { ...path, n: drafted.revision } },
  });
  must(first.data?.content, first.error);

  const edited = await caller("AUTHOR").PUT("/api/content/tasks/{task_id}/draft", {
    params: { path },
    body: { title: variable("TITLE"), markdown: variable("ARTICLE") },
  });
  must(edited.data, edited.error);

  const decided = await caller("EDITOR").POST("/api/content/tasks/{task_id}/approve", {
    params: { path },
    body: { approved: true, human_feedback: "Reads well to me.", revision: edited.data.revision },
  });
  must(decided.data?.published_url, decided.error);

  const [tenant = "", slug = ""] = decided.data.published_url.split("/").slice(-2);
  const live = await createClient<paths>({ baseUrl }).GET("/api/content/published/{tenant}/{slug}", {
    params: { path: { tenant, slug } },
  });
  must(typeof live.data === "object" && live.data.title === variable("TITLE"), live);

  const refused = await caller("VIEWER").POST("/api/content/tasks", { body: asked });
  must(refused.response.status === 403 && refused.error && "type" in refused.error, refused);

  for (let tries = 0; tries < 9; tries++) {
    const priced = await caller("AUTHOR").POST("/api/content/tasks/estimate", { body: asked });
    if (priced.response.status === 429) {
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
