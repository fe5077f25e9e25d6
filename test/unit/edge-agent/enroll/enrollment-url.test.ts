import { describe, expect, test } from 'vitest';
import { enrollmentUrl } from '#edge-agent/enroll/enrollment-url.ts';

describe('enrollmentUrl', () => {
  test.each([
    ['https://api.example.com', 'https://api.example.com/enroll'],
    ['https://api.example.com/', 'https://api.example.com/enroll'],
    ['https://api.example.com/prod/?x=1#y', 'https://api.example.com/prod/enroll'],
    ['https://api.example.com/enroll', 'https://api.example.com/enroll'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/enroll'],
    ['http://localhost:8080', 'http://localhost:8080/enroll'],
    ['http://[::1]:8080', 'http://[::1]:8080/enroll'],
  ])('%s', (given, url) => {
    expect(enrollmentUrl(given).href).toBe(url);
  });

  test.each([
    ['api.example.com', 'is no URL'],
    ['http://api.example.com', 'must begin with https://'],
    ['http://localhost.example.com', 'must begin with https://'],
    ['http://127.0.0.1.example.com', 'must begin with https://'],
    ['ftp://127.0.0.1', 'must begin with https://'],
    ['https://user:secret@api.example.com', 'no password'],
  ])('refuses %s', (given, why) => {
    expect(() => enrollmentUrl(given)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(() => enrollmentUrl(given)).toThrow(why);
  });
});
