import { SCHEMA_EXAMPLES, TEXT_EXAMPLES } from './examples.ts';
import { PROBLEMS, problemOf, type ProblemCode } from './problems.ts';
import { ROUTES, type Route } from './routes.ts';
import type { Answer, Parameter } from './routes/route.ts';
import { componentSchemas, nameOf } from './schemas.ts';

type Node = Readonly<Record<string, unknown>>;

const ref = (name: string): Node => ({ $ref: `#/components/schemas/${name}` });
const entriesToObject = Object.fromEntries;

/** The contract as OpenAPI 3.1, generated from the routes. */
export function openApi(version: string, server: string): Node {
  const paths = new Map<string, Record<string, Node>>();
  for (const route of ROUTES) {
    // a rest parameter is spelled like any other in OpenAPI
    const path = route.path.replace('*}', '}');
    paths.set(path, { ...paths.get(path), [route.method.toLowerCase()]: operation(route) });
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Countersign',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: server }],
    paths: entriesToObject(paths),
    components: {
      schemas: componentSchemas(),
      examples: problemExamples(),
      securitySchemes: {
        agent: { type: 'http', scheme: 'bearer', description: 'the token of an agent' },
        executor: { type: 'http', scheme: 'bearer', description: 'the token of an executor' },
        person: { type: 'http', scheme: 'bearer', description: 'the token of a person' },
        browser: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-countersign',
          description:
            'the session of a person; every change needs `Origin` and, as `Countersign-Csrf`, the `csrf` of `/v1/me`',
        },
      },
    },
  };
}

function operation(route: Route): Node {
  const parameters = [...pathParameters(route.path), ...(route.parameters ?? [])];
  return {
    operationId: route.id,
    summary: route.summary,
    security: route.callers.flatMap((kind) =>
      kind === 'person' ? [{ person: [] }, { browser: [] }] : [{ [kind]: [] }],
    ),
    ...(parameters.length > 0 && { parameters: parameters.map(parameterOf) }),
    ...(route.body && {
      requestBody: {
        required: true,
        content: { 'application/json': named(nameOf(route.body)) },
      },
    }),
    responses: merged(answersOf(route), problemsOf(route)),
  };
}

type Responses = Readonly<Record<string, { readonly description: string; readonly content: Node }>>;

/** A status may be both, an answer of its own and a problem: which it is, its media type says. */
const merged = (answers: Responses, problems: Responses): Responses => ({
  ...answers,
  ...entriesToObject(
    Object.entries(problems).map(([status, { description, content }]) => {
      const own = answers[status];
      return [
        status,
        {
          description: own ? `${own.description}; ${description}` : description,
          content: { ...own?.content, ...content },
        },
      ];
    }),
  ),
});

const pathParameters = (path: string): readonly Parameter[] =>
  [...path.matchAll(/\{(\w+)\*?\}/g)].map(([, name = '']) => ({
    in: 'path',
    name,
    description: name === 'id' ? 'id of what the path names' : 'the rest of the path',
    schema: { type: 'string' },
  }));

const parameterOf = (parameter: Parameter): Node => ({
  ...parameter,
  ...(parameter.in === 'path' && { required: true }),
});

/** A named schema with its example. */
const named = (name: string): Node => ({ schema: ref(name), example: SCHEMA_EXAMPLES[name] });

const answersOf = ({ id, answers }: Route): Responses =>
  entriesToObject(
    Object.entries(answers).map(([status, { description, schema, type }]: [string, Answer]) => {
      const media = schema ? 'application/json' : (type ?? 'application/json');
      const plain = { schema: plainSchema(media), example: TEXT_EXAMPLES[id]?.[Number(status)] };
      return [
        status,
        { description, content: { [media]: schema ? named(nameOf(schema)) : plain } },
      ];
    }),
  );

/** What is not JSON of a named schema: some JSON object, text, or bytes. */
function plainSchema(media: string): Node {
  if (media.endsWith('json')) return { type: 'object' };
  return media.startsWith('text/') ? { type: 'string' } : {};
}

/** Each code once; answers refer to those they may carry. */
const problemExamples = (): Node =>
  entriesToObject(
    (Object.keys(PROBLEMS) as ProblemCode[]).map((code) => [
      code,
      { value: problemOf(code, { requestId: '6f1c2f6e-5b0b-4f0e-9c53-0d3e6d3c1a57' }) },
    ]),
  );

const UNWRITABLE = [
  'shutting-down',

  'store-failed',
  'disk-full',
  'read-only',
  'corrupt',
] as const;

const AGENT_CREDENTIALS = [
  'unknown-agent',
  'key-ended',
  'unbound-workload',
  'ambiguous-workload',
] as const;
const CERTIFICATES = [
  'certificate-required',
  'certificate-invalid',
  'certificate-foreign',
  'certificate-mismatch',
] as const;

/** Codes any route may answer with, by what it takes. */
export function commonProblems(route: Route): readonly ProblemCode[] {
  const isPublic = route.callers.length === 0;
  return [
    'unknown-host',
    'foreign-origin',
    'internal',
    'unreachable',
    'too-new',
    'invalid-request',
    ...(isPublic ? [] : (['unauthenticated'] as const)),
    ...(isPublic ? [] : (['credentials-differ'] as const)),
    // whoever's route it is, an agent may try, with anything an agent can have
    ...(isPublic ? [] : AGENT_CREDENTIALS),
    ...(isPublic || route.method === 'GET' ? [] : (['csrf-missing'] as const)),
    ...(isPublic || !route.callers.includes('person') ? [] : (['inactive-person'] as const)),
    ...(route.callers.includes('agent') ? CERTIFICATES : []),
    ...(isPublic || route.callers.includes('agent') ? [] : (['humans-only'] as const)),
    ...(isPublic || route.callers.includes('person') ? [] : (['agents-only'] as const)),
    ...(route.needs ? (['administrators-only'] as const) : []),
    ...(route.body ? (['invalid-json', 'body-too-large', 'unsupported-media-type'] as const) : []),
    ...(route.method === 'POST' ? UNWRITABLE : []),
  ];
}

function problemsOf(route: Route): Responses {
  const byStatus = new Map<number, Set<ProblemCode>>();
  for (const code of [...commonProblems(route), ...route.problems]) {
    const { status } = PROBLEMS[code];
    byStatus.set(status, (byStatus.get(status) ?? new Set()).add(code));
  }
  return entriesToObject(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: [...codes].map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join('; '),
        content: {
          'application/problem+json': {
            schema: ref('Problem'),
            examples: entriesToObject(
              [...codes].map((code) => [code, { $ref: `#/components/examples/${code}` }]),
            ),
          },
        },
      },
    ]),
  );
}
