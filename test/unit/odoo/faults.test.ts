import { describe, expect, it } from 'vitest';
import { faultOf } from '#odoo/faults.ts';
import { httpFault } from '#odoo/http-faults.ts';

const called = { model: 'my.model', method: 'handle' };

describe('faults of Odoo', () => {
  it.each([
    ['odoo.exceptions.AccessDenied', 'Access Denied', 'ODOO_AUTHENTICATION', true],
    ['odoo.http.SessionExpiredException', 'Session expired', 'ODOO_AUTHENTICATION', true],
    ['werkzeug.exceptions.Unauthorized', 'Invalid apikey', 'ODOO_AUTHENTICATION', true],
    ['odoo.exceptions.AccessError', 'You may not', 'ODOO_ACCESS_DENIED', false],
    ['odoo.exceptions.UserError', 'No', 'ODOO_METHOD_RAISED', false],
    ['odoo.exceptions.ValidationError', 'No', 'ODOO_METHOD_RAISED', false],
    ['odoo.exceptions.MissingError', 'Gone', 'ODOO_METHOD_RAISED', false],
    ['openerp.exceptions.AccessDenied', '', 'ODOO_AUTHENTICATION', true],
    ['odoo.exceptions.LockError', 'locked', 'ODOO_SERIALIZATION', true],
    ['odoo.exceptions.ConcurrencyError', '', 'ODOO_SERIALIZATION', true],
    ['psycopg2.errors.SerializationFailure', 'could not serialize', 'ODOO_SERIALIZATION', true],
    ['psycopg2.errors.DeadlockDetected', 'deadlock', 'ODOO_SERIALIZATION', true],
    ['psycopg2.errors.LockNotAvailable', '', 'ODOO_SERIALIZATION', true],
    ['psycopg2.extensions.TransactionRollbackError', '', 'ODOO_SERIALIZATION', true],
    ['psycopg2.OperationalError', 'FATAL:  database "x" does not exist\n', 'ODOO_DATABASE_MISSING', true],
    ['psycopg2.OperationalError', 'FATAL: too many connections', 'ODOO_BUSY', true],
    ['psycopg2.InterfaceError', 'cursor already closed', 'ODOO_BUSY', true],
    ['psycopg2.pool.PoolError', 'The Connection Pool Is Full', 'ODOO_BUSY', true],
    ['psycopg2.errors.QueryCanceled', 'statement timeout', 'ODOO_BUSY', true],
    ['psycopg2.errors.UndefinedColumn', 'column x does not exist', 'ODOO_METHOD_RAISED', false],
    ['psycopg2.errors.UniqueViolation', 'duplicate key', 'ODOO_METHOD_RAISED', false],
    ['builtins.KeyError', "'Uniqueid'", 'ODOO_METHOD_RAISED', false],
    ['builtins.AttributeError', "'NoneType' object has no attribute 'id'", 'ODOO_METHOD_RAISED', false],
    ['builtins.AttributeError', "The method 'my.model.handle' does not exist", 'ODOO_NOT_FOUND', false],
    ['builtins.AttributeError', "The method 'my.other.handle' does not exist", 'ODOO_METHOD_RAISED', false],
    ['builtins.AttributeError', "type object 'my.model' has no attribute 'handle'", 'ODOO_NOT_FOUND', false],
    ['odoo.exceptions.UserError', "Object my.model doesn't exist", 'ODOO_NOT_FOUND', false],
    ['werkzeug.exceptions.NotFound', "the model 'my.model' does not exist", 'ODOO_NOT_FOUND', false],
    ['werkzeug.exceptions.TooManyRequests', '', 'ODOO_BUSY', true],
    ['werkzeug.exceptions.RequestEntityTooLarge', '', 'ODOO_BAD_ANSWER', false],
  ])('%s "%s" is %s', (name, message, code, retryable) => {
    expect(faultOf({ name, message }, called)).toMatchObject({ code, retryable });
  });

  it('says what was called and what was raised, and keeps the end of the traceback', () => {
    const debug = `${'x'.repeat(20_000)}\nKeyError: 'Uniqueid'`;
    const fault = faultOf({ name: 'builtins.KeyError', message: "'Uniqueid'", debug }, called);
    expect(fault.message).toBe("my.model.handle raised KeyError: 'Uniqueid'");
    expect(fault.exception).toBe('builtins.KeyError');
    expect(fault.traceback).toHaveLength(8000);
    expect(fault.traceback).toMatch(/KeyError: 'Uniqueid'$/);
  });
});

const page = (status: number, text = '<html>', retryAfter?: string) =>
  httpFault({ status, contentType: 'text/html', text, retryAfter });

describe('answers that are not from Odoo', () => {
  it.each([
    [429, 'ODOO_BUSY', true],
    [500, 'ODOO_BUSY', true],
    [502, 'ODOO_UNREACHABLE', true],
    [503, 'ODOO_BUSY', true],
    [504, 'ODOO_UNREACHABLE', true],
    [200, 'ODOO_BAD_ANSWER', true],
    [301, 'ODOO_BAD_ANSWER', true],
    [403, 'ODOO_BAD_ANSWER', true],
    [404, 'ODOO_BAD_ANSWER', true],
    [400, 'ODOO_BAD_ANSWER', false],
    [413, 'ODOO_BAD_ANSWER', false],
  ])('HTTP %i is %s', (status, code, retryable) => {
    expect(page(status)).toMatchObject({ code, retryable });
  });

  it('knows the page of an Odoo without the database', () => {
    expect(page(404, '<p>No database is selected and …')).toMatchObject({ code: 'ODOO_DATABASE_MISSING' });
  });

  it('reads Retry-After in seconds', () => {
    expect(page(429, '', '30').retryAfterSeconds).toBe(30);
    expect(page(503, '', 'Wed, 21 Oct 2026 07:28:00 GMT').retryAfterSeconds).toBeUndefined();
  });
});
