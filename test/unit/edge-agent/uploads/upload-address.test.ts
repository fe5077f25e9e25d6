import { describe, expect, it } from 'vitest';
import { uploadAddress } from '#edge-agent/uploads/upload-address.ts';

const anywhere = { hosts: undefined, odooUrl: undefined };
const besideOdoo = { hosts: undefined, odooUrl: 'http://localhost:8069' };

describe('an upload address', () => {
  it.each([
    ['https://odoo.example.com/asterisk_plus/upload/x', anywhere],
    ['https://odoo.example.com:8443/x', { hosts: ['odoo.example.com:8443'], odooUrl: undefined }],
    ['https://odoo.example.com:8443/x', { hosts: ['odoo.example.com'], odooUrl: undefined }],
    ['http://127.0.0.1:8069/x', besideOdoo],
    ['https://127.0.0.1:8069/x', { hosts: ['127.0.0.1'], odooUrl: undefined }],
    ['http://[::1]:8069/x', besideOdoo],
  ])('%s is used', (url, rules) => {
    expect(uploadAddress(url, rules).href).toBe(url);
  });

  it.each([
    ['http://odoo.example.com/x', anywhere, /not https/],
    ['http://odoo.example.com/x', besideOdoo, /not https/],
    ['http://localhost/x', anywhere, /this machine/],
    ['https://127.0.0.1/x', anywhere, /this machine/],
    ['http://127.0.0.1:5038/x', besideOdoo, /this machine/],
    ['https://localhost:8069/x', besideOdoo, /this machine/],
    [
      'http://127.0.0.1:8069/x',
      { hosts: undefined, odooUrl: 'https://odoo.example.com:8069' },
      /this machine/,
    ],
    ['https://me:password@odoo.example.com/x', anywhere, /login/],
    ['https://elsewhere.example.com/x', { hosts: ['odoo.example.com'], odooUrl: undefined }, /uploadHosts/],
  ])('%s is refused', (url, rules, message) => {
    expect(() => uploadAddress(url, rules)).toThrow(
      expect.objectContaining({ code: 'UPLOAD_REFUSED', message: expect.stringMatching(message) }),
    );
    expect(() => uploadAddress(url, rules)).not.toThrow(/password|\/x/);
  });
});
