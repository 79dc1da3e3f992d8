"""Numbers as the effects of findings write them."""


def signed(found, spec):
    """A difference with its sign: "+0.44 ± 0.60", "−0.03 ± 0.41".

    Parameters
    ----------
    found : Interval
    spec : str
        A format such as ".2f".

    Returns
    -------
    str
    """
    return f"{found.mean:+z{spec}} ± {found.half_width:{spec}}".replace("-", "−")
