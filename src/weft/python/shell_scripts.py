"""Texts of the activation scripts, one constant per language.

Owns the texts only; `weft.python.activation` fills in `@PREFIX@` (an expression of the language),
`@NAME@`, `@SHOWN@` (the words before the prompt), `@BIN@` and `@PACKAGES@`. Refuses logic.
Every script first undoes an activation that is in force, so that any order of them works.
"""

from __future__ import annotations

SH = r"""# Source this in bash, zsh, ksh or dash:  . @BIN@/activate
# `deactivate` takes it back.

if [ -n "${BASH_VERSION-}" ] && [ "${BASH_SOURCE-}" = "$0" ]; then
    echo "$0: source this file instead of running it" >&2
    exit 2
fi

deactivate () {
    if [ -n "${_OLD_VIRTUAL_PATH+set}" ]; then
        PATH=$_OLD_VIRTUAL_PATH
        export PATH
        unset _OLD_VIRTUAL_PATH
    fi
    if [ -n "${_OLD_VIRTUAL_PYTHONHOME+set}" ]; then
        PYTHONHOME=$_OLD_VIRTUAL_PYTHONHOME
        export PYTHONHOME
        unset _OLD_VIRTUAL_PYTHONHOME
    fi
    if [ -n "${_OLD_VIRTUAL_PS1+set}" ]; then
        PS1=$_OLD_VIRTUAL_PS1
        unset _OLD_VIRTUAL_PS1
    fi
    unset VIRTUAL_ENV VIRTUAL_ENV_PROMPT
    hash -r 2>/dev/null || :
    if [ "${1-}" != nondestructive ]; then
        unset -f deactivate
    fi
}

deactivate nondestructive

VIRTUAL_ENV=@PREFIX@
case "${OSTYPE-}" in
    cygwin*|msys*) VIRTUAL_ENV=$(cygpath -u "$VIRTUAL_ENV") ;;
esac
VIRTUAL_ENV_PROMPT=@NAME@
export VIRTUAL_ENV VIRTUAL_ENV_PROMPT

_OLD_VIRTUAL_PATH=${PATH-}
PATH=$VIRTUAL_ENV/@BIN@${PATH:+:$PATH}
export PATH

if [ -n "${PYTHONHOME+set}" ]; then
    _OLD_VIRTUAL_PYTHONHOME=$PYTHONHOME
    unset PYTHONHOME
fi

if [ -z "${VIRTUAL_ENV_DISABLE_PROMPT-}" ] && [ -n "${PS1+set}" ]; then
    _OLD_VIRTUAL_PS1=$PS1
    PS1=@SHOWN@$PS1
fi

hash -r 2>/dev/null || :
"""

# Each shell has its own name for the file that it is reading, which the others cannot parse.
SH_PREFIX = r"""$(
    if [ -n "${BASH_VERSION-}" ]; then
        here=${BASH_SOURCE-}
    elif [ -n "${ZSH_VERSION-}" ]; then
        eval 'here=${(%):-%x}'
    elif [ -n "${KSH_VERSION-}" ]; then
        eval 'here=${.sh.file}'
    else
        here=
    fi
    CDPATH= cd -- "${here%/*}/.." && pwd
)"""

_CSH = r"""# Source this in csh or tcsh:  source @BIN@/activate.csh
# `deactivate` takes it back.

alias deactivate '@DEACTIVATE@'

deactivate nondestructive

setenv VIRTUAL_ENV @PREFIX@
setenv VIRTUAL_ENV_PROMPT @NAME@

set _OLD_VIRTUAL_PATH = "$PATH:q"
setenv PATH "$VIRTUAL_ENV:q/@BIN@:$PATH:q"

if ($?PYTHONHOME) then
    set _OLD_VIRTUAL_PYTHONHOME = "$PYTHONHOME:q"
    unsetenv PYTHONHOME
endif

if ($?VIRTUAL_ENV_DISABLE_PROMPT == 0 && $?prompt) then
    set _OLD_VIRTUAL_PROMPT = "$prompt:q"
    set prompt = @SHOWN@"$prompt:q"
endif

rehash
"""

# An alias is one line. Words behind `&&` are expanded only when they are reached, which a
# one-line `if` of csh does not promise.
_CSH_DEACTIVATE = "; ".join(
    (
        'test $?_OLD_VIRTUAL_PATH = 1 && setenv PATH "$_OLD_VIRTUAL_PATH:q"'
        " && unset _OLD_VIRTUAL_PATH",
        'test $?_OLD_VIRTUAL_PYTHONHOME = 1 && setenv PYTHONHOME "$_OLD_VIRTUAL_PYTHONHOME:q"'
        " && unset _OLD_VIRTUAL_PYTHONHOME",
        'test $?_OLD_VIRTUAL_PROMPT = 1 && set prompt = "$_OLD_VIRTUAL_PROMPT:q"'
        " && unset _OLD_VIRTUAL_PROMPT",
        "unsetenv VIRTUAL_ENV",
        "unsetenv VIRTUAL_ENV_PROMPT",
        "rehash",
        r'test "\!:*" = nondestructive || unalias deactivate',
    )
)

