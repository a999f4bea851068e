import { ShellCompDirective } from '@bomb.sh/tab'
import tab from '@bomb.sh/tab/commander'
import type { Command } from 'commander'
import { pageUrl } from '../sdk/client.ts'
import { Memory } from './memory.ts'
import { oneLine } from './table.ts'
import type { Terminal } from './terminal.ts'

/**
 * `galley completion <shell>`, and the hidden `galley complete` that the shell asks on each Tab: it knows every command,
 * option and choice of this program, so this comes last. A `<page>` is completed to those published from here; where
 * a file is wanted, by the shell itself.
 */
export function addCompletionCommand(program: Command, terminal: Terminal): void {
  const suggestions = tab(program, { completionCommandName: 'completion' })
  const named = (name: string) => program.commands.find(command => command.name() === name)
  const completion = named('completion')
  completion?.registeredArguments[0]?.choices(Object.keys(scripts))
  completion
    ?.description('print what makes a shell complete commands, options and pages on Tab')
    .addHelpText('after', setup)
    .action((shell: string) => {
      terminal.stdout.write(scripts[shell] ?? '')
    })

  let isFileWanted = false
  // The library tells the shell of every place that no file goes there.
  const { ShellCompDirectiveDefault, ShellCompDirectiveNoFileComp } = ShellCompDirective
  Object.defineProperty(suggestions, 'directive', {
    get: () => (isFileWanted ? ShellCompDirectiveDefault : ShellCompDirectiveNoFileComp),
    set: () => undefined,
  })
  named('complete')?.hook('preAction', async () => {
    const pages = await new Memory(terminal.env).all()
    const suggestFile = () => {
      isFileWanted = true
    }
    const suggestPage = (suggest: (value: string, description: string) => void) => {
      isFileWanted = true
      for (const { server, artifactId, title } of pages) suggest(pageUrl(server, artifactId), oneLine(title))
    }
    const handlerOf = (placeholder: string) => ({ file: suggestFile, page: suggestPage })[placeholder]
    for (const command of program.commands) {
      const suggested = suggestions.commands.get(command.name())
      for (const argument of suggested?.arguments.values() ?? []) {
        const handler = handlerOf(argument.name)
        if (handler) argument.handler = handler
      }
      for (const { long, flags } of command.options) {
        const handler = handlerOf(/<(\w+)>/.exec(flags)?.[1] ?? '')
        const option = suggested?.options.get(long?.slice(2) ?? '')
        if (handler && option) option.handler = handler
      }
    }
  })
}

const setup = `
For bash, in ~/.bashrc:  eval "$(galley completion bash)"
For zsh, in ~/.zshrc:    source <(galley completion zsh)
For fish, once:          galley completion fish > ~/.config/fish/completions/galley.fish`

/** Of our own: the library's evaluate what was typed, and in bash need the package bash-completion. */
const bash = `# galley on Tab, for bash 3.2 and newer

_galley() {
  local line=\${COMP_LINE:0:COMP_POINT} words word value before=
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  word=\${words[\${#words[@]} - 1]#--*=}
  # What stands after the last colon is all that bash replaces.
  [[ $COMP_WORDBREAKS == *:* ]] && before=\${word%"\${word##*:}"}
  COMPREPLY=()
  while IFS=$'\\t' read -r value _; do
    case $value in
      :${ShellCompDirective.ShellCompDirectiveNoFileComp}) compopt +o default 2> /dev/null ;;
      :*) ;;
      *) COMPREPLY+=("\${value#"$before"}") ;;
    esac
  done < <(galley complete -- "\${words[@]:1}" 2> /dev/null)
}
complete -o default -F _galley galley
`

const zsh = `#compdef galley
# galley on Tab, for zsh

_galley() {
  local -a typed values descriptions
  local line value noFiles=
  # As it was typed, without its quotes: nothing of it is carried out.
  typed=("\${(@Q)words[2,CURRENT]}")
  [[ \${typed[-1]} == --*=* ]] && compset -P '*='
  while IFS= read -r line; do
    case $line in
      :${ShellCompDirective.ShellCompDirectiveNoFileComp}) noFiles=1 ;;
      :*) ;;
      *)
        value=\${line%%$'\\t'*}
        values+=("$value")
        descriptions+=("$value  \${line#*$'\\t'}")
        ;;
    esac
  done < <(galley complete -- "\${typed[@]}" 2> /dev/null)
  if (( \${#values} )); then compadd -l -d descriptions -a values
  elif [[ -z $noFiles ]]; then _files
  fi
}
compdef _galley galley
`

const fish = `# galley on Tab, for fish

function __galley_suggest
    # What was typed is handed on as words: nothing of it is carried out.
    set -l typed (commandline -opc)
    set -e typed[1]
    set -l word (commandline -ct)
    set -l option (string match -r -- '^--[^=]*=' "$word")
    set -l isAnything
    for line in (galley complete -- $typed "$word" 2> /dev/null)
        switch $line
            case ':${ShellCompDirective.ShellCompDirectiveNoFileComp}'
            case ':*'
                test -n "$isAnything"; or __fish_complete_path (string replace -r -- '^--[^=]*=' '' "$word")
            case '*'
                set isAnything yes
                echo "$option$line"
        end
    end
end
complete -c galley -f -a '(__galley_suggest)'
`

const scripts: Readonly<Record<string, string>> = { bash, zsh, fish }
