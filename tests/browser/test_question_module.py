"""A question on a page: it tells nothing before the guess, and all of it after."""

import pytest

from bnlib.widgets import Question

pytestmark = pytest.mark.browser

DRAW = """async ([texts, contents]) => {
  document.body.replaceChildren();
  for (const content of contents) {
    const address = URL.createObjectURL(new Blob([texts], { type: "text/javascript" }));
    const { default: widget } = await import(address);
    widget.render({ model: { get: () => content }, el: document.body });
  }
}"""


@pytest.fixture
def page(blank):
    """A page with two questions; of both, the second answer is right."""
    texts = [
        Question("Which of <b>x</b>?", ["one", "`two`"], answer=1, because="It is 10^{-3}."),
        Question("And now?", ["left", "right"], answer=1, because="So."),
    ]
    blank.evaluate(DRAW, [Question._esm, [question.content for question in texts]])
    return blank


@pytest.fixture
def question(page):
    return page.locator(".bn-widget").first


def guess(question, option):
    question.get_by_label(option).check()
    question.get_by_role("button", name="Check").click()


def marks(question):
    return question.locator(".bnq-mark").all_inner_texts()


def test_before_the_guess_it_tells_nothing(question):
    assert "It is" not in question.inner_text()
    question.get_by_label("one").check()
    assert "It is" not in question.inner_text()
    assert question.locator("output").inner_text() == "Your guess: one. Check it."


def test_checking_without_a_guess_asks_for_one(question):
    question.get_by_role("button", name="Check").click()
    assert question.locator("output").inner_text().startswith("Choose an answer first")


def test_a_right_guess(question):
    guess(question, "two")
    assert question.locator("output").inner_text() == "Right. It is 10−3."
    assert marks(question) == ["", "your guess, and right"]


def test_a_wrong_guess_is_told_what_is_right(question):
    guess(question, "one")
    assert question.locator("output").inner_text() == "Not quite. The answer: two. It is 10−3."
    assert marks(question) == ["your guess", "right"]
    assert question.locator("input:enabled").count() == 0


def test_the_keyboard_alone_does(page, question):
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    assert question.locator("output").inner_text() == "Your guess: two. Check it."
    page.keyboard.press("Enter")
    assert question.locator("output").inner_text().startswith("Right.")
    assert page.evaluate("document.activeElement.textContent") == "Check"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert question.locator("output").inner_text() == "Choose one, then check it."
    assert question.locator("input:enabled").count() == 2
    assert question.locator("input:checked").count() == 0


def test_two_questions_do_not_share_a_guess(page):
    first, second = page.locator(".bn-widget").all()
    first.get_by_label("one").check()
    second.get_by_label("left").check()
    assert page.locator("input:checked").count() == 2


def test_text_is_never_taken_for_html(question):
    assert question.locator("legend").inner_text() == "Predict. Which of <b>x</b>?"
    assert question.locator("legend b").count() == 1  # "Predict." alone
    assert question.locator("label code").inner_text() == "two"
