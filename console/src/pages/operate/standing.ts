// Who is served, and who is not: asked for with a reason.
import { api, body } from '../../api/client';
import type { Tenant } from '../../api/types';
import type { Question } from '../../kit/Ask';
import { me } from '../../session/session';
import { say } from '../../ui/toasts';
import { REASON } from './reason';
import { ops } from './strings';

const words = ops.tenants;
type Reason = { reason: string };

/** The operators' own tenant is never suspended. */
export const canTurn = ({ tenant }: Tenant): boolean => tenant !== me.value?.tenant;

/** What to ask before a tenant is suspended, or served again. */
export function turning({ tenant, status }: Tenant, done: () => void): Question<Reason> {
  const params = (key: string) => ({ path: { tenant }, header: { 'Idempotency-Key': key } });
  if (status === 'suspended') {
    return {
      title: words.resumeTitle(tenant),
      fields: [REASON],
      send: words.resume,
      act: async (said, key) => {
        await body(api.POST('/api/admin/tenants/{tenant}/resume', { params: params(key), body: said }));
        say(words.resumed(tenant));
        done();
      },
    };
  }
  return {
    title: words.suspendTitle(tenant),
    lead: words.suspendLead,
    fields: [REASON],
    send: words.suspend,
    tone: 'bad',
    act: async (said, key) => {
      await body(api.POST('/api/admin/tenants/{tenant}/suspend', { params: params(key), body: said }));
      say(words.suspended(tenant));
      done();
    },
  };
}
