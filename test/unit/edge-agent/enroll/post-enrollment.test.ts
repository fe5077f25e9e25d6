import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { makeIdentity } from '#edge-agent/enroll/make-identity.ts';
import { type PostOptions, postEnrollment } from '#edge-agent/enroll/post-enrollment.ts';
import { type EnrollServer, someCode, startEnrollServer } from '#test/support/enroll-server.ts';
import { createTestCa, type TestCa } from '#test/support/test-ca.ts';

let ca: TestCa;
let csr: string;
let server: EnrollServer;
beforeAll(async () => {
  ca = await createTestCa();
  csr = (await makeIdentity()).csrPem;
  server = await startEnrollServer(ca);
});
afterEach(() => void (server.script = () => false));
afterAll(() => server.stop());

const post = (options: Partial<PostOptions> = {}, url = `${server.url}/enroll`) =>
  postEnrollment(new URL(url), { code: someCode, csr }, { proxyEnv: {}, ca: ca.certificatePem, ...options });
const answer = (status: number, body: string, headers: Record<string, string> = {}) => {
  server.script = (_request, response) => {
    response.writeHead(status, headers).end(body);
    return true;
  };
};
const refused = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error;

describe('postEnrollment', () => {
  test('brings code and request, gets certificate and address', async () => {
    expect(await post()).toMatchObject({ pbx: 'acme_hq', cloud: { bus: 'odoopbx' } });
    expect(server.requests.at(-1)).toEqual({ code: someCode.replaceAll('-', ''), csr });
  });

  test('through the proxy of the environment', async () => {
    const seen: string[] = [];
    const proxy: Server = createServer().on('connect', (request, client) => {
      seen.push(request.url ?? '');
      const [host = '', port = ''] = (request.url ?? '').split(':');
      const upstream = connect(Number(port), host, () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(client).pipe(upstream);
      });
    });
    await new Promise<void>((resolve) => {
      proxy.listen(0, '127.0.0.1', resolve);
    });
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    try {
      await post({ proxyEnv: { HTTPS_PROXY: address } });
      expect(seen).toEqual([new URL(server.url).host]);
      await post({ proxyEnv: { HTTPS_PROXY: address, NO_PROXY: '127.0.0.1' } });
      expect(seen).toHaveLength(1);
    } finally {
      proxy.close();
    }
  });

  test.each([
    [400, 'The code is unknown or used.', /refused: The code is unknown or used\. A code works once/],
    [403, '', /refused: HTTP status 403\./],
    [404, '<html>no</html>', /refused: HTTP status 404\./],
    [409, 'Deploy it, then try again.', /^Not now: Deploy it, then try again\. The code was not used$/],
    [429, 'slow down', /Too many attempts: slow down\. The code was not used/],
    [302, '', /Redirects are not followed/],
  ])('%i %j', async (status, body, message) => {
    answer(status, body, { location: 'https://elsewhere.example.com' });
    await expect(post()).rejects.toEqual(refused('ENROLL_REFUSED', message));
  });

  test('what a server says can not reach the terminal’s controls', async () => {
    answer(400, 'bad\u001b[2J\r\ncode\u009b');
    await expect(post()).rejects.toEqual(refused('ENROLL_REFUSED', /refused: bad \[2J code\. A code/));
  });

  test('a failing platform: the code may be used up', async () => {
    answer(502, 'Bad Gateway');
    await expect(post()).rejects.toEqual(refused('ENROLL_UNREACHABLE', /502.*may be used up/));
  });

  test('no answer in time: the code may be used up', async () => {
    server.script = () => true;
    await expect(post({ timeoutMs: 300 })).rejects.toEqual(
      refused('ENROLL_UNREACHABLE', /no answer within 0\.3 s\. The code may be used up/),
    );
  });

  test('a connection cut off: the code may be used up', async () => {
    server.script = (_request, response) => {
      response.destroy();
      return true;
    };
    await expect(post()).rejects.toEqual(refused('ENROLL_UNREACHABLE', /may be used up/));
  });

  test('nobody there, or not whom we trust: the code was not used', async () => {
    const before = server.requests.length;
    await expect(post({}, 'https://127.0.0.1:9/enroll')).rejects.toEqual(
      refused('ENROLL_UNREACHABLE', /The code was not used/),
    );
    const other = await createTestCa('another');
    await expect(post({ ca: other.certificatePem })).rejects.toEqual(
      refused('ENROLL_UNREACHABLE', /certificate.*The code was not used/),
    );
    expect(server.requests).toHaveLength(before);
  });

  test.each([['{}'], ['no JSON'], [JSON.stringify({ pbx: '../etc' })], ['x'.repeat(70_000)]])(
    'an answer of somebody else',
    async (body) => {
      answer(200, body);
      await expect(post()).rejects.toMatchObject({
        code: expect.stringMatching(/^ENROLL_(BAD|UNR)/) as string,
      });
    },
  );
});
