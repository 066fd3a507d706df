"""The loop that every peer runs: one command a line from stdin, one line of JSON back."""

import json
import sys


def serve(commands):
    for line in sys.stdin:
        verb, *rest = line.split(maxsplit=3 if line.startswith("load ") else -1)
        try:
            answer = commands[verb](*(word.strip() for word in rest))
        except Exception as error:  # the other side reports it
            answer = {"error": "%s: %s" % (type(error).__name__, error)}
        print(json.dumps(answer), flush=True)
