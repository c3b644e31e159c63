"""Completion in each shell.

Owns the scripts that `weft generate-shell-completion` prints, and the answers that they read. A
script only carries words to weft and candidates back: on each Tab it runs

    weft --complete SHELL =CURRENT PROGRAM WORD...

with the word under the cursor (behind a `=`, since some shells drop empty words), the program that
is completed and the finished words behind it. So the candidates are always those of the weft that
is installed, and a script never gets old. The answer is one line `ALSO<tab>REST<tab>LEAD` and one
line `VALUE<tab>MEANING` for each candidate: see `ops.completion.Answer`. In Nushell, which reads
JSON, it is a list of records, or null where the shell's own completion of paths is wanted.

Refuses to know what can follow, which is `ops.completion`. Scripts follow: bash, "Programmable
Completion"; zsh, zshcompsys(1); fish, complete(1); PowerShell, Register-ArgumentCompleter; Nushell,
"External completers"; Elvish, edit:completion:arg-completer.
"""

from __future__ import annotations

from weft.ops.completion import NONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weft.ops.completion import Answer

_BASH = r"""# Completion of weft and weftx. In ~/.bashrc:
#     eval "$(weft generate-shell-completion bash)"
_weft() {
    # The line as words: what bash broke at = or : belongs together.
    local line=${COMP_LINE:0:COMP_POINT} part blanks current head kind rest i
    local -a words starts
    words=() starts=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        part=${COMP_WORDS[i]}
        blanks=${line%%[![:space:]]*}
        line=${line#"$blanks"}
        ((i == COMP_CWORD)) && part=$line
        line=${line#"$part"}
        if ((i == 0)) || [[ -n $blanks || -z $part ]]; then
            words+=("$part") starts+=("$i")
        else
            words[${#words[@]} - 1]+=$part
        fi
    done
    current=${words[${#words[@]} - 1]}
    unset "words[${#words[@]} - 1]"
    # What bash leaves in place of the word.
    head=
    [[ $current == *[=:]* && $COMP_WORDBREAKS == *[=:]* ]] && head=${current%"${current##*[=:]}"}

    COMPREPLY=()
    {
        IFS=$'\t' read -r kind rest part
        while IFS=$'\t' read -r part _; do
            COMPREPLY+=("${part#"$head"}")
        done
    } < <("${words[0]%x}" --complete bash "=$current" "${words[@]}" 2>/dev/null)
    case $kind in
    files | directories)
        compopt -o filenames 2>/dev/null
        part=-f
        [[ $kind == directories ]] && part=-d
        while IFS= read -r part; do
            COMPREPLY+=("$part")
        done < <(compgen "$part" -- "${current#"$head"}")
        ;;
    command)
        if declare -F _comp_command_offset >/dev/null; then
            _comp_command_offset "${starts[rest + 1]}"
        elif declare -F _command_offset >/dev/null; then
            _command_offset "${starts[rest + 1]}"
        else
            compopt -o filenames 2>/dev/null
            while IFS= read -r part; do
                COMPREPLY+=("$part")
            done < <(compgen -f -- "$current")
        fi
        ;;
    esac
}
complete -F _weft weft weftx
"""

_ZSH = r"""#compdef weft weftx
# Completion of weft and weftx. In ~/.zshrc:
#     eval "$(weft generate-shell-completion zsh)"
_weft() {
    local line kind rest lead value told
    local -a answer head candidates
    answer=("${(@f)$("${words[1]%x}" --complete zsh "=${(Q)PREFIX}" \
        "${(@Q)words[1,CURRENT-1]}" 2>/dev/null)}")
    head=("${(@ps:\t:)answer[1]}")
    kind=$head[1] rest=$head[2] lead=$head[3]
    [[ -n $lead ]] && compset -P "${(b)lead}"
    for line in "${(@)answer[2,-1]}"; do
        value=${line%%$'\t'*} told=${line#*$'\t'}
        value=${value#"$lead"}
        candidates+=("${value//:/\\:}${told:+:$told}")
    done
    if [[ $kind == command ]]; then
        shift $((rest + 1)) words
        ((CURRENT -= rest + 1))
        _normal
        return
    fi
    local result=1
    (( $#candidates )) && _describe -V 'weft' candidates && result=0
    [[ $kind == files ]] && _files && result=0
    [[ $kind == directories ]] && _files -/ && result=0
    return result
}
if [[ ${funcstack[1]} == _weft ]]; then
    _weft "$@"
else
    compdef _weft weft weftx
fi
"""

_FISH = r"""# Completion of weft and weftx. In ~/.config/fish/config.fish:
#     weft generate-shell-completion fish | source
function __weft_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program (string replace -r 'x$' '' -- $words[1])
    set -l answer ($program --complete fish "=$current" $words 2>/dev/null)
    set -l head (string split \t -- $answer[1])
    set -e answer[1]
    set -l lead $head[3]
    set -l path (string sub -s (math (string length -- "$lead") + 1) -- "$current")
    printf '%s\n' $answer
    switch "$head[1]"
        case files
            string replace -r '^' -- "$lead" (__fish_complete_path "$path")
        case directories
            string replace -r '^' -- "$lead" (__fish_complete_directories "$path")
        case command
            set -l own (string escape -- $words[(math $head[2] + 2)..-1])
            set -l rest (string join ' ' -- $own $current)
            complete -C "$rest"
    end
end
for program in weft weftx
    complete -c $program -e
    complete -c $program -k -f -a '(__weft_complete)'
end
"""