CSH = _CSH.replace("@DEACTIVATE@", _CSH_DEACTIVATE)

FISH = r"""# Source this in fish:  source @BIN@/activate.fish
# `deactivate` takes it back.

function deactivate --description 'Leave the Python environment'
    if set -q _OLD_VIRTUAL_PATH
        set -gx PATH $_OLD_VIRTUAL_PATH
        set -e _OLD_VIRTUAL_PATH
    end
    if set -q _OLD_VIRTUAL_PYTHONHOME
        set -gx PYTHONHOME $_OLD_VIRTUAL_PYTHONHOME
        set -e _OLD_VIRTUAL_PYTHONHOME
    end
    if functions -q _old_virtual_fish_prompt
        functions -e fish_prompt
        functions -c _old_virtual_fish_prompt fish_prompt
        functions -e _old_virtual_fish_prompt
    end
    functions -e _virtual_env_status
    set -e VIRTUAL_ENV
    set -e VIRTUAL_ENV_PROMPT
    if test "$argv[1]" != nondestructive
        functions -e deactivate
    end
end

deactivate nondestructive

set -gx VIRTUAL_ENV @PREFIX@
set -gx VIRTUAL_ENV_PROMPT @NAME@

set -g _OLD_VIRTUAL_PATH $PATH
set -gx PATH $VIRTUAL_ENV/@BIN@ $PATH

if set -q PYTHONHOME
    set -g _OLD_VIRTUAL_PYTHONHOME $PYTHONHOME
    set -e PYTHONHOME
end

if test -z "$VIRTUAL_ENV_DISABLE_PROMPT"; and functions -q fish_prompt
    functions -c fish_prompt _old_virtual_fish_prompt
    function _virtual_env_status
        return $argv[1]
    end
    function fish_prompt
        set -l last $status
        printf '%s' @SHOWN@
        _virtual_env_status $last
        _old_virtual_fish_prompt
    end
end
"""

NU = r"""# Use this in nushell:  overlay use @BIN@/activate.nu
# `deactivate` takes it back.

export-env {
    const prefix = @PREFIX@
    let variable = if ('Path' in $env) { 'Path' } else { 'PATH' }
    let old = ($env | get $variable)
    let old = if (($old | describe) == 'string') { $old | split row (char esep) } else { $old }
    load-env {
        $variable: ($old | prepend ($prefix | path join '@BIN@'))
        VIRTUAL_ENV: $prefix
        VIRTUAL_ENV_PROMPT: @NAME@
    }
    if (($env.VIRTUAL_ENV_DISABLE_PROMPT? | default '') | is-empty) {
        let before = ($env.PROMPT_COMMAND? | default '')
        let shown = @SHOWN@
        $env.PROMPT_COMMAND = if (($before | describe) == 'closure') {
            {|| $'($shown)(do $before)' }
        } else {
            {|| $'($shown)($before)' }
        }
    }
}

export alias deactivate = overlay hide activate
"""

POWERSHELL = r"""# Dot-source this in PowerShell:  . @BIN@/activate.ps1
# `deactivate` takes it back.

function global:deactivate ([switch]$NonDestructive) {
    if (Test-Path variable:global:_OLD_VIRTUAL_PATH) {
        $env:PATH = $global:_OLD_VIRTUAL_PATH
        Remove-Variable _OLD_VIRTUAL_PATH -Scope Global
    }
    if (Test-Path variable:global:_OLD_VIRTUAL_PYTHONHOME) {
        $env:PYTHONHOME = $global:_OLD_VIRTUAL_PYTHONHOME
        Remove-Variable _OLD_VIRTUAL_PYTHONHOME -Scope Global
    }
    if (Test-Path function:global:_old_virtual_prompt) {
        Copy-Item function:global:_old_virtual_prompt function:global:prompt
        Remove-Item function:global:_old_virtual_prompt
    }
    foreach ($name in 'VIRTUAL_ENV', 'VIRTUAL_ENV_PROMPT') {
        if (Test-Path "env:$name") { Remove-Item "env:$name" }
    }
    if (-not $NonDestructive) {
        Remove-Item function:global:deactivate
    }
}

deactivate -NonDestructive

$env:VIRTUAL_ENV = @PREFIX@
$env:VIRTUAL_ENV_PROMPT = @NAME@

$global:_OLD_VIRTUAL_PATH = $env:PATH
$env:PATH = (Join-Path $env:VIRTUAL_ENV '@BIN@') + [IO.Path]::PathSeparator + $env:PATH

if (Test-Path env:PYTHONHOME) {
    $global:_OLD_VIRTUAL_PYTHONHOME = $env:PYTHONHOME
    Remove-Item env:PYTHONHOME
}

if (-not $env:VIRTUAL_ENV_DISABLE_PROMPT) {
    Copy-Item function:global:prompt function:global:_old_virtual_prompt
    function global:prompt {
        Write-Host -NoNewline -ForegroundColor Green @SHOWN@
        & $function:_old_virtual_prompt
    }
}
"""

