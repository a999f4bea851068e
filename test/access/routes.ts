import express from 'express'
import type { TestApp } from '../app.ts'

/** What Express keeps of a registered path, or of a router within a router. */
interface Layer {
  rawPath: unknown
  route?: { path: string | string[]; methods: Record<string, boolean> }
  handle: { stack?: Layer[] }
}

interface WithRoutes {
  app: TestApp
  /** `GET /api/v1/artifacts/:id`, …: all that the server itself has registered. HEAD is answered wherever GET is. */
  routes: string[]
}

/** Starts a server and asks its own router what there is to call, so that nothing new goes unlooked at. */
export async function startWithRoutes(start: () => Promise<TestApp>): Promise<WithRoutes> {
  const { init } = express.application
  const made: { router: { stack: Layer[] } }[] = []
  express.application.init = function () {
    made.push(this as unknown as { router: { stack: Layer[] } })
    init.call(this)
  }
  const app = await start().finally(() => {
    express.application.init = init
  })
  const paths = made.flatMap(({ router }) => pathsOf(router.stack, ''))
  const routes = await Promise.all(
    paths.map(async path => (await methodsOf(app, path)).map(method => `${method} ${path.path}`)),
  )
  return { app, routes: routes.flat() }
}

interface Path {
  path: string
  methods: Record<string, boolean>
}

const pathsOf = (stack: readonly Layer[], mount: string): Path[] =>
  stack.flatMap(({ rawPath, route, handle }) => {
    if (route) return [route.path].flat().map(path => ({ path: mount + path, methods: route.methods }))
    return handle.stack ? pathsOf(handle.stack, mount + (rawPath === '/' ? '' : String(rawPath))) : []
  })

/** A resource takes every method and refuses those that it has nothing for, saying which it has. */
async function methodsOf(app: TestApp, { path, methods }: Path): Promise<string[]> {
  if (!methods._all && !methods.options) return Object.keys(methods).map(method => method.toUpperCase())
  const answer = await app.request(path.replaceAll(/:\w+/g, '1'), { method: 'OPTIONS' })
  const allowed = answer.headers.get('Allow')?.split(', ') ?? []
  return allowed.filter(method => method !== 'HEAD')
}
