"""Options of `weft venv`.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

VENV = (
    (
        "system", "--system||--no-system", "flag", "", "SYSTEM_PYTHON", "", "", "", ("hidden",),
    ),
    (
        "no_project", "--no-project|--no-workspace|", "flag", "", "NO_PROJECT", "",
        "Ignore the project around the working directory",
        "It decides the default path and which Python versions are accepted.", (),
    ),
    (
        "seed", "--seed||", "flag", "", "VENV_SEED", "",
        "Install `pip` (before Python 3.12 also `setuptools` and `wheel`)", "", (),
    ),
    (
        "clear", "-c --clear||--no-clear", "flag", "", "VENV_CLEAR", "",
        "Remove what is at the path first",
        "A directory that is not a virtual environment also needs `--force`.",
        ("overrides=allow_existing",),
    ),
    (
        "force", "--force||", "flag", "", "", "",
        "Let `--clear` remove a directory that is not a virtual environment", "", (),
    ),
    (
        "allow_existing", "--allow-existing||", "flag", "", "", "",
        "Write into the path and keep what is there", "", ("overrides=clear",),
    ),
    (
        "prompt", "--prompt||", "text", "", "", "", "The prompt of the activated environment",
        "`.` means the name of the working directory.", (),
    ),
    (
        "system_site_packages", "--system-site-packages||", "flag", "", "", "",
        "Let the environment import the packages of its Python",
        "weft's own commands still look only at the environment.", (),
    ),
    (
        "relocatable", "--relocatable||--no-relocatable", "flag", "", "VENV_RELOCATABLE", "",
        "Make an environment that can be moved",
        "Its scripts find their Python by a relative path.", (),
    ),
    (
        "no_seed", "--no-seed||", "flag", "", "", "", "", "", ("hidden", "overrides=seed"),
    ),
    (
        "no_pip", "--no-pip||", "flag", "", "", "", "", "",
        (
            "hidden",
            "note=virtualenv's `--no-pip` has no effect (a virtual environment gets packages "
            "only with `--seed`)",
        ),
    ),
    (
        "no_setuptools", "--no-setuptools||", "flag", "", "", "", "", "",
        (
            "hidden",
            "note=virtualenv's `--no-setuptools` has no effect (a virtual environment gets "
            "packages only with `--seed`)",
        ),
    ),
    (
        "no_wheel", "--no-wheel||", "flag", "", "", "", "", "",
        (
            "hidden",
            "note=virtualenv's `--no-wheel` has no effect (a virtual environment gets packages "
            "only with `--seed`)",
        ),
    ),
)  # fmt: skip
