import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { installed } from '../installed.ts'

const run = promisify(execFile)

/** PEM files. */
export interface Certificates {
  /** Of the authority. */
  authority: string
  /** Of the server, for all its hosts. */
  certificate: string
  key: string
}

/** A certificate authority of this test's own, as a company has one, and what it says these hosts are known by. */
export async function issueCertificates(dir: string, hosts: readonly string[]): Promise<Certificates> {
  const at = (name: string) => join(dir, name)
  const openssl = (...args: string[]) => run(installed('OPENSSL', ['openssl']), args, { cwd: dir })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  await writeFile(
    at('server.ext'),
    [
      `subjectAltName=${hosts.map(host => `DNS:${host}`).join(',')}`,
      'basicConstraints=critical,CA:false',
      'extendedKeyUsage=serverAuth',
    ].join('\n'),
  )
  await openssl(
    'req',
    '-x509',
    ...newKey,
    '-days',
    '2',
    '-subj',
    '/CN=A test of Galley',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  )
  await openssl('req', ...newKey, '-subj', `/CN=${hosts[0]}`, '-keyout', 'server.key', '-out', 'server.csr')
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1', '-extfile', 'server.ext']
  await openssl('x509', '-req', '-in', 'server.csr', ...signed, '-out', 'server.pem')
  return { authority: at('ca.pem'), certificate: at('server.pem'), key: at('server.key') }
}

/** A home folder whose Chromium trusts this authority, and others as ever. @returns the environment for it */
export async function trustingHome(dir: string, authority: string): Promise<Record<string, string>> {
  const database = join(dir, '.pki/nssdb')
  await mkdir(database, { recursive: true })
  const certutil = (...args: string[]) => run(installed('CERTUTIL', ['certutil']), ['-d', `sql:${database}`, ...args])
  await certutil('-N', '--empty-password')
  await certutil('-A', '-t', 'C,,', '-n', 'A test of Galley', '-i', authority)
  return { HOME: dir }
}
