/** A CloudFormation template as far as this looks into it. */
export interface Template {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
}

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

export interface GatewayRoute {
  readonly method: string;
  readonly path: string;
  readonly functionName: string;
}

/** The routes of HTTP APIs as a template has them, each with the function that its integration calls. */
export function routesOf({ Resources }: Template): GatewayRoute[] {
  return Object.values(Resources)
    .filter(({ Type }) => Type === 'AWS::ApiGatewayV2::Route')
    .filter(({ Properties }) => {
      const api = resourceIn(Resources, Properties?.['ApiId'], 'AWS::ApiGatewayV2::Api');
      return api.Properties?.['ProtocolType'] === 'HTTP';
    })
    .map(({ Properties = {} }) => {
      const routeKey = String(Properties['RouteKey']);
      const [method = '', path = ''] = routeKey.split(' ');
      const integration = resourceIn(Resources, Properties['Target'], 'AWS::ApiGatewayV2::Integration');
      const { PayloadFormatVersion, IntegrationUri, IntegrationType } = integration.Properties ?? {};
      if (PayloadFormatVersion !== '2.0' || IntegrationType !== 'AWS_PROXY') {
        throw new Error(`the route ${routeKey} is not integrated with a function by payload 2.0`);
      }
      const lambda = resourceIn(Resources, IntegrationUri, 'AWS::Lambda::Function');
      return { method, path, functionName: String(lambda.Properties?.['FunctionName']) };
    });
}

/** The one resource of this type to which a value refers, however deep (Ref, Fn::GetAtt, Fn::Join). */
function resourceIn(resources: Template['Resources'], value: unknown, type: string): TemplateResource {
  const names = JSON.stringify(value).match(/[A-Za-z0-9]+/g) ?? [];
  const found = names.map((name) => resources[name]).find((resource) => resource?.Type === type);
  if (found === undefined) throw new Error(`${JSON.stringify(value)} refers to no ${type}`);
  return found;
}
