"""What a fit tells while it runs: scikit-learn's callbacks, and a bar."""


class Reporter:
    """A context around the epochs of a fit; inside it is a function to call after each, which says whether to stop."""

    def __init__(self, estimator, incremental, seen):
        self.estimator, self.seen = estimator, seen
        self.context = None if incremental else getattr(estimator, "_callback_context", None)
        self.bar = None
        if estimator.progress_bar and not incremental:
            try:
                from tqdm.auto import tqdm
            except ImportError:
                raise ImportError("progress_bar=True needs the package tqdm") from None
            self.bar = tqdm(total=estimator.max_iter, unit="epoch")

    def __enter__(self):
        return self.report

    def __exit__(self, *failure):
        if self.bar is not None:
            self.bar.close()

    def report(self, estimator):
        if self.bar is not None:
            said = {"loss": f"{estimator.loss_:.4g}"}
            scores = estimator.evals_result_["validation"][estimator._score_name]
            if scores:
                said[estimator._score_name] = f"{scores[-1]:.4g}"
            self.bar.set_postfix(said, refresh=False)
            self.bar.update()
        if self.context is None:
            return False
        X, y = self.seen
        task = self.context.subcontext(task_name="epoch")
        task.call_on_fit_task_begin(estimator=estimator, X=X, y=y)
        return task.call_on_fit_task_end(
            estimator=estimator, X=X, y=y, reconstruction_attributes=estimator._reconstruction
        )
