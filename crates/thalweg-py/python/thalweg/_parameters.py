"""The parameters of an estimator's network: one flat array, seen as scikit-learn's `coefs_` and `intercepts_`."""

import numpy as np


class Parameters:
    """A flat array and its parts.

    The library keeps the weights of a layer as outputs x inputs, scikit-learn as inputs x outputs: `coefs` are views
    of the flat array, transposed, so a change of one is a change of the other.
    """

    def __init__(self, widths, dtype):
        self.widths = list(widths)
        pairs = list(zip(self.widths, self.widths[1:]))
        self.flat = np.zeros(sum(n * m + m for n, m in pairs), dtype=dtype)
        self.coefs, self.intercepts = [], []
        start = 0
        for inputs, outputs in pairs:
            middle, end = start + inputs * outputs, start + inputs * outputs + outputs
            self.coefs.append(self.flat[start:middle].reshape(outputs, inputs).T)
            self.intercepts.append(self.flat[middle:end])
            start = end

    @classmethod
    def of(cls, coefs, intercepts, dtype):
        """Parameters with the values of these arrays."""
        widths = [np.shape(coefs[0])[0], *(np.shape(coef)[1] for coef in coefs)]
        made = cls(widths, dtype)
        for place, value in zip(made.coefs + made.intercepts, [*coefs, *intercepts]):
            place[...] = value
        return made

    def is_behind(self, coefs, intercepts):
        """Whether these arrays are this object's own views."""
        own = self.coefs + self.intercepts
        given = [*coefs, *intercepts]
        return len(own) == len(given) and all(a is b for a, b in zip(own, given))

    def randomize(self, random_state, bound_of):
        """Draws weights and biases from scikit-learn's uniform distribution, in its order."""
        for coef, intercept in zip(self.coefs, self.intercepts):
            bound = bound_of(*coef.shape)
            coef[...] = random_state.uniform(-bound, bound, coef.shape)
            intercept[...] = random_state.uniform(-bound, bound, intercept.shape)
