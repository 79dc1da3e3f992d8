"""Several jobs at once, each in a process of its own; some wait for another to end."""

import contextlib
import multiprocessing
import time
from multiprocessing.connection import wait

_START = multiprocessing.get_context("spawn")  # a child reads the environment anew, as NumPy does


def side_by_side(work, names, *, after=None, together=2):
    """Call `work(name, line)` in a process of its own for each name, a few at a time.

    Parameters
    ----------
    work : function
        From the top of a module. `line`, 0 to `together` - 1, tells the jobs apart that run at the
        same time. What it returns has to be picklable.
    names : sequence of str
        Started in this order, as far as `after` allows.
    after : dict of str to str, optional
        What each name waits for, where that is among the names, too.
    together : int
        How many run at the same time.

    Yields
    ------
    name : str
        Of a job that has ended; the next one starts when the caller goes on.
    result
        What `work` returned.
    seconds : float
        What it took.

    Raises
    ------
    RuntimeError
        When a job fails, whose own message is on stderr, or when jobs wait for one another. The
        others are stopped then, and whenever the caller leaves.
    """
    waiting, after = list(names), after or {}
    running, lines = {}, list(range(together))
    try:
        while waiting or running:
            for name in list(waiting):
                open_ones = {*waiting, *(job.name for job in running.values())}
                if lines and after.get(name) not in open_ones:
                    job = _Job(work, name, lines.pop(0))
                    running[job.receiver] = job
                    waiting.remove(name)
            if not running:
                raise RuntimeError(f"{', '.join(waiting)} wait for one another")
            for receiver in wait(list(running)):
                job = running.pop(receiver)
                lines.append(job.line)
                yield job.name, *job.outcome()
    except KeyboardInterrupt:  # Ctrl+C interrupts the jobs as well: they may tidy up
        for job in running.values():
            job.process.join(_GRACE)
        raise
    finally:
        for job in running.values():
            job.process.terminate()
            job.process.join()


_GRACE = 5  # seconds


class _Job:
    def __init__(self, work, name, line):
        self.name, self.line, self._start = name, line, time.monotonic()
        self.receiver, sender = _START.Pipe(duplex=False)
        self.process = _START.Process(target=_send, args=(work, name, line, sender))
        self.process.start()
        sender.close()  # the child's own is then the only one: without it, `receiver` ends

    def outcome(self):
        try:
            result = self.receiver.recv()
        except EOFError:
            self.process.join()
            raise RuntimeError(
                f"{self.name} failed, with the exit status {self.process.exitcode}"
            ) from None
        self.process.join()
        return result, time.monotonic() - self._start


def _send(work, name, line, sender):
    with contextlib.suppress(KeyboardInterrupt):  # the parent, interrupted too, says so
        sender.send(work(name, line))
