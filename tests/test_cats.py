"""The drawn animals: only the ears tell a cat, and nothing else in the picture does."""

import numpy as np
import pytest

from bnlib.data.cat_sets import EXAMPLES, TEST, Standardizer, animals, painted, shown, training_set
from bnlib.data.cats import KINDS, draw_animals, draw_kinds
from bnlib.data.coats import BLACK, COLOURS, ORANGE, POSITIONS, WHITE, coats


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def many():
    return draw_animals(np.arange(5000) % len(KINDS), rng(1))


def chance_to_tell(values, labels):
    """How often a random cat has a larger value than a random other animal."""
    ranks = np.argsort(np.argsort(values))
    cats = labels.sum()
    return (ranks[labels == 1].sum() - cats * (cats - 1) / 2) / (cats * (len(labels) - cats))


def test_every_kind_has_as_much_fur(many):
    fur = many.fur.sum(axis=(1, 2))
    means = [fur[many.kinds == kind].mean() for kind in range(len(KINDS))]
    assert np.ptp(means) < 0.02 * np.mean(means)
    assert 0.47 < chance_to_tell(fur, many.labels) < 0.53


@pytest.mark.parametrize("colour", COLOURS)
def test_brightness_and_colour_do_not_tell_a_cat(many, colour):
    pictures = many.painted(coats(colour, len(many), rng(2)))
    for channel in np.moveaxis(pictures.mean(axis=(1, 2)), 1, 0):
        assert 0.46 < chance_to_tell(channel, many.labels) < 0.54


def test_a_kind_changes_nothing_but_the_animal():
    # The same poses are drawn whatever the kinds: the ground and what stands in front stay.
    cats, seals = (draw_animals([kind] * 200, rng(3)) for kind in (0, 4))
    bare = (cats.fur == 0) & (seals.fur == 0)
    assert bare.mean() > 0.3
    np.testing.assert_allclose(cats.rest[bare], seals.rest[bare], rtol=1e-5)
    one, other = rng(3), rng(3)
    draw_animals([0] * 10, one)
    draw_animals([4] * 10, other)
    assert one.random() == other.random()


def test_a_picture_is_linear_in_the_colour_and_within_0_and_1(many):
    black, white = many.painted(BLACK), many.painted(WHITE)
    halfway = many.painted((np.array(BLACK) + WHITE) / 2)
    np.testing.assert_allclose(halfway, (black + white) / 2, atol=1e-6)
    assert black.min() >= 0
    assert white.max() <= 1
    np.testing.assert_array_equal(many.painted(np.tile(ORANGE, (5000, 1))), many.painted(ORANGE))


def test_the_same_seed_draws_the_same_animals_at_any_size():
    small, large = (draw_animals([0, 1, 2, 3, 4], rng(4), side) for side in (16, 64))
    shrunk = large.painted(ORANGE).reshape(5, 16, 4, 16, 4, 3).mean(axis=(2, 4))
    assert np.abs(shrunk - small.painted(ORANGE)).mean() < 0.02


def test_no_two_animals_are_alike(many):
    flat = many.painted(BLACK).reshape(len(many), -1)
    assert len(np.unique(flat.round(3), axis=0)) == len(many)


def test_cats_are_half_and_the_others_share_the_rest():
    drawn = draw_kinds(1000, 0.6, rng(5))
    np.testing.assert_array_equal(np.bincount(drawn), [600, 100, 100, 100, 100])
    assert 0.5 < (drawn[:500] == 0).mean() < 0.7  # in random order
    np.testing.assert_array_equal(draw_kinds(7, 1.0, rng(5)), np.zeros(7))


def test_the_slider_goes_straight_from_black_to_orange():
    way = np.array([coats(position, 1, rng())[0] for position in POSITIONS])
    np.testing.assert_allclose(np.diff(way, axis=0), np.tile(way[1] - way[0], (8, 1)))
    np.testing.assert_allclose(way[[0, -1]], [BLACK, ORANGE])


def test_a_mix_has_a_third_of_each_colour_whatever_the_animal():
    mix = coats("mixed", 6000, rng(6))
    for colour in (BLACK, ORANGE, WHITE):
        assert abs((mix == colour).all(axis=1).mean() - 1 / 3) < 0.03


def test_the_sets_of_a_seed_are_the_same_each_time_and_different_from_one_another():
    drawn = {use: animals(0, use) for use in ("training", "validation", "new")}
    drawn["test"] = shown(0)
    again = animals(0, "new")
    np.testing.assert_array_equal(drawn["new"].rest, again.rest)
    firsts = [each.rest[0] for each in drawn.values()]
    assert len({first.tobytes() for first in firsts}) == 4
    assert len(drawn["test"]) == TEST + len(EXAMPLES)
    assert drawn["test"].kinds[TEST:].tolist() == list(EXAMPLES)
    assert animals(0, "new", share=0.9).labels.mean() == 0.9
    assert animals(1, "new").rest[0].tobytes() != drawn["new"].rest[0].tobytes()


def test_training_pictures_are_standardized_number_by_number():
    x, labels, standardize = training_set(0)
    assert x.shape == (4000, 768)
    assert x.dtype == np.float32
    assert labels.mean() == 0.5
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(x.std(axis=0), 1, atol=1e-4)
    pictures = painted(animals(0, "new"), 1.0, 0)
    np.testing.assert_allclose(standardize(pictures) * standardize.std + standardize.mean,
                               pictures.reshape(1000, -1), atol=1e-5)  # fmt: skip
    np.testing.assert_allclose(Standardizer(pictures)(pictures).mean(axis=0), 0, atol=1e-4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: draw_animals([5], rng()), "indices"),
        (lambda: draw_animals([0.5], rng()), "indices"),
        (lambda: draw_animals([], rng()), "empty"),
        (lambda: draw_animals([0], rng(), side=0), "side"),
        (lambda: draw_animals([0], rng()).painted([0.1, 0.2]), "pass"),
        (lambda: draw_animals([0], rng()).painted([0.1, 0.2, np.nan]), "nan"),
        (lambda: coats("green", 3, rng()), "'green'"),
        (lambda: coats(1.5, 3, rng()), "at most 1"),
        (lambda: coats("white", 0, rng()), "n must be"),
        (lambda: draw_kinds(10, 1.5, rng()), "share"),
        (lambda: animals(0, "tests"), "use"),
    ],
)
def test_nonsense_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_randomness_comes_from_a_generator_alone():
    for call in (lambda: draw_animals([0], 0), lambda: coats("mixed", 2, None)):
        with pytest.raises(TypeError, match="rng"):
            call()
