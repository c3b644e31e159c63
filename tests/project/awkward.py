"""Files that are awkward to edit, and the edits: `(name, text, command, words)`.

`command` is `add` or `remove`, `words` are the options and requirements behind it.
"""

_HEAD = '[project]\nname = "demo"\nversion = "0.1.0"\nrequires-python = ">=3.11"\n'

CASES: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("no list", _HEAD, "add", ("six",)),
    ("empty list", _HEAD + "dependencies = []\n", "add", ("six",)),
    ("empty list on two lines", _HEAD + "dependencies = [\n]\n", "add", ("six",)),
    (
        "empty list with a comment",
        _HEAD + "dependencies = [ # none yet\n    # really\n]\n",
        "add",
        ("six",),
    ),
    ("list on one line", _HEAD + 'dependencies = ["a", "c"]  # two\n', "add", ("b",)),
    ("unsorted list", _HEAD + 'dependencies = ["c", "a"]\n', "add", ("b",)),
    (
        "two blanks",
        _HEAD + 'dependencies = [\n  "a>=1",\n  "c[x]>1",\n]\n',
        "add",
        ("b>=2",),
    ),
    ("tabs", _HEAD + 'dependencies = [\n\t"a",\n\t"b",\n]\n', "add", ("c",)),
    (
        "no last comma",
        _HEAD + 'dependencies = [\n    "a",\n    "b"\n]\n',
        "add",
        ("c",),
    ),
    (
        "comment behind the last",
        _HEAD + 'dependencies = [\n    "a",\n    "b", # why b\n]\n',
        "add",
        ("c",),
    ),
    (
        "comment at the bracket",
        _HEAD + 'dependencies = [ # ours\n    "b", # why b\n]\n',
        "add",
        ("a",),
    ),
    (
        "comment above the first",
        _HEAD + 'dependencies = [\n    # about b\n    "b",\n]\n',
        "add",
        ("a",),
    ),
    (
        "wide comment",
        _HEAD + 'dependencies = [\n    "a",     # why a\n    "c",#c\n]\n',
        "add",
        ("b",),
    ),
    (
        "comments below the last",
        _HEAD + 'dependencies = [\n    "a", # why a\n    # the end\n    # really\n]\n',
        "add",
        ("b",),
    ),
    (
        "comment with brackets and quotes",
        _HEAD + 'dependencies = [\n    "a", # ] "x", [\n    "b[x]",\n]\n',
        "add",
        ("c",),
    ),
    (
        "capital letters",
        _HEAD + 'dependencies = ["Alpha", "beta", "Delta"]\n',
        "add",
        ("Gamma", "charlie"),
    ),
    ("update of a specifier", _HEAD + 'dependencies = ["a >= 1", "b"]\n', "add", ("a>=2",)),
    (
        "update of extras",
        _HEAD + 'dependencies = [\n  "a[y] >= 1", # keep\n  "b",\n]\n',
        "add",
        ("A[x]",),
    ),
    (
        "update beside another marker",
        _HEAD + "dependencies = [\"a ; sys_platform == 'win32'\"]\n",
        "add",
        ("a ; sys_platform == 'linux'",),
    ),
    (
        "update of the same marker in other words",
        _HEAD + "dependencies = [\"a ; 'win32' == sys_platform\"]\n",
        "add",
        ("a>2 ; sys_platform == 'win32'",),
    ),
    (
        "literal strings",
        _HEAD + "dependencies = ['a', '''b''', \"\"\"d\"\"\"]\n",
        "add",
        ("c",),
    ),
    (
        "new group",
        _HEAD + "\n[tool.ruff]\nline-length = 100\n\n# end\n",
        "add",
        ("--group", "docs", "six"),
    ),
    (
        "new group among sorted ones",
        _HEAD + '\n[dependency-groups]\n# about a\na = ["x"]\n# about c\nc = ["y"]\n\n[tool.x]\n',
        "add",
        ("--group", "b", "six"),
    ),
    (
        "new group among others",
        _HEAD + '\n[dependency-groups]\nc = ["x"]\na = ["y"]\n',
        "add",
        ("--group", "b", "six"),
    ),
    (
        "group with includes",
        _HEAD + '\n[dependency-groups]\ndev = ["b", "c", {include-group = "x"}]\nx = ["y"]\n',
        "add",
        ("--dev", "d"),
    ),
    (
        "group spelled otherwise",
        _HEAD + '\n[dependency-groups]\n"My_Group" = ["b"]\n',
        "add",
        ("--group", "my-group", "a"),
    ),
    (
        "groups in an inline table",
        'dependency-groups = { dev = ["b"] }\n\n' + _HEAD,
        "add",
        ("--dev", "a"),
    ),
    (
        "old development dependencies",
        _HEAD + '\n[tool.uv]\ndev-dependencies = ["b"]\n',
        "add",
        ("--dev", "a"),
    ),
    (
        "new extra",
        _HEAD + '\n[project.scripts]\nx = "y:z"\n\n[build-system]\nrequires = []\n',
        "add",
        ("--optional", "web", "six"),
    ),
    (
        "extra in dotted keys",
        _HEAD + 'optional-dependencies.web = ["b"]\n',
        "add",
        ("--optional", "web", "a"),
    ),
    (
        "extra in an inline table",
        _HEAD + 'optional-dependencies = { web = ["b"] }\n',
        "add",
        ("--optional", "web", "a"),
    ),
    (
        "new source behind other tools",
        _HEAD + "\n[tool.ruff]\nx = 1\n\n[build-system]\nrequires = []\n\n[tool.black]\ny = 1\n",
        "add",
        ("c @ https://example.com/c-1.0-py3-none-any.whl",),
    ),
    (
        "new source beside settings",
        _HEAD + "\n[tool.uv]\npackage = false # no\n\n# of ruff\n[tool.ruff]\nx = 1\n",
        "add",
        ("c @ https://example.com/c-1.0-py3-none-any.whl",),
    ),
    (
        "another source",
        _HEAD
        + 'dependencies = ["c"]\n\n[tool.uv.sources]\n'
        + 'a = { path = "a" }\n# about c\nc = { url = "https://example.com/c.zip" } # c\n'
        + 'd = { path = "d" }\n',
        "add",
        ("c @ https://example.com/c-2.0-py3-none-any.whl",),
    ),
    (
        "source in place of a direct reference",
        _HEAD + 'dependencies = ["c @ https://example.com/c-1.0.zip"]\n',
        "add",
        ("c @ https://example.com/c-2.0.zip",),
    ),
    (
        "remove the middle one",
        _HEAD + 'dependencies = [\n  "a", # why a\n  "b",\n  "c", # why c\n]\n',
        "remove",
        ("b",),
    ),
    (
        "remove the last one",
        _HEAD + 'dependencies = [\n    "a", # why a\n    "b",\n    # the end\n]\n',
        "remove",
        ("b",),
    ),
    ("remove the only one", _HEAD + 'dependencies = ["a"] # one\n', "remove", ("a",)),
    (
        "remove what is there twice",
        _HEAD + 'dependencies = ["a>1", "b", "A ; sys_platform == \'x\'"]\n',
        "remove",
        ("a",),
    ),
    (
        "remove with its source",
        _HEAD
        + 'dependencies = ["a", "b"]\n\n# sources\n[tool.uv.sources]\n# about a\n'
        + 'A = { path = "a" } # a\n\n[tool.ruff]\nx = 1\n',
        "remove",
        ("a",),
    ),
    (
        "remove with a source that is still needed",
        _HEAD
        + 'dependencies = ["a", "b"]\noptional-dependencies.x = ["a"]\n\n[tool.uv.sources]\n'
        + 'a = { path = "a" }\nb = { path = "b" }\n',
        "remove",
        ("b",),
    ),
    (
        "remove from a group",
        _HEAD + '\n[dependency-groups]\ndev = ["a"]\n',
        "remove",
        ("--dev", "a"),
    ),
    (
        "remove from an extra",
        _HEAD + '[project.optional-dependencies]\nweb = [\n\t"a",\n\t"b"\n]\n',
        "remove",
        ("--optional", "web", "b"),
    ),
)
