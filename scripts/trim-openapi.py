#!/usr/bin/env python3
"""Cuts Pulp's own OpenAPI document (docs/api.json of pulpcore 3.123.1) down to what this server speaks: the core and the file plugin.

    scripts/trim-openapi.py api.json > Tests/PulpServerTests/API/Oracle/openapi.json
"""
import json
import re
import sys

LATER = re.compile(
    r"(^|_)(deb|rpm|certguard|git)(_|$)|openpgp|exporters|importers|import_check|upstream_pulps|domains|vuln_report|datarepair|copy_content"
)


def references(value):
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"].rsplit("/", 1)[1]
        for member in value.values():
            yield from references(member)
    elif isinstance(value, list):
        for element in value:
            yield from references(element)


document = json.load(open(sys.argv[1]))
paths = {}
# The languages of the page's own words are none of ours.
for path in document["paths"]:
    if "/docs/" in path:
        for operation in document["paths"][path].values():
            operation["parameters"] = [parameter for parameter in operation["parameters"] if parameter["name"] != "lang"]
for path, item in document["paths"].items():
    kept = {method: operation for method, operation in item.items() if not LATER.search(operation["operationId"])}
    if kept:
        paths[path] = kept
schemas, wanted = {}, set(references(paths))
while wanted:
    name = wanted.pop()
    if name not in schemas:
        schemas[name] = document["components"]["schemas"][name]
        wanted |= set(references(schemas[name]))
json.dump(
    {"paths": paths, "components": {"schemas": {name: schemas[name] for name in sorted(schemas)}}},
    sys.stdout, indent=0, separators=(",", ":"))
