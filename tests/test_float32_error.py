"""What float32 loses: the stored errors come out again, and the ways differ as the book says.

An error is a rounding error: which digits it has depends on the processor. Decided beforehand:
medians that are compared may differ by a factor of ten.
"""

import numpy as np
import pytest

from bnlib.experiments.float32_error import (
    CHECK_SEEDS,
    SEEDS,
    WAYS,
    batch,
    benchmarked,
    load_stored,
    measure,
    pytorch,
)

FACTOR = 10


@pytest.fixture(scope="module")
def results():
    return load_stored()


@pytest.fixture(scope="module")
def fresh(results):
    return measure(CHECK_SEEDS, results.offsets, results.rows[:4].tolist())


@pytest.mark.parametrize("way", WAYS)
def test_fresh_seeds_lose_as_much_as_the_stored_ones(results, fresh, way):
    pairs = [
        (results.by_offset[way], fresh.by_offset[way]),
        (results.by_rows[way][:, :4], fresh.by_rows[way]),
    ]
    for ours, theirs in pairs:
        ours, theirs = (np.minimum(np.median(each, axis=0), 1) for each in (ours, theirs))
        assert (ours < FACTOR * theirs).all(), (ours, theirs)
        assert (theirs < FACTOR * ours).all(), (ours, theirs)


def test_the_engine_keeps_its_digits_everywhere(results, fresh):
    for each in (results, fresh):
        assert max(each.by_offset["bnlib"].max(), each.by_rows["bnlib"].max()) < 1e-6
    assert results.by_rows["bnlib"].shape == (len(SEEDS), 5)


def test_without_blocks_many_rows_lose_digits(results):
    assert np.median(results.by_rows["and remainder"][:, -1]) > 1e-5


def test_the_mean_of_squares_has_no_digit_left_at_10_000_and_is_often_negative(results):
    at = results.offsets == 1e4
    assert np.median(results.by_offset["mean of squares"][:, at]) > 0.3
    assert 0.3 < results.negative[:, at].mean() < 0.7
    assert results.negative[:, results.offsets < 1e3].max() == 0


def test_two_passes_lose_a_digit_with_each_digit_of_the_offset(results):
    middle = np.median(results.by_offset["two passes"], axis=0)[1:6]
    assert (np.diff(np.log10(middle)) > 0.5).all()


def test_what_is_kept_of_pytorch_is_what_the_benchmark_found():
    kept, found = pytorch(), benchmarked()
    assert kept["y"].keys() == found["y"].keys()
    for rows, error in kept["y"].items():
        assert 1 / FACTOR < error / found["y"][rows] < FACTOR


def test_a_file_without_the_table_is_refused(tmp_path):
    path = tmp_path / "results.md"
    with pytest.raises(ValueError, match="there is no"):
        benchmarked(path)
    path.write_text("PyTorch 2.0, but no table")
    with pytest.raises(ValueError, match="make bench"):
        benchmarked(path)


@pytest.mark.parametrize("arguments", [(np.inf, 32, 0), (0.0, 1, 0)])
def test_a_batch_refuses(arguments):
    with pytest.raises(ValueError, match=r"offset|rows"):
        batch(*arguments)


def test_no_seeds_are_refused():
    with pytest.raises(ValueError, match="seeds"):
        measure(seeds=())


def test_the_summary_has_a_line_for_each_way(results):
    assert len(results.summary().splitlines()) == 2 + 2 * len(WAYS)
