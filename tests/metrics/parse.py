"""Reads Prometheus text from standard input with Prometheus' own parser and writes its samples as JSON."""

import json
import sys

from prometheus_client.parser import text_string_to_metric_families

samples = []
for family in text_string_to_metric_families(sys.stdin.read()):
    for sample in family.samples:
        samples.append({"type": family.type, "name": sample.name, "labels": sample.labels, "value": sample.value})
json.dump(samples, sys.stdout)
