"""Statistics for test time: by hand where that is possible, else held to fresh seeds.

The margins were written down before the fresh seeds were run.
"""

import numpy as np
import pytest

import bnlib
from bnlib.experiments import small_batches
from bnlib.experiments.batch_statistics import (
    STARTS,
    answers_in_batches,
    batch_norms,
    last_batch,
    moving_average,
    population,
    use,
)
from bnlib.experiments.inference_statistics import DECAYS, LOOKS, load_stored, measure
from bnlib.experiments.interval import interval
from bnlib.experiments.small_batches import BATCH_SIZES, CHECK_SEEDS, SEEDS, STEPS, build


@pytest.fixture(scope="module")
def found():
    return load_stored()


@pytest.fixture(scope="module")
def fresh():
    """Batches of 128, three seeds that nothing else has used."""
    return measure(batch_sizes=(128,), seeds=CHECK_SEEDS[:3])


@pytest.fixture
def trained():
    """A network after 20 steps, its training images, and those of its last batch."""
    images = bnlib.load_digits().split(0)[0]
    network = build("batch", 0, ema_decay=0)
    rows = list(_first(20, bnlib.minibatches(len(images), 32, np.random.default_rng(1))))
    bnlib.train(
        network,
        images.x,
        images.labels,
        steps=20,
        batch_size=32,
        optimizer=bnlib.SGD(1e-9),  # the weights stay, so the last batch can be measured again
        rng=np.random.default_rng(1),
    )
    return network, images, images.x[rows[-1]]


def _first(n, batches):
    return (next(batches) for _ in range(n))


def test_an_average_from_zero_has_39_5_percent_of_the_truth_after_50_steps():
    values = {}
    for start in STARTS:
        average = moving_average(0.99, start, 1)
        for _ in range(50):
            average.update([[4.0], [4.0]])
        values[start] = average.value[1, 0] / 4
    assert values["zero"] == pytest.approx(1 - 0.99**50)
    assert f"{values['zero']:.1%}" == "39.5%"
    assert values["corrected"] == pytest.approx(1)
    assert values["frameworks"] == pytest.approx(1 - 0.99**50 * (1 - 1 / 4))


def test_what_a_step_measured_is_the_batch_s_mean_and_unbiased_variance(trained):
    network, _, x = trained
    z = x.astype(np.float64) @ network.layers[0].params["W"]
    mean, var = last_batch(network)[:, : z.shape[1]]
    np.testing.assert_allclose(mean, z.mean(0), atol=1e-5)
    np.testing.assert_allclose(var, z.var(0, ddof=1), rtol=1e-4)


def test_what_is_used_is_what_inference_uses(trained):
    network, images, _ = trained
    everything = population(network, images.x)
    first = network.forward(images.x[:5], training=False)
    use(network, np.ones_like(everything))
    assert np.abs(network.forward(images.x[:5], training=False) - first).max() > 0.1
    use(network, everything)
    np.testing.assert_array_equal(network.forward(images.x[:5], training=False), first)


def test_answers_in_batches_are_those_of_one_batch_after_another(trained):
    network, images, _ = trained
    ghosts = build("batch", 0, ghost_batch_size=8)
    ghosts.theta = network.theta
    order = np.random.default_rng(0).permutation(100)
    rows, answers = answers_in_batches(ghosts, images.x, order)
    np.testing.assert_array_equal(rows, order[:96])
    for start in range(0, 96, 8):
        part = rows[start : start + 8]
        alone = network.forward(images.x[part], training=True).argmax(axis=1)
        np.testing.assert_array_equal(answers[start : start + 8], alone)


def test_either_norm_starts_from_the_same_weights():
    batch, group = (build(norm, 3).layers for norm in small_batches.NORMS)
    for one, other in zip(batch, group, strict=True):
        if "W" in one.params:
            np.testing.assert_array_equal(one.params["W"], other.params["W"])
    assert len(batch_norms(build("batch", 0))) == 3


def test_the_stored_result_has_20_seeds_for_every_combination(found):
    shape = (len(BATCH_SIZES), len(SEEDS))
    assert found.error.shape == (*shape, len(DECAYS), len(STARTS), len(LOOKS))
    assert found.population_error.shape == found.batch_error.shape == (*shape, len(LOOKS))
    assert found.batch_var.shape == (len(BATCH_SIZES), STEPS)
    assert {len(errors) for errors in small_batches.load_stored().group_error.values()} == {20}
    assert not {*SEEDS} & {*small_batches.TUNING_SEEDS, *CHECK_SEEDS}


