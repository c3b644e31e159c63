"""Keeps distutils inside of an environment, for Python before 3.10.

Owns the text of a module that environments of old interpreters load at start. distutils reads
settings for the whole machine (`distutils.cfg`, `~/.pydistutils.cfg`), and a `prefix` there would
make `setup.py install` write outside of the environment. Refuses anything else.
"""

from __future__ import annotations

NAME = "_virtualenv"

MODULE = '''"""Settings of distutils for the whole machine must not lead out of this environment."""

import os
import sys

TARGETS = ("distutils.dist", "setuptools.dist")
PLACES = ["install_" + name for name in ("purelib", "platlib", "headers", "scripts", "data")]


def confine(module):
    original = module.Distribution.parse_config_files

    def parse_config_files(self, *arguments, **keywords):
        result = original(self, *arguments, **keywords)
        install = self.get_option_dict("install")
        for place in PLACES:
            install.pop(place, None)
        if "prefix" in install:
            install["prefix"] = (__file__, os.path.abspath(sys.prefix))
        return result

    module.Distribution.parse_config_files = parse_config_files


class Watcher(object):
    """Finds nothing itself; sees to it that what the others find is confined once loaded."""

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name not in TARGETS:
            return None
        for finder in sys.meta_path:
            if finder is cls or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                return cls.watch(spec)
        return None

    @staticmethod
    def watch(spec):
        load = getattr(spec.loader, "exec_module", None)
        if load is None:
            return spec

        def exec_module(module):
            load(module)
            confine(module)

        try:
            spec.loader.exec_module = exec_module
        except AttributeError:
            pass
        return spec


sys.meta_path.insert(0, Watcher)
'''
