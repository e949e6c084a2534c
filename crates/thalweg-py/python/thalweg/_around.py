"""Looking at an estimator that is fitted: its history, and the loss surface around its weights."""

import numpy as np

from thalweg import _core

# Rows, and numbers in them, that are kept of a fit to look at its surface.
ROWS, NUMBERS = 1000, 2**21


class Around:
    """What can be looked at after a fit."""

    def _keep_sample(self, X, y, weights):
        """Keeps a few rows to look at the surface with. They are not pickled."""
        count = max(32, min(ROWS, NUMBERS // max(1, X.shape[1])))
        rows = np.arange(X.shape[0])
        if len(rows) > count:
            rows = np.sort(np.random.default_rng(0).choice(rows, count, replace=False))
        total = X.shape[0] if weights is None else float(weights.sum())
        self._seen = (X[rows], y[rows], None if weights is None else weights[rows], X.shape[0], total)

    def landscape(self, X=None, y=None, sample_weight=None, **settings):
        """The loss, with its penalties, on a plane through the fitted weights.

        With `record_path=True` the weights at up to 256 steps of the fit are known, and the plane goes along them.

        Parameters
        ----------
        X, y, sample_weight : rows to take it over, as for `fit`
            A sample of at most 1,000 rows of the last fit if not given.
        **settings
            As of `thalweg.landscape`: `directions` ("random", "hessian" or, of a recorded path, "pca"), `grid`, `span`, `products`, `seed`.

        Returns
        -------
        thalweg.Landscape

        Raises
        ------
        ValueError
            A setting is wrong; or no rows are given and there are none of a fit, as after unpickling.
        """
        from sklearn.utils.validation import check_is_fitted

        from thalweg._looks import Landscape

        check_is_fitted(self)
        if (X is None) != (y is None):
            raise ValueError("X and y have to be given together.")
        if X is not None:
            read = self._read_features(X)
            weights = None if sample_weight is None else np.asarray(sample_weight, dtype=float)
            total = read.shape[0] if weights is None else float(weights.sum())
            rows, targets, of = read, self._targets(np.asarray(y), np.dtype(float)), read.shape[0]
        elif hasattr(self, "_seen"):
            rows, targets, weights, of, total = self._seen
        else:
            raise ValueError("no rows of a fit are kept here: give X and y")
        rows = rows.toarray() if hasattr(rows, "toarray") else rows
        _, factor, _ = self._loss_settings()
        weights = np.ones(len(rows)) if weights is None else weights / weights.mean()
        seen = {
            "x": np.ascontiguousarray(rows, dtype=float),
            "classes": targets if targets.ndim == 1 else None,
            "values": None if targets.ndim == 1 else np.ascontiguousarray(targets, dtype=float),
            "weights": factor * np.asarray(weights, dtype=float),
            "of": of,
            "l1": float(self.l1),
            "l2": float(self.l2) + float(self.alpha) / total,
        }
        self._own_parameters()
        flat = self._parameters.flat.astype(float)
        title = type(self).__name__
        return Landscape(*_core._surface(self._predictor(self._parameters), flat, seen, title, settings))

    def plot_history(self, ax=None):
        """Draw the losses and the scores of the epochs by matplotlib; returns the axes.

        Raises
        ------
        AttributeError
            There were no epochs: it was fitted by a solver, or not at all.
        """
        from matplotlib import pyplot

        results = self.evals_result_
        ax = ax or pyplot.subplots()[1]
        for part, values in (("training", results["training"]), ("validation", results["validation"])):
            if values["loss"]:
                ax.plot(np.arange(1, len(values["loss"]) + 1), values["loss"], label=f"{part} loss")
        ax.set(xlabel="epoch", ylabel="loss")
        scores = results["validation"].get(self._score_name)
        if scores:
            other = ax.twinx()
            other.plot(np.arange(1, len(scores) + 1), scores, color="C2", label=f"validation {self._score_name}")
            best = int(np.nanargmax(scores))
            other.axvline(best + 1, color="0.6", linewidth=1, linestyle="--", label="best epoch")
            other.set_ylabel(self._score_name)
            handles = [*ax.get_legend_handles_labels()[0], *other.get_legend_handles_labels()[0]]
            # Between losses that fall and scores that rise.
            ax.legend(handles, [handle.get_label() for handle in handles], loc="center right")
        else:
            ax.legend()
        return ax
