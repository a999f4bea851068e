import { type OtherCall, open } from './calls.ts'

/** Under both of their addresses, for keys of that API: nobody's session or access token is one. */
export const complianceCalls = (): OtherCall[] =>
  [
    ['GET', '/activities'],
    ...['/code/artifacts', '/apps/code/artifacts'].flatMap(base => [
      ['GET', base],
      ['DELETE', `${base}/:id`],
      ['GET', `${base}/:id/versions/:versionId`],
    ]),
  ].map(([method = '', path = '']) =>
    open(method, `/v1/compliance${path}`, () => ({ status: 401 }), {
      path: `/v1/compliance${path.replace(':id', 'cart_none').replace(':versionId', 'cver_none')}`,
    }),
  )
