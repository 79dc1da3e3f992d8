"""The one idea of every normalization here: choose which values share a mean and a variance.

`means` is that choice: it replaces every value by the mean of its group, in a shape that
broadcasts against x. Batch norm averages down the columns of (N, D); the other norms average along
the rows of (groups, values); ghost batches and stacked networks do it in each (m, D) of a stack.
"""

import numpy as np


def standardize(x, means, x_centered=None, scratch=None):
    """Centre x and measure its spread, in two passes; unchecked.

    Parameters
    ----------
    x : array
    means : callable
        Takes an array like x to the means of its groups.
    x_centered, scratch : arrays shaped like x, optional
        Written into; by default, new ones. Whoever needs an array for the result can pass it for
        `scratch` first.

    Returns
    -------
    x_centered : array shaped like x
        x - mean.
    remainder : array shaped like means(x)
        The mean of `x_centered`: what rounding left of it, 0 in exact arithmetic.
    mean, var : arrays shaped like means(x)
        `var` has the number of values as its divisor.
    """
    mean = means(x)
    x_centered = np.subtract(x, mean, out=x_centered)
    remainder = means(x_centered)
    var = means(np.multiply(x_centered, x_centered, out=scratch))
    var -= remainder * remainder
    np.abs(var, out=var)  # rounding may leave a constant group a hair below 0
    return x_centered, remainder, mean, var