_POWERSHELL = r"""# Completion of weft and weftx. In $PROFILE:
#     (& weft generate-shell-completion powershell) | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName 'weft', 'weftx' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $words = @($commandAst.CommandElements |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { $_.Extent.Text })
    $current = "$wordToComplete"
    $program = $words[0] -replace 'x(\.exe)?$', ''
    $answer = @(& $program --complete powershell "=$current" @words 2>$null)
    if ($answer.Count -eq 0) { return }
    $kind, $rest, $lead = $answer[0] -split "`t"

    foreach ($line in ($answer | Select-Object -Skip 1)) {
        $value, $told = $line -split "`t", 2
        if (-not $told) { $told = $value }
        [System.Management.Automation.CompletionResult]::new(
            $value, $value, [System.Management.Automation.CompletionResultType]::ParameterValue,
            $told)
    }
    if ($kind -ne 'none') {
        $path = $current.Substring($lead.Length)
        $found = [System.Management.Automation.CompletionCompleters]::CompleteFilename($path)
        foreach ($item in $found) {
            if ($kind -eq 'directories' -and $item.ResultType -ne 'ProviderContainer') { continue }
            [System.Management.Automation.CompletionResult]::new(
                $lead + $item.CompletionText, $item.ListItemText, $item.ResultType, $item.ToolTip)
        }
    }
}
"""

_NUSHELL = r"""# Completion of weft and weftx, in front of the completer that is set. In config.nu:
#     source weft.nu   # written by: weft generate-shell-completion nushell | save --force weft.nu
let weft_next_completer = $env.config?.completions?.external?.completer?
$env.config.completions.external.enable = true
$env.config.completions.external.completer = {|spans|
    let program = ($spans | first)
    if ($program | path basename) in [weft weftx] {
        let weft = ($program | str replace --regex 'x$' '')
        let current = $"=($spans | last)"
        ^$weft --complete nushell $current ...($spans | drop 1) | from json
    } else if $weft_next_completer != null {
        do $weft_next_completer $spans
    }
}
"""

_ELVISH = r"""# Completion of weft and weftx. In rc.elv:
#     eval (weft generate-shell-completion elvish | slurp)
use re
use str
var weft-complete~ = {|@words|
  var weft = (external (re:replace 'x$' '' $words[0]))
  var answer = [(try { $weft --complete elvish '='$words[-1] (all $words[..-1]) } catch { })]
  if (> (count $answer) 0) {
    var kind _ _ = (str:split "\t" $answer[0])
    for line $answer[1..] {
      var value told = (str:split &max=2 "\t" $line)
      var display = $value
      if (not-eq $told '') {
        set display = $value'  ('$told')'
      }
      edit:complex-candidate $value &display=$display
    }
    if (not-eq $kind none) {
      edit:complete-filename $@words
    }
  }
}
set edit:completion:arg-completer[weft] = $weft-complete~
set edit:completion:arg-completer[weftx] = $weft-complete~
"""

_SCRIPTS = {
    "bash": _BASH,
    "elvish": _ELVISH,
    "fish": _FISH,
    "nushell": _NUSHELL,
    "powershell": _POWERSHELL,
    "zsh": _ZSH,
}
# Shells that show every candidate they get; the others choose by what is written, in their way.
_CHOOSE = ("bash", "nushell", "powershell")
_HARMLESS = dict.fromkeys(map(ord, "-_.+:@/="), "x")


def script(shell: str) -> str:
    """The script for `shell`, one of the values of the choice `shell`."""
    return _SCRIPTS[shell]


def respond(
    arguments: Sequence[str], environ: Mapping[str, str], *, cwd: str, platform: str
) -> str:
    """The answer to `--complete` with these arguments; empty when they are not a question."""
    from weft.ops.completion import complete

    if len(arguments) < 3 or arguments[0] not in _SCRIPTS or arguments[1][:1] != "=":
        return ""
    shell, current, program, *words = arguments
    written = [*map(_unquoted, words), _unquoted(current[1:])]
    ours = ["tool", "run"] if _is_runner(program) else []
    answer = complete([*ours, *written], environ, cwd=cwd, platform=platform)
    found = [
        (answer.lead + value, told) for value, told in answer.candidates if _is_harmless(value)
    ]
    if shell in _CHOOSE:
        found = [pair for pair in found if pair[0].startswith(written[-1])]
    if shell == "nushell":
        return _json(answer, found)
    lines = [f"{answer.also}\t{max(answer.rest - len(ours), 0)}\t{answer.lead}"]
    lines += [f"{value}\t{_one_line(told)}" for value, told in found]
    return "\n".join(lines) + "\n"


def _json(answer: Answer, found: Sequence[tuple[str, str]]) -> str:
    import json

    if not found and answer.also != NONE:
        return "null\n"
    return json.dumps([{"value": value, "description": told} for value, told in found]) + "\n"


def _is_runner(program: str) -> bool:
    name = program.replace("\\", "/").rpartition("/")[2].lower()
    return name.removesuffix(".exe") == "weftx"


def _unquoted(word: str) -> str:
    """A word as most people quote it, without the quotes."""
    if word[:1] in ("'", '"'):
        return word[1:].removesuffix(word[0])
    return word.replace("\\", "") if "/" not in word and word[1:2] != ":" else word


def _is_harmless(value: str) -> bool:
    """Whether a shell takes the text as it stands: names may come out of anybody's files."""
    return value.isascii() and value.translate(_HARMLESS).isalnum()


def _one_line(text: str) -> str:
    return " ".join(text.split())