XONSH = r"""# Source this in xonsh:  source @BIN@/activate.xsh
# `deactivate` takes it back.

def _weft_deactivate(args=()):
    for name, kept in (("PATH", "_OLD_VIRTUAL_PATH"), ("PYTHONHOME", "_OLD_VIRTUAL_PYTHONHOME")):
        if kept in __xonsh__.env:
            __xonsh__.env[name] = __xonsh__.env[kept]
            del __xonsh__.env[kept]
    for name in ("VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT"):
        if name in __xonsh__.env:
            del __xonsh__.env[name]
    if "nondestructive" not in args and "deactivate" in aliases:
        del aliases["deactivate"]


def _weft_activate():
    import os

    env = __xonsh__.env
    prefix = @PREFIX@
    env["_OLD_VIRTUAL_PATH"] = list(env["PATH"])
    env["PATH"] = [os.path.join(prefix, "@BIN@"), *env["PATH"]]
    if "PYTHONHOME" in env:
        env["_OLD_VIRTUAL_PYTHONHOME"] = env["PYTHONHOME"]
        del env["PYTHONHOME"]
    env["VIRTUAL_ENV"] = prefix
    env["VIRTUAL_ENV_PROMPT"] = @NAME@
    aliases["deactivate"] = _weft_deactivate


_weft_deactivate(["nondestructive"])
_weft_activate()
del _weft_activate
"""

BATCH = r"""@rem Run this in cmd.exe:  @BIN@\activate.bat
@rem `deactivate` takes it back.
@if defined _OLD_VIRTUAL_PATH @call "%~dp0deactivate.bat"
@for %%i in ("@PREFIX@") do @set "VIRTUAL_ENV=%%~fi"
@set "VIRTUAL_ENV_PROMPT=@NAME@"
@set "_OLD_VIRTUAL_PATH=%PATH%"
@set "PATH=%VIRTUAL_ENV%\@BIN@;%PATH%"
@if defined PYTHONHOME @set "_OLD_VIRTUAL_PYTHONHOME=%PYTHONHOME%"
@set PYTHONHOME=
@if not defined PROMPT @set "PROMPT=$P$G"
@if not defined VIRTUAL_ENV_DISABLE_PROMPT @set "_OLD_VIRTUAL_PROMPT=%PROMPT%"
@if not defined VIRTUAL_ENV_DISABLE_PROMPT @set "PROMPT=@SHOWN@%PROMPT%"
"""

BATCH_DEACTIVATE = r"""@rem Takes back what activate.bat did.
@if defined _OLD_VIRTUAL_PATH @set "PATH=%_OLD_VIRTUAL_PATH%"
@set _OLD_VIRTUAL_PATH=
@if defined _OLD_VIRTUAL_PYTHONHOME @set "PYTHONHOME=%_OLD_VIRTUAL_PYTHONHOME%"
@set _OLD_VIRTUAL_PYTHONHOME=
@if defined _OLD_VIRTUAL_PROMPT @set "PROMPT=%_OLD_VIRTUAL_PROMPT%"
@set _OLD_VIRTUAL_PROMPT=
@set VIRTUAL_ENV=
@set VIRTUAL_ENV_PROMPT=
"""

BATCH_PYDOC = r"""@python.exe -m pydoc %*
"""

PYTHON = r'''"""Run this in a Python that was started without the environment, to use its packages:

    runpy.run_path("@BIN@/activate_this.py")
"""

import os
import site
import sys

prefix = @PREFIX@
scripts = os.path.join(prefix, "@BIN@")

os.environ["PATH"] = os.pathsep.join([scripts, *filter(None, [os.environ.get("PATH")])])
os.environ["VIRTUAL_ENV"] = prefix
os.environ["VIRTUAL_ENV_PROMPT"] = @NAME@

before = len(sys.path)
for below in @PACKAGES@.split(os.pathsep):
    site.addsitedir(os.path.realpath(os.path.join(scripts, below)))
sys.path[:] = sys.path[before:] + sys.path[:before]

sys.real_prefix = sys.prefix
sys.prefix = prefix
'''
