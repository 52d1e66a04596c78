// Where it is listed what was done with a key: in the list of its tenant.
import { may } from '../api/types';
import { address } from '../router';
import { me } from '../session/session';

export function actsOfKey(tenant: string, key: string): string {
  return may(me.value, 'operator') ? address(['operate', 'acts'], { tenant, key }) : address(['admin', 'acts'], { key });
}
