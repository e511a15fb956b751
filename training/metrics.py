"""Ranking metrics for held-out rows: average precision (area under precision-recall) and ROC-AUC, ties shared; and calibration error."""

import numpy as np


def average_precision(truth: np.ndarray, scores: np.ndarray) -> float:
    """Sum over distinct thresholds of precision times the gain in recall."""
    order = np.argsort(-scores, kind="stable")
    truth, scores = truth[order], scores[order]
    hits = np.cumsum(truth)
    ends = np.flatnonzero(np.append(np.diff(scores) != 0, True))
    precision = hits[ends] / (ends + 1)
    return float(np.sum(np.diff(np.append(0, hits[ends])) * precision) / hits[-1])


def roc_auc(truth: np.ndarray, scores: np.ndarray) -> float:
    """Chance that a positive scores above a negative, ties counted half."""
    values, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    below = np.cumsum(counts) - counts
    ranks = (below + (counts + 1) / 2)[inverse]
    positives = truth.sum()
    return float((ranks[truth == 1].sum() - positives * (positives + 1) / 2) / (positives * (len(truth) - positives)))


def bins(truth: np.ndarray, risk: np.ndarray, count: int = 10) -> list[tuple[float, float, int]]:
    """Mean risk, share of positives and rows of each non-empty tenth of the risk scale."""
    at = np.minimum((risk * count).astype(int), count - 1)
    return [(float(risk[at == b].mean()), float(truth[at == b].mean()), int((at == b).sum())) for b in range(count) if (at == b).any()]


def expected_calibration_error(truth: np.ndarray, risk: np.ndarray) -> float:
    """Mean distance between risk and share of positives over ten bins, weighted by rows (Guo et al. 2017)."""
    return float(sum(n * abs(mean - share) for mean, share, n in bins(truth, risk)) / len(truth))
