import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { eventually } from '../e2e/stage.ts'
import { installed } from '../installed.ts'
import type { Certificates } from './authority.ts'

/** The one that operators are given. */
const given = fileURLToPath(new URL('../../deploy/nginx.conf', import.meta.url))

export interface Front {
  /** What operators replace: names and certificate. The ports are ours, for tests run beside other servers. */
  app: string
  pages: string
  certificates: Certificates
  ports: { galley: number; https: number; http: number }
  /** What else it stands in front of. */
  login: { host: string; port: number }
}

/** A real nginx with the configuration from `deploy/`, all of whose files are in this folder. */
export async function startNginx(dir: string, front: Front): Promise<{ stop(): Promise<void> }> {
  await writeFile(join(dir, 'galley.conf'), forTest(await readFile(given, 'utf8'), front))
  await writeFile(join(dir, 'nginx.conf'), around(dir, front))
  const args = ['-p', dir, '-c', join(dir, 'nginx.conf'), '-e', 'stderr']
  const child = spawn(installed('NGINX', ['nginx']), args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(child, 'exit')
  let said = ''
  child.stderr.on('data', text => {
    said += String(text)
  })
  await eventually(async () => {
    if (child.exitCode !== null) throw new Error(`nginx ended at once: ${said}`)
    const socket = connect(front.ports.https, '127.0.0.1')
    await once(socket, 'connect').finally(() => socket.destroy())
  }, 10_000)
  return {
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** Each replacement is one that an operator would make, but for the ports and for IPv6, which not every machine has. */
function forTest(conf: string, { app, pages, certificates, ports }: Front): string {
  const replaced: [RegExp, string][] = [
    [/^ *listen \[::\].*\n/gm, ''],
    [/listen 443 /g, `listen 127.0.0.1:${ports.https} `],
    [/listen 80;/g, `listen 127.0.0.1:${ports.http};`],
    [/127\.0\.0\.1:3000/g, `127.0.0.1:${ports.galley}`],
    [/https:\/\/galley\.example/g, `https://${app}:${ports.https}`],
    [/\bgalley\.example\b/g, app],
    [/\bgalley-pages\.example\b/g, pages],
    [/\/etc\/ssl\/galley\/fullchain\.pem/g, certificates.certificate],
    [/\/etc\/ssl\/galley\/privkey\.pem/g, certificates.key],
  ]
  return replaced.reduce((text, [from, to]) => {
    if (!from.test(text)) throw new Error(`deploy/nginx.conf has no ${from} to replace.`)
    return text.replace(from, to)
  }, conf)
}

/** What a distribution brings around it. Root's workers would be somebody who may not enter this folder. */
const around = (dir: string, { certificates, ports, login }: Front): string => `
${process.getuid?.() === 0 ? 'user root;' : ''}
daemon off;
pid ${dir}/nginx.pid;
events {}
http {
  access_log ${dir}/access.log;
  client_body_temp_path ${dir}/body;
  proxy_temp_path ${dir}/proxy;
  fastcgi_temp_path ${dir}/fastcgi;
  uwsgi_temp_path ${dir}/uwsgi;
  scgi_temp_path ${dir}/scgi;
  include ${dir}/galley.conf;
  server {
    listen 127.0.0.1:${ports.https} ssl http2;
    server_name ${login.host};
    ssl_certificate ${certificates.certificate};
    ssl_certificate_key ${certificates.key};
    location / {
      proxy_pass http://127.0.0.1:${login.port};
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-Proto https;
    }
  }
}
`
