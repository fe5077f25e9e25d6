import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { RunningBundle } from '#scripts/lambda/run-bundle.ts';
import type { GatewayRoute } from './gateway-routes.ts';

/**
 * API Gateway's HTTP API, payload 2.0, with the routes that a template says.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export interface HttpGateway {
  readonly url: string;
  /** Before that, every path is unknown. */
  serve(routes: readonly GatewayRoute[], bundleOf: (functionName: string) => RunningBundle): void;
  /** Method, path and status of every answer. */
  readonly answers: string[];
  stop(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

const json = { 'content-type': 'application/json' };
const notFound: Answer = { status: 404, headers: json, body: '{"message":"Not Found"}' };
const failed: Answer = { status: 500, headers: json, body: '{"message":"Internal Server Error"}' };

export async function startHttpGateway(): Promise<HttpGateway> {
  const answers: string[] = [];
  let routes: readonly GatewayRoute[] = [];
  let bundleOf: ((functionName: string) => RunningBundle) | undefined;

  async function answer(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? '/', 'http://gateway');
    const found = routes
      .map((route) => ({ route, pathParameters: matchPath(route, request.method ?? '', url.pathname) }))
      .find(({ pathParameters }) => pathParameters !== undefined);
    if (found === undefined) return notFound;
    const event = await eventOf(request, url, found.route, found.pathParameters ?? {});
    try {
      return answerOf(await bundleOf?.(found.route.functionName).invoke(event));
    } catch {
      return failed;
    }
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, headers, body } = await answer(request).catch(() => failed);
    answers.push(`${request.method} ${request.url?.replace(/(?<=^\/webhook\/).*/, '…')} ${status}`);
    response.writeHead(status, headers).end(body);
  }

  const server = createServer((request, response) => void respond(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answers,
    serve(theRoutes, theBundles) {
      routes = theRoutes;
      bundleOf = theBundles;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function matchPath(
  { method, path }: GatewayRoute,
  wantedMethod: string,
  wantedPath: string,
): Record<string, string> | undefined {
  if (method !== 'ANY' && method !== wantedMethod) return undefined;
  const pattern = path.split('/');
  const parts = wantedPath.split('/');
  if (pattern.length !== parts.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [place, wanted] of pattern.entries()) {
    const part = parts[place] ?? '';
    const name = /^\{(\w+)\}$/.exec(wanted)?.[1];
    if (name === undefined ? wanted !== part : part === '') return undefined;
    if (name !== undefined) parameters[name] = decodeURIComponent(part);
  }
  return parameters;
}

async function eventOf(
  request: IncomingMessage,
  url: URL,
  route: GatewayRoute,
  pathParameters: Record<string, string>,
) {
  const body = await buffer(request);
  const { cookie, ...rest } = request.headers;
  const headers = Object.fromEntries(
    Object.entries(rest).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]),
  );
  const isText = /^(text\/|application\/(json|javascript|xml|.*\+json))/.test(headers['content-type'] ?? '');
  const query = Object.fromEntries(
    [...new Set(url.searchParams.keys())].map((key) => [key, url.searchParams.getAll(key).join(',')]),
  );
  const now = new Date();
  return {
    version: '2.0',
    routeKey: `${route.method} ${route.path}`,
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    ...(cookie === undefined ? {} : { cookies: cookie.split('; ') }),
    headers,
    ...(Object.keys(query).length === 0 ? {} : { queryStringParameters: query }),
    ...(Object.keys(pathParameters).length === 0 ? {} : { pathParameters }),
    requestContext: {
      accountId: '123456789012',
      apiId: 'local',
      domainName: request.headers.host,
      domainPrefix: 'local',
      http: {
        method: request.method,
        path: url.pathname,
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: `${route.method} ${route.path}`,
      stage: '$default',
      time: now.toUTCString(),
      timeEpoch: now.getTime(),
    },
    ...(body.length === 0 ? {} : { body: isText ? body.toString() : body.toString('base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

/** What a function answers without a `statusCode` is the body itself. */
function answerOf(result: unknown): Answer {
  const { statusCode, headers, body, isBase64Encoded } = (result ?? {}) as {
    statusCode?: number;
    headers?: Record<string, unknown>;
    body?: string;
    isBase64Encoded?: boolean;
  };
  if (statusCode === undefined) return { status: 200, headers: json, body: JSON.stringify(result) };
  const given = Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
  return {
    status: statusCode,
    headers: { ...json, ...given },
    body: isBase64Encoded === true ? Buffer.from(body ?? '', 'base64') : (body ?? ''),
  };
}
