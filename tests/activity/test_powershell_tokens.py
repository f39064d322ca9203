import pytest

from magistrate.activity.powershell_tokens import MAX_TOKENS, TokenKind, fold_strings, tokenize


def kinds(text):
    return [(token.kind, token.text) for token in tokenize(text)]


@pytest.mark.parametrize("text", ["# all of it", "<# all\nof it #>", "   "])
def test_comments_and_blanks_give_no_token(text):
    assert kinds(text) == []


def test_back_ticks_are_removed_from_words():
    assert kinds("G`et-It") == [(TokenKind.WORD, "Get-It")]


def test_a_line_that_goes_on_is_no_new_line():
    assert TokenKind.NEWLINE not in {kind for kind, _ in kinds("Get-It `\n -Name x")}


def test_a_here_string_is_one_string():
    assert kinds("@'\na 'b' c\n'@") == [(TokenKind.STRING, "a 'b' c")]


def test_a_type_is_told_from_an_index():
    assert kinds("[wmi]$a[0]")[0] == (TokenKind.TYPE, "wmi")


@pytest.mark.parametrize(
    ("text", "value"),
    [("'a'+'b'", "ab"), ("'{1}{0}' -f 'b','a'", "ab"), ("'a' + 'b' + 'c'", "abc"), ("'{0}' -f $x", "{0}")],
)
def test_strings_written_in_parts_are_put_together(text, value):
    tokens, _ = fold_strings(tokenize(text))

    assert tokens[0].text == value


def test_an_unclosed_comment_ends_the_reading():
    assert kinds("a <# b") == [(TokenKind.WORD, "a")]


def test_the_number_of_tokens_is_bounded():
    assert len(tokenize("a;" * MAX_TOKENS)) <= MAX_TOKENS