def test_a_stored_run_comes_out_again(found):
    again = measure(batch_sizes=(32,), seeds=SEEDS[:1])
    i = BATCH_SIZES.index(32)
    # Another processor rounds otherwise: hence the margins, of five test images in 400.
    np.testing.assert_allclose(
        again.error[0, 0, :, :, -1], found.error[i, 0, :, :, -1], atol=0.0126
    )
    np.testing.assert_allclose(again.off[0, 0, 1:, 1], found.off[i, 0, 1:, 1], atol=0.03)
    np.testing.assert_allclose(again.batch_var[0, :20], found.batch_var[i, :20], rtol=0.02)
    np.testing.assert_allclose(again.true_var[0, :20], found.true_var[i, :20], rtol=0.02)


def test_the_truth_is_what_recalibrating_finds(found):
    images = bnlib.load_digits().split(0, dtype=np.float32)[0]
    network = build("batch", 0, ema_decay=0)
    m = 2  # whose rate is so small that one step hardly matters
    assert population(network, images.x)[1, 0] == pytest.approx(
        found.true_var[BATCH_SIZES.index(m), 0], rel=0.02
    )


def test_on_fresh_seeds_correction_matters_early_and_not_at_the_end(fresh):
    early, late = fresh.error[0, :, 2, :, LOOKS.index(50)], fresh.error[0, :, 2, :, -1]
    zero, corrected, frameworks = early.mean(axis=0)
    assert min(zero, frameworks) > corrected + 0.05
    assert np.ptp(late.mean(axis=0)) < 0.01


def test_on_fresh_seeds_all_images_beat_the_average_while_the_network_moves(fresh):
    f = LOOKS.index(30)
    average = fresh.error[0, :, 2, 1, f].mean()
    assert average > fresh.population_error[0, :, f].mean() + 0.01
    assert abs(fresh.error[0, :, 2, 1, -1] - fresh.population_error[0, :, -1]).mean() < 0.01


def test_on_fresh_seeds_batches_sorted_by_digit_ruin_the_answers(fresh):
    assert fresh.batch_error[0, :, -1].mean() < 0.06
    assert fresh.sorted_error.mean() > 0.2
    assert 0 < fresh.changed.mean() < 0.05


def test_on_fresh_seeds_spoilt_averages_are_bad_without_memory_alone(fresh):
    harm = fresh.spoilt[0].mean(axis=0) - fresh.error[0, :, :, 1, -1].mean(axis=0)
    assert harm[0] > 0.08
    assert abs(harm[1:]).max() < 0.03


def test_group_norm_wins_at_two_and_batch_norm_from_eight_on(found):
    group = small_batches.load_stored().group_error
    lead = [
        interval(group[m] - found.population_error[i, :, -1]) for i, m in enumerate(BATCH_SIZES)
    ]
    assert lead[0].mean + lead[0].half_width < -0.3
    assert all(each.mean - each.half_width > 0 for each in lead[2:])


def test_on_fresh_seeds_batches_of_two_are_too_few_for_batch_norm_and_not_for_group_norm():
    settings = small_batches.load_stored().settings
    batch, group = (
        small_batches.measure(settings[norm, 2], CHECK_SEEDS).mean() for norm in ("batch", "group")
    )
    assert batch > 0.4
    assert group < 0.25


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: load_stored().averaged(3, 0.9), ValueError, "batch_size must be one of"),
        (lambda: load_stored().averaged(2, 0.8), ValueError, "decay must be one of"),
        (lambda: load_stored().estimate_off(2, 0.9, "one"), ValueError, "start must be one of"),
        (lambda: measure(batch_sizes=(16,)), ValueError, "batch_size must be one of"),
        (lambda: measure(seeds=()), ValueError, "empty"),
        (lambda: moving_average(0.9, "one", 3), ValueError, "start must be one of"),
        (lambda: build("layer", 0), ValueError, "norm must be one of"),
        (lambda: small_batches.measure("batch"), TypeError, "must be a Setting"),
        (lambda: small_batches.tune("batch", 8, seeds=()), ValueError, "seeds is empty"),
    ],
)
def test_what_was_not_measured_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
