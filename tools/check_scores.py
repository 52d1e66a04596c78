#!/usr/bin/env python3
"""Holds the weights of the seven scores against texts whose worth is known: `check_scores.py VERDICTS`, lines as `make gate` prints them.

A text of class `human` is good, any other is bad. Weights are fitted by logistic regression on all texts but a fifth of the writers, and
tried on those, for each fifth; the numbers at the end of an id name its writer, so that no text is tried with weights that know its
neighbour. Printed are the AUC of the weights in use and of the fitted ones, with blockers and without. Fitted weights that are no better
by more than the spread of the folds are no reason to change those in use.
"""

import json
import math
import re
import statistics
import sys

NAMES = ["clarity", "accuracy", "completeness", "relevance", "seo_quality", "readability", "engagement"]
IN_USE = [1, 1, 2, 2, 1, 1, 1]
FOLDS = 5
REMOVABLE = {"chatter-around", "brief-echoed"}


def read(path):
    """A row for each text: writer, whether it is good, whether something blocks it, its scores from 0 to 1."""
    rows = []
    for line in open(path, encoding="utf-8"):
        one = json.loads(line)
        quality = one.get("quality")
        # What is of no use has no scores, and no weights let it through.
        scores = [(quality[name] if quality[name] is not None else 70) / 100 for name in NAMES] if quality else [0.0] * 7
        number = re.search(r"([0-9]+)$", str(one["id"]))
        # Of an article with something around it, taking that off is as right as holding it back.
        stopped = bool(one["blockers"]) or (one["class"] in REMOVABLE and bool(one.get("removed")))
        rows.append((int(number[1]) if number else 0, one["class"] == "human", stopped, scores))
    return rows


def fitted(rows):
    """Weights that are not negative, by gradient descent with a small penalty; both classes weigh the same."""
    good = sum(row[1] for row in rows)
    of_class = {True: 0.5 / good, False: 0.5 / (len(rows) - good)}
    means = [statistics.fmean(row[3][at] for row in rows) for at in range(7)]
    weights, bias = [1.0] * 7, 0.0
    for _ in range(2000):
        steps, step = [0.0] * 7, 0.0
        for _, is_good, _, scores in rows:
            logit = bias + sum(w * (x - m) for w, x, m in zip(weights, scores, means))
            error = (1 / (1 + math.exp(-max(-30, min(30, logit)))) - is_good) * of_class[is_good]
            step += error
            for at in range(7):
                steps[at] += error * (scores[at] - means[at])
        bias -= step
        weights = [max(0.0, w - 2.0 * (s + 0.001 * w)) for w, s in zip(weights, steps)]
    return weights


def auc(rows, weights, with_blockers):
    """The chance that a good text scores above a bad one; what is blocked counts as 0."""
    score = lambda row: 0.0 if with_blockers and row[2] else sum(w * x for w, x in zip(weights, row[3]))
    good = [score(row) for row in rows if row[1]]
    bad = [score(row) for row in rows if not row[1]]
    wins = sum((g > b) + 0.5 * (g == b) for g in good for b in bad)
    return wins / (len(good) * len(bad))


def main():
    rows = read(sys.argv[1])
    told = {(name, blocked): [] for name in ("in use", "fitted") for blocked in (True, False)}
    for fold in range(FOLDS):
        tried = [row for row in rows if row[0] % FOLDS == fold]
        known = fitted([row for row in rows if row[0] % FOLDS != fold])
        for blocked in (True, False):
            told["in use", blocked].append(auc(tried, IN_USE, blocked))
            told["fitted", blocked].append(auc(tried, known, blocked))
    for (name, blocked), folds in told.items():
        beside = "with blockers" if blocked else "scores alone"
        print(f"{name:8} {beside:14} AUC {statistics.fmean(folds):.3f} ± {statistics.stdev(folds):.3f} over {FOLDS} folds of writers")
    whole = fitted(rows)
    print("fitted on all:", ", ".join(f"{name} {weight:.2f}" for name, weight in zip(NAMES, whole)))


if __name__ == "__main__":
    main()
