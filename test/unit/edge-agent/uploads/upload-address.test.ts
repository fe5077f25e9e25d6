import { describe, expect, it } from 'vitest';
import { uploadAddress } from '#edge-agent/uploads/upload-address.ts';

const anywhere = { hosts: undefined, loopback: false };

describe('an upload address', () => {
  it.each([
    ['https://odoo.example.com/asterisk_plus/upload/x', anywhere],
    ['https://odoo.example.com:8443/x', { hosts: ['odoo.example.com:8443'], loopback: false }],
    ['https://odoo.example.com:8443/x', { hosts: ['odoo.example.com'], loopback: false }],
    ['http://127.0.0.1:8069/x', { hosts: undefined, loopback: true }],
    ['https://127.0.0.1:8069/x', { hosts: ['127.0.0.1'], loopback: false }],
    ['http://[::1]:8069/x', { hosts: undefined, loopback: true }],
  ])('%s is used', (url, rules) => {
    expect(uploadAddress(url, rules).href).toBe(url);
  });

  it.each([
    ['http://odoo.example.com/x', anywhere, /not https/],
    ['http://odoo.example.com/x', { hosts: undefined, loopback: true }, /not https/],
    ['http://localhost/x', anywhere, /this machine/],
    ['https://127.0.0.1/x', anywhere, /this machine/],
    ['https://me:password@odoo.example.com/x', anywhere, /login/],
    ['https://elsewhere.example.com/x', { hosts: ['odoo.example.com'], loopback: false }, /uploadHosts/],
  ])('%s is refused', (url, rules, message) => {
    expect(() => uploadAddress(url, rules)).toThrow(
      expect.objectContaining({ code: 'UPLOAD_REFUSED', message: expect.stringMatching(message) }),
    );
    expect(() => uploadAddress(url, rules)).not.toThrow(/password|\/x/);
  });
});
