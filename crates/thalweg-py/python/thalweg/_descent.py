"""The descent of an estimator: its epochs, what is recorded of them, and when it ends."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import r2_score


class Validation:
    """Rows that an epoch is judged by.

    `x` is what the trainer reads, `y` the encoded targets; `given` are both as the user gave them, for a scorer.
    """

    def __init__(self, x, y, weight, given):
        self.x, self.y, self.weight, self.given = x, y, weight, given

    def judge(self, estimator, trainer, flat):
        """The score and the mean loss; NaN where a prediction is not finite."""
        found = trainer.predict(flat, self.x)
        if not np.isfinite(found).all():
            return np.nan, np.nan
        loss = estimator._loss_of(self.y, found, self.weight)
        if estimator.scoring is not None:
            return float(estimator._scorer(estimator, *self.given)), loss
        return float(estimator._score_of(self.y, found, self.weight)), loss


def descend(estimator, trainer, lesson, batch_size, validation, *, once, report):
    """Epochs over the rows of `lesson["order"]`, which are learned from in a new order each time; one, or until patience
    or `max_iter` ends them. `report(estimator)` is called after each and may end them too.
    """
    parameters = estimator._walked
    early = estimator.early_stopping and validation is not None
    rows = np.arange(len(lesson["order"]))
    held = lesson["order"]
    estimator.n_iter_ = 0
    try:
        for epoch in range(1 if once else estimator.max_iter):
            trainer.begin_epoch(float(estimator._epochs), float(estimator.max_iter))
            if estimator._sklearn_rate is not None:
                trainer.drive("lr", estimator._sklearn_rate)
            if estimator.shuffle:
                # As scikit-learn's `shuffle`, which takes longer to check its arguments than an epoch of a small table.
                order = np.arange(len(rows))
                estimator._random_state.shuffle(order)
                rows = rows[order]
                lesson["order"] = held[rows]
            loss, penalty, diverged = trainer.learn(parameters.flat, lesson, batch_size)
            estimator._epochs += 1
            trainer.end_epoch(min(1.0, (epoch + 1) / estimator.max_iter), parameters.flat)
            estimator._show(trainer)
            estimator.n_iter_ += 1
            estimator.t_ += len(rows)
            estimator.loss_ = estimator._reported(loss) + penalty
            estimator.loss_curve_.append(estimator.loss_)
            if estimator.verbose:
                print(f"Iteration {estimator.n_iter_}, loss = {estimator.loss_:.8f}")
            _record(estimator, trainer, validation, early, diverged)
            estimator._end_of_epoch()
            if diverged:
                return _diverged(estimator, early)
            if report(estimator):
                return
            if estimator._no_improvement_count > estimator.n_iter_no_change:
                if _ends(estimator, early):
                    return
                estimator._no_improvement_count = 0
        if not once:
            warnings.warn(
                f"Stochastic Optimizer: Maximum iterations ({estimator.max_iter}) "
                "reached and the optimization hasn't converged yet.",
                ConvergenceWarning,
                stacklevel=4,
            )
    except KeyboardInterrupt:
        estimator._show(trainer)
        warnings.warn("Training interrupted by user.", stacklevel=4)


def _record(estimator, trainer, validation, early, diverged):
    """Judges the epoch, and counts those without improvement."""
    results = estimator.evals_result_
    results["training"]["loss"].append(estimator.loss_)
    score = np.nan
    if validation is not None:
        score, loss = (np.nan, np.nan)
        if not diverged:
            score, loss = validation.judge(estimator, trainer, estimator._parameters.flat)
        results["validation"]["loss"].append(loss)
        results["validation"][estimator._score_name].append(score)
    if early:
        estimator.validation_scores_.append(score)
        if estimator.verbose:
            print(f"Validation score: {score:f}")
        is_better = score >= estimator.best_validation_score_ + estimator._least_gain
        if score > estimator.best_validation_score_:
            estimator.best_validation_score_ = score
            estimator._best = estimator._parameters.flat.copy()
    else:
        best = np.inf if estimator.best_loss_ is None else estimator.best_loss_
        is_better = estimator.loss_ <= best - estimator._least_gain
        if not estimator.early_stopping:
            estimator.best_loss_ = min(best, estimator.loss_)
    trainer.observe(score if early else estimator.loss_, early)
    estimator._no_improvement_count = 0 if is_better else estimator._no_improvement_count + 1


def _ends(estimator, early):
    """Whether patience that has run out ends the descent, or makes the steps smaller."""
    what = "Validation score" if early else "Training loss"
    message = (
        f"{what} did not improve more than tol={estimator._least_gain:f} "
        f"for {estimator.n_iter_no_change} consecutive epochs."
    )
    rate = estimator._sklearn_rate
    adapts = rate is not None and estimator.learning_rate == "adaptive"
    if adapts and rate > 1e-6:
        estimator._sklearn_rate = rate / 5
        message += f" Setting learning rate to {rate / 5:f}"
    elif adapts:
        message += " Learning rate too small. Stopping."
    else:
        message += " Stopping."
    if estimator.verbose:
        print(message)
    return not (adapts and rate > 1e-6)


def _diverged(estimator, early):
    """A loss that is not finite ends the descent; a best epoch may have been kept."""
    if not early:
        raise ValueError(
            "Solver produced non-finite parameter weights. The input data may"
            " contain large values and need to be preprocessed."
        )
    warnings.warn(
        "The loss is not finite any more: the learning rate is too large, or the input data"
        " contain large values and need to be preprocessed.",
        ConvergenceWarning,
        stacklevel=5,
    )


def accuracy(y, found, weight):
    """The share of rows whose classes (or all of whose labels) are right."""
    return np.average(y == found if y.ndim == 1 else (y == found).all(axis=1), weights=weight)


def r2(y, found, weight):
    """The coefficient of determination; the mean over several outputs."""
    return r2_score(y, found, sample_weight=weight)
