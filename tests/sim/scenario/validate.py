#!/usr/bin/env python3
"""Asks an independent JSON Schema implementation about docs/scenario.schema.json: every scenario must be valid, every
broken file invalid, but for those whose mistake no schema can see. Needs python3-jsonschema and python3-yaml."""
import glob
import json
import os
import sys

import jsonschema
import yaml

# What needs more than one place of the file, other files, arithmetic, or YAML itself.
BEYOND_A_SCHEMA = {
    "after-the-end", "condition-that-nothing-fulfils", "counts", "crossed-settings", "cycle-of-waits",
    "cycle-through-a-condition",
    "duplicate-keys", "duplicate-names", "duplicate-nodes-and-links", "end-at-the-start", "graph-boxes", "graph-unconnected",
    "missing-calls", "missing-hosts", "missing-links", "missing-programs", "missing-sockets", "missing-steps",
    "network-middleboxes", "network-references",
    "no-programs-at-all", "nothing-expected-of-a-call", "own-host", "returns-and-fails", "time-in-the-past",
    "topology-file-broken", "topology-file-missing", "topology-file-of-no-kind", "topology-file-syntax", "verbs-without-effect",
}


def load(path):
    with open(path, encoding="utf-8") as file:
        return yaml.safe_load(file)


def main():
    with open("docs/scenario.schema.json", encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    wrong = []
    for path in sorted(glob.glob("scenarios/*.yaml")):
        for error in validator.iter_errors(load(path)):
            wrong.append(f"{path}: {'/'.join(map(str, error.absolute_path))}: {error.message[:200]}")
    seen = 0
    for path in sorted(glob.glob("tests/sim/scenario/broken/*.yaml")):
        name = os.path.splitext(os.path.basename(path))[0]
        try:
            valid = validator.is_valid(load(path))
        except yaml.YAMLError:
            valid = False
        seen += not valid
        if valid != (name in BEYOND_A_SCHEMA):
            wrong.append(f"{path}: the schema says {'valid' if valid else 'invalid'}")
    print(f"{seen} broken files refused")
    print("\n".join(wrong))
    return 1 if wrong or seen == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
