import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../e2e/stage.ts'
import { installed } from '../installed.ts'

/** What this proxy does that a good one would not. */
export interface Mood {
  /** Requests to be upgraded to a websocket are refused, and websockets there are cut. */
  websockets?: 'blocked'
  /** Seconds without a byte after which a connection is cut. */
  idle?: number
}

/** A real nginx in front of the nodes, at the port that each of them has. */
export interface Front {
  /** From now on; whatever was open is cut. */
  be(mood: Mood): Promise<void>
  close(): Promise<void>
}

export async function startFront(port: number, hosts: readonly string[]): Promise<Front> {
  const dir = await mkdtemp(join(tmpdir(), 'galley-front-'))
  const conf = join(dir, 'nginx.conf')
  let child: ChildProcess | undefined
  const stop = async (): Promise<void> => {
    if (!child) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  }
  const start = async (mood: Mood): Promise<void> => {
    await writeFile(conf, configuration({ dir, port, hosts, mood }))
    const started = spawn(installed('NGINX', ['nginx']), ['-p', dir, '-c', conf, '-e', 'stderr'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    child = started
    let said = ''
    started.stderr.on('data', text => {
      said = (said + String(text)).slice(-2000)
    })
    await eventually(async () => {
      if (started.exitCode !== null) throw new Error(`nginx ended at once: ${said}`)
      const socket = connect(port, '127.0.0.1')
      await once(socket, 'connect').finally(() => socket.destroy())
    }, 10_000)
  }
  await start({})
  return {
    async be(mood) {
      await stop()
      await start(mood)
    },
    async close() {
      await stop()
      await rm(dir, { recursive: true })
    },
  }
}

interface Configured {
  dir: string
  port: number
  hosts: readonly string[]
  mood: Mood
}

const configuration = ({ dir, port, hosts, mood }: Configured): string => `
${process.getuid?.() === 0 ? 'user root;' : ''}
daemon off;
worker_processes 1;
worker_rlimit_nofile 8192;
pid ${dir}/nginx.pid;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path ${dir}/body;
  proxy_temp_path ${dir}/proxy;
  fastcgi_temp_path ${dir}/fastcgi;
  uwsgi_temp_path ${dir}/uwsgi;
  scgi_temp_path ${dir}/scgi;
  upstream galley {
    ${hosts.map(host => `server ${host}:${port} max_fails=1 fail_timeout=2s;`).join('\n    ')}
    keepalive 32;
    keepalive_timeout 60s;
  }
  map $http_upgrade $galley_connection { default upgrade; '' ''; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    gzip off;
    location / {
      ${mood.websockets === 'blocked' ? 'if ($http_upgrade) { return 403; }' : ''}
      ${mood.idle === undefined ? '' : `proxy_read_timeout ${mood.idle}s; proxy_send_timeout ${mood.idle}s;`}
      proxy_pass http://galley;
      proxy_http_version 1.1;
      proxy_connect_timeout 2s;
      proxy_next_upstream error timeout;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $galley_connection;
      client_max_body_size 0;
      proxy_request_buffering off;
      proxy_max_temp_file_size 0;
    }
  }
}
`
