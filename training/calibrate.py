"""Platt scaling per label, and the risks from which a text is flagged or blocked, fitted on held-out rows.

risk = sigmoid(scale * logit + offset). Flag: the best F1; where that misses more than a fifth of the positives,
lower, while few harmless rows are flagged and a third of what is flagged is right. Block: the lowest risk at which both the precision and the
false-positive rate of held-out rows reach their targets; never below the flag threshold.
"""

import numpy as np

from .metrics import average_precision, roc_auc

BLOCK_PRECISION = 0.8
BLOCK_FALSE_POSITIVES = 0.01
FLAG_RECALL = 0.8
FLAG_PRECISION = 1 / 3
FLAG_FALSE_POSITIVES = 0.02
FEWEST_POSITIVES = 20


def calibrate(logits: np.ndarray, truth: np.ndarray, labels: list[str]) -> dict:
    """`logits` and `truth` (NaN = unknown) are [rows, labels]; returns calibration, thresholds and held-out figures.

    A label with fewer than 20 held-out positives gets none of them: no policy can be served by it.
    """
    out = {"calibration": {}, "thresholds": {}, "held_out": {}}
    for k, label in enumerate(labels):
        known = ~np.isnan(truth[:, k])
        x, y = logits[known, k].astype(np.float64), truth[known, k].astype(np.float64)
        if y.sum() < FEWEST_POSITIVES or (y == 0).sum() < FEWEST_POSITIVES:
            continue
        scale, offset = platt(x, y)
        risk = 1 / (1 + np.exp(-(scale * x + offset)))
        flag, best = best_f1(y, risk)
        enough = float(np.quantile(risk[y == 1], 1 - FLAG_RECALL))
        flag = min(flag, max(enough, lowest_threshold(y, risk, FLAG_PRECISION, FLAG_FALSE_POSITIVES)))
        block = max(flag, lowest_threshold(y, risk, BLOCK_PRECISION, BLOCK_FALSE_POSITIVES))
        out["calibration"][label] = {"scale": round(scale, 6), "offset": round(offset, 6)}
        out["thresholds"][label] = {"flag": round(flag, 4), "block": round(block, 4)}
        out["held_out"][label] = {
            "n": int(len(y)),
            "positives": int(y.sum()),
            "auPrc": round(average_precision(y, risk), 4),
            "rocAuc": round(roc_auc(y, risk), 4),
            "bestF1": round(best, 4),
            "recallAtBlock": round(float((risk[y == 1] >= block).mean()), 4),
            "falsePositivesAtBlock": round(float((risk[y == 0] >= block).mean()), 4),
        }
    return out


def platt(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Newton's method for the two parameters of a logistic fit, with Platt's softened targets (Platt 1999)."""
    positives, negatives = y.sum(), len(y) - y.sum()
    target = np.where(y > 0.5, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    features = np.stack([x, np.ones_like(x)], 1)
    theta = np.array([1.0, 0.0])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(features @ theta, -30, 30)))
        gradient = features.T @ (p - target)
        hessian = (features * (p * (1 - p))[:, None]).T @ features + 1e-6 * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        theta -= step
        if np.abs(step).max() < 1e-9:
            break
    return float(theta[0]), float(theta[1])


def best_f1(y: np.ndarray, risk: np.ndarray) -> tuple[float, float]:
    """Threshold (risk >= threshold is positive) with the highest F1, and that F1."""
    order = np.argsort(-risk)
    hits = np.cumsum(y[order])
    f1 = 2 * hits / (np.arange(1, len(y) + 1) + y.sum())
    best = int(np.argmax(f1))
    return float(risk[order][best]), float(f1[best])


def lowest_threshold(y: np.ndarray, risk: np.ndarray, precision: float, false_positives: float) -> float:
    """Lowest risk from which precision and false-positive rate stay within their targets; 0.99 when none does."""
    order = np.argsort(-risk)
    hits = np.cumsum(y[order])
    taken = np.arange(1, len(y) + 1)
    good = (hits / taken >= precision) & ((taken - hits) / max(1, (y == 0).sum()) <= false_positives)
    places = np.flatnonzero(good)
    return float(risk[order][places[-1]]) if len(places) else 0.99
