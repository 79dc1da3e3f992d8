"""joblib's way to Dask, with the two gaps closed through which a sweep would be lost."""

from concurrent.futures import Future


def reliable(backend, modules):
    """A Dask backend that reports what goes wrong, and leaves every run to the cluster.

    joblib's own waits forever for a task that Dask gave up because it kills its workers, and so
    does Dask for one whose module its workers lack. And while a single worker is left, joblib
    would run the tasks in this process.

    Parameters
    ----------
    backend : joblib backend
        The active one.
    modules : list of str
        What a worker must be able to import.

    Returns
    -------
    joblib backend
        `backend` itself if it is not Dask's, else one with the same client and settings.

    Raises
    ------
    ImportError
        When a worker lacks a module.

    Examples
    --------
    >>> import joblib
    >>> backend, _ = joblib.parallel.get_active_backend()
    >>> reliable(backend, modules=[]) is backend
    True
    """
    if type(backend).__name__ != "DaskDistributedBackend":
        return backend
    for module in modules:
        backend.client.run(exec, f"import {module}")

    class Reliable(type(backend)):
        def effective_n_jobs(self, n_jobs):
            return max(2, super().effective_n_jobs(n_jobs))  # 1 would mean this process

        def submit(self, func, callback=None):
            future = super().submit(func, callback)
            future.add_done_callback(lambda done: callback(done) if done.exception() else None)
            return future

        def retrieve_result_callback(self, out):
            return (
                out.result() if isinstance(out, Future) else super().retrieve_result_callback(out)
            )

    waiting = backend.wait_for_workers_timeout
    kept = backend.submit_kwargs
    return Reliable(client=backend.client, wait_for_workers_timeout=waiting, **kept)
