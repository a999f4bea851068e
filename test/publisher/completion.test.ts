import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import { Memory } from '../../client/publisher/memory.ts'
import { program } from '../galley-process.ts'
import { run as runHere } from './terminal-shell.ts'

describe('completion', () => {
  let home: string
  const url = `https://galley.example/a/cart_${'1'.repeat(22)}`
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'galley-test-'))
    const page = {
      server: 'https://galley.example',
      artifactId: `cart_${'1'.repeat(22)}`,
      title: 'Deploys',
      version: 1,
      at: 1,
    }
    await new Memory({ HOME: home }).remember(page)
    await writeFile(join(home, 'report.html'), '')
  })
  after(() => rm(home, { recursive: true }))

  function run(command: string, args: string[]): Promise<string> {
    const child = spawn(command, args, {
      cwd: home,
      env: { PATH: process.env.PATH, HOME: home },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    return text(child.stdout)
  }
  const suggestions = async (...words: string[]) =>
    (await run(process.execPath, [program, 'complete', '--', ...words])).trimEnd().split('\n')

  it('suggests commands, options, what an option takes, and pages by their titles', async () => {
    const [commands, options, types, pages, files, afterwards] = await Promise.all([
      suggestions('ver'),
      suggestions('publish', '--ti'),
      suggestions('publish', '-', '--type', ''),
      suggestions('open', ''),
      suggestions('publish', ''),
      suggestions('list', ''),
    ])
    expect(commands).to.deep.equal(['versions\tshow the history of a page, the newest first', ':4'])
    expect(options).to.deep.equal(["--title\tin place of the page's own", ':4'])
    expect(types.map(line => line.trim())).to.deep.equal(['html', 'md', ':4'])
    expect(pages).to.deep.equal([`${url}\tDeploys`, ':0'])
    // Nothing of ours: the shell's own files.
    expect(files).to.deep.equal([':0'])
    expect(afterwards).to.deep.equal([':4'])
  })

  it('completes in bash', async () => {
    // Readline completes files itself where nothing is suggested: what it is told is all that can be seen from here.
    const session = `
      galley() { '${process.execPath}' '${program}' "$@"; }
      eval "$(galley completion bash)"
      COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
      for COMP_LINE in "$@"; do
        COMP_POINT=\${#COMP_LINE}
        _galley
        echo "\${COMPREPLY[*]}"
      done
      complete -p galley`
    const lines = [
      'galley vers',
      'galley publish --type=m',
      'galley open ',
      'galley versions https://gal',
      'galley publish ',
    ]
    const said = await run('bash', ['--norc', '-c', session, 'bash', ...lines])
    expect(said.split('\n')).to.deep.equal([
      'versions',
      'md',
      url,
      url.replace('https:', ''),
      '',
      'complete -o default -F _galley galley',
      '',
    ])
  })

  const lines = [
    'galley vers',
    'galley publish --type=m',
    'galley open ',
    'galley publish --$(touch evil)=`touch evil`',
  ]

  it('completes in zsh, and carries out nothing that was typed', async () => {
    // The completion system works on a terminal alone: what it is told is all that can be seen from here.
    const session = `
      galley() { '${process.execPath}' '${program}' "$@" }
      compdef() { print -r -- compdef "$@" }
      compset() { }
      _files() { print files }
      compadd() { print -r -- $values }
      source <(galley completion zsh)
      for line in "$@"; do
        words=("\${(@s: :)line}")
        CURRENT=$#words
        _galley
      done`
    const said = await run('zsh', ['-f', '-c', session, 'zsh', ...lines])
    expect(said.split('\n')).to.deep.equal(['compdef _galley galley', 'versions', 'md', url, 'files', ''])
    expect(existsSync(join(home, 'evil'))).to.equal(false)
  })

  it('completes in fish, and carries out nothing that was typed', async () => {
    const session = `
      function galley; '${process.execPath}' '${program}' $argv; end
      galley completion fish | source
      for line in $argv; complete -C $line; end`
    const said = await run('fish', ['--no-config', '-c', session, ...lines, 'galley publish rep'])
    expect(said.split('\n').filter(line => !/^(evil|trace)/.test(line))).to.include.members([
      'versions\tshow the history of a page, the newest first',
      '--type=md',
      `${url}\tDeploys`,
      'report.html',
    ])
    expect(existsSync(join(home, 'evil'))).to.equal(false)
  })

  it('says for which shells there is a script', async () => {
    const { code, stderr } = await runHere(['completion', 'powershell'], { cwd: home, env: { HOME: home } })
    expect(code).to.equal(2)
    expect(stderr).to.include('Allowed choices are bash, zsh, fish.')
  })
})
