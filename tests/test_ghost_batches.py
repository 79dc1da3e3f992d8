"""Test error against the group: are the stored results what the code gives, and no lucky draw?

The margins were written down before the fresh seeds were run.
"""

import numpy as np
import pytest

from bnlib.experiments.ghost_batches import COMMON, groups_of, load_stored, measure, tune
from bnlib.experiments.judged_networks import CHECK_SEEDS, SEEDS, TUNING_SEEDS, best, outcomes
from bnlib.experiments.regularized_networks import DATA, Setting, build, trained, training_set


@pytest.fixture(scope="module")
def results():
    return load_stored()


@pytest.fixture(scope="module")
def fresh():
    return measure("noisy", (None, 2, 4, 256), CHECK_SEEDS[:5])


def test_the_stored_results_cover_every_group_and_the_tuned_ones(results):
    assert list(results) == list(DATA)
    for data, result in results.items():
        assert list(result.networks) == [None, *groups_of(data)]
        tuned = [group for group, network in result.networks.items() if network.tuned]
        assert tuned == [None, 4, 16, groups_of(data)[-1]]
        for network in result.networks.values():
            assert network.common.error.shape == (len(SEEDS),)
    assert not {*SEEDS} & {*TUNING_SEEDS, *CHECK_SEEDS}
    assert not {*TUNING_SEEDS} & {*CHECK_SEEDS}


@pytest.mark.parametrize("group", [None, 4, 256])
def test_three_of_the_stored_runs_come_out_again(results, group):
    again = measure("noisy", [group], SEEDS[:3])[group]
    known = results["noisy"].networks[group].common
    # Another processor rounds otherwise: hence the margins.
    np.testing.assert_allclose(again.error, known.error[:3], atol=0.04)
    np.testing.assert_allclose(again.wrong_fitted, known.wrong_fitted[:3], atol=0.12)


def test_the_common_setting_suits_the_largest_group_on_clean_labels(results):
    network = results["clean"].networks[256]
    assert abs(np.mean(network.common.error - network.tuned.error)) < 0.01


def test_on_fresh_seeds_groups_of_4_learn_fewer_wrong_labels_and_err_less(fresh):
    assert fresh[256].wrong_fitted.min() > 0.9
    assert fresh[4].wrong_fitted.max() < 0.5
    assert (fresh[256].error - fresh[4].error).mean() > 0.05
    assert (fresh[None].error - fresh[4].error).mean() > 0.05


def test_on_fresh_seeds_groups_of_2_fail_and_their_own_statistics_do_not_help(fresh):
    assert fresh[2].error.mean() > 0.22
    assert (fresh[2].error_in_groups > fresh[2].error).all()


def test_on_fresh_seeds_the_largest_groups_are_alike():
    pair = measure("noisy", (64, 256), CHECK_SEEDS[:4])
    assert abs(np.mean(pair[64].error - pair[256].error)) < 0.03


def test_on_fresh_seeds_a_tuned_network_without_batch_norm_needs_no_noise(results):
    tuned = results["noisy"].networks[None].setting
    error = outcomes("noisy", [tuned], CHECK_SEEDS)[tuned].error
    assert abs(error.mean() - results["noisy"].networks[None].tuned.error.mean()) < 0.03


def test_differences_are_paired_and_in_points(results):
    noisy = results["noisy"]
    errors = [noisy.networks[group].common.error for group in (4, 256)]
    mean = noisy.difference(4, 256).mean
    np.testing.assert_allclose(mean, 100 * (errors[0] - errors[1]).mean())
    assert noisy.difference(4, 4).half_width == 0


def test_a_fifth_of_the_labels_is_wrong_and_the_same_for_every_setting():
    x, labels, wrong = training_set("noisy", 3)
    right = training_set("clean", 3)[1]
    assert len(x) == 512
    assert wrong.sum() == round(0.2 * 512)
    assert ((labels != right) == wrong).all()
    assert (training_set("noisy", 3)[1] == labels).all()
    assert not training_set("few", 3)[2].any()
    assert {*labels} <= set(range(10))


def test_networks_differ_in_their_norm_alone():
    plain, ghost, whole = (build(Setting(group), 0, 256) for group in (None, 4, 256))
    assert ghost.layers[1].ghost_batch_size == 4
    assert whole.layers[1].ghost_batch_size is None
    for other in (ghost, whole):
        np.testing.assert_array_equal(other.layers[0].params["W"], plain.layers[0].params["W"])
    assert "b" not in ghost.layers[0].params


def test_ghost_batches_of_the_whole_batch_train_the_same_network():
    from bnlib.experiments import regularized_networks

    whole = trained("few", Setting(128), [0])[0]
    network = build(Setting(128), 0, batch=256)  # so that it gets ghost batches of 128
    assert network.layers[1].ghost_batch_size == 128
    x, labels, _ = training_set("few", 0)
    regularized_networks.train(
        network, x, labels, steps=regularized_networks.STEPS, batch_size=128,
        optimizer=regularized_networks.SGD(0.1, 0.9), rng=np.random.default_rng([0, 1]),
    )  # fmt: skip
    same = network.predict(x) == whole.predict(x)
    assert same.all()


def test_tuning_tries_rates_and_momenta_then_gains(monkeypatch):
    rates = {0.0: (0.1,), 0.9: (0.03,)}
    monkeypatch.setattr("bnlib.experiments.ghost_batches.RATES", rates)
    tried = tune("few", 128, seeds=(100, 101))
    assert len(tried) == 4
    assert {setting.gain for setting in tried} == {1.0, 2**0.5, 2.0}
    assert tried[best(tried)].error.mean() == min(o.error.mean() for o in tried.values())


def test_a_run_that_diverges_counts_as_all_wrong():
    wild = Setting(None, learning_rate=1e30)
    outcome = outcomes("few", [wild], (0, 1))[wild]
    assert (outcome.error == 1).all()
    assert not outcome.wrong_fitted.any()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: measure("dirty", (4,)), "data must be one of"),
        (lambda: measure("noisy", ()), "settings has 0"),
        (lambda: outcomes("noisy", [COMMON], part="train"), "part must be one of"),
        (lambda: measure("noisy", (3,), (0,)), "ghost_batch_size=3"),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
