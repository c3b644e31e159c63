"""The table of options agrees with itself, with the settings and with the verbs."""

from __future__ import annotations

import importlib
import inspect

import pytest

from weft.cli.help import Page, variables
from weft.ops.commands import Command
from weft.ops.commands_table import every_row
from weft.ops.options import CHOICE, CHOICES, FLAG, Option, all_rows, options, possible_values
from weft.ops.settings_keys import AUDIT_KEYS, KEYS, PIP_KEYS
from weft.ops.settings_values import Settings

# Dests that become others: see `ops.settings.settled`.
INTERNAL = {
    "default_index", "disable_pip_version_check", "extra_index_url", "help", "index_url",
    "isolated", "managed_python", "no_color", "no_managed_python", "no_pip",
    "no_python_downloads", "no_seed", "no_setuptools", "no_system_config", "no_wheel",
    "only_binary", "pre", "required_version", "user", "version", "yes",
}  # fmt: skip
# Settings that others are made into besides.
MADE = {"given_indexes"}  # out of `index` and `default_index`
LEAVES = [Command(row) for row in every_row() if row[2]]


def attributes() -> set[str]:
    return {name for name in dir(Settings) if not name.startswith("_")}


def answered() -> set[str]:
    """Options of other tools that are met with a sentence and mean nothing."""
    marks = ("note=", "refuse=")
    return {row[0] for row in all_rows() if any(mark.startswith(marks) for mark in row[8])}


def test_every_option_has_a_setting_and_every_setting_an_option() -> None:
    dests = {row[0] for row in all_rows()}
    dests |= {command.positional[0] for command in LEAVES if command.positional}
    assert dests - attributes() == INTERNAL | (answered() - attributes())
    assert attributes() <= dests | MADE


def test_built_in_values_agree_between_table_and_settings() -> None:
    shared = {"output_format"}  # `cache size` starts with another one
    for row in all_rows():
        option = Option(row)
        default = option.mark("default")
        if default is not None and option.dest not in shared:
            assert str(getattr(Settings, option.dest)) == default, option.dest


def test_every_key_of_a_row_is_a_key_of_settings_files() -> None:
    for row in all_rows():
        key = row[5]
        table, dot, bare = key.partition(".")
        known = {"pip": PIP_KEYS, "audit": AUDIT_KEYS}[table] if dot else KEYS
        assert not key or (bare or key) in known, key


@pytest.mark.parametrize("command", LEAVES, ids=lambda command: command.path)
def test_no_spelling_of_a_command_means_two_things(command: Command) -> None:
    seen: dict[str, str] = {}
    for _, option in options(command.blocks):
        for name in (*option.spellings, *option.aliases, *option.negations):
            assert name not in seen, f"{name}: {seen.get(name)} and {option.dest}"
            seen[name] = option.dest


def test_every_choice_and_check_exists() -> None:
    from weft.ops.options_checks import _CHECKS

    for row in all_rows():
        option = Option(row)
        assert option.mark("check") in (None, *_CHECKS)
        if option.kind in (CHOICE, CHOICES):
            assert possible_values(option)
            assert option.mark("default") in (None, *possible_values(option))


def test_every_option_can_be_named_in_a_message() -> None:
    for row in all_rows():
        assert Option(row).display.strip("<>")


def test_marks_speak_of_options_that_exist() -> None:
    dests = {row[0] for row in all_rows()}
    dests |= {command.positional[0] for command in LEAVES if command.positional}
    for row in all_rows():
        option = Option(row)
        for mark in ("conflicts", "overrides"):
            assert set((option.mark(mark) or "").split(",")) - {""} <= dests
        assert not option.negations or option.kind == FLAG


@pytest.mark.parametrize("command", LEAVES, ids=lambda command: command.path)
def test_every_command_has_a_verb(command: Command) -> None:
    if command.module == "help":
        return  # carried out by the command line itself
    verb = importlib.import_module(f"weft.ops.{command.module}").run
    assert list(inspect.signature(verb).parameters) == ["context"]


@pytest.mark.parametrize("command", LEAVES, ids=lambda command: command.path)
def test_help_tells_every_option_with_its_values_and_variable(command: Command) -> None:
    texts = [Page(100).text(command, full=full) for full in (False, True)]
    for text in texts:
        assert f"Usage: {command.display}" in text
        words = text.split()
        for _, option in options(command.blocks):
            if option.hidden:
                continue
            assert all(any(w.startswith(name) for w in words) for name in option.spellings)
            assert variables(option) in text
            told = text.replace(",", " ").replace("]", " ").replace(":", " ").split()
            assert set(possible_values(option)) <= set(told), option.dest
    assert len(texts[1]) > len(texts[0])


@pytest.mark.parametrize("width", [40, 80, 100])
def test_help_keeps_to_the_width(width: int) -> None:
    for command in LEAVES:
        for line in Page(width).text(command, full=True).splitlines():
            longest = max(map(len, line.split()), default=0)
            usage = line.startswith(("Usage:", "  -", "      --", "  ["))
            assert usage or len(line) <= max(width, longest + 42), line


def test_every_shown_option_has_a_help_text_of_one_sentence() -> None:
    for row in all_rows():
        option = Option(row)
        if not option.hidden:
            assert option.help and option.help[0].isupper() and not option.help.endswith(".")
            assert not option.more or option.more.endswith(".")
