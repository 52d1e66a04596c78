/**
 * A client of Galley's API, for Node and browsers.
 *
 * Every create carries an `Idempotency-Key`, so that a request whose answer was lost can be repeated; what cannot be repeated is not.
 */
export { isOver, moves } from './answer.js';
export type { Decision, Delivery, Edit, Me, NewTask, Revision, State, Task } from './answer.js';
export { Call } from './call.js';
export type { Answer, Body, Operation } from './call.js';
export type { Options } from './client.js';
export { AddressError, GalleyError, NoAnswer, NoStream, Problem, Refused, StillWaiting, TooLong, Unreadable } from './error.js';
export type { FieldError, HeldBy, ProblemBody } from './error.js';
export { followByTicket } from './follow.js';
export type { Paged } from './pages.js';
export { Reply } from './reply.js';
export { NO_RETRIES, RETRIES } from './retry.js';
export type { Retries } from './retry.js';
export type { components, operations, paths } from './schema.js';
export { Client } from './task.js';
export { SCHEMES, sign, Verifier, WebhookError } from './webhook.js';
export type { Callback, Scheme } from './webhook.js';
