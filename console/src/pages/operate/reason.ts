import type { FieldSpec } from '../../kit/form';
import { ops } from './strings';

/** Why an operator does something to a tenant or to what is its: the log keeps it. */
export const REASON: FieldSpec = { name: 'reason', label: ops.reason, hint: ops.reasonHint, kind: 'long' };
