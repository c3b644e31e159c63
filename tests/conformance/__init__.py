"""The public scenarios of packse, run against a command line that is used like uv's.

Owns the making of an index per scenario and the checking of what a command did with it. Refuses
to hold scenarios: they are fetched, by version and hash (see `scenarios`). Needs the network once;
`make test` does not run it, `make conformance` does.

    python -m tests.conformance --cli weft                     # every kind of index
    python -m tests.conformance --cli weft --reference uv      # and uv beside it, compared
"""
