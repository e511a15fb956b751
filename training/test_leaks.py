"""The leak check drops what repeats evaluation text and nothing else."""

import unittest

from training.leaks import find_leaks

EVALUATION = [
    "They said the quick brown fox jumps over the lazy dog every single morning before breakfast.",
    "Short line!",
]


class FindLeaks(unittest.TestCase):
    def test_an_equal_text_leaks_whatever_its_case_spacing_and_punctuation(self):
        rows = ["SHORT   line", "short-line.", "a short line of something else"]
        self.assertEqual(find_leaks(rows, EVALUATION), [0, 1])

    def test_a_run_of_eight_shared_words_leaks_inside_a_longer_text(self):
        rows = [
            "Well: the quick, brown fox jumps over the lazy dog every single time we look.",
            "the quick brown fox jumps over one lazy cat every single morning",
        ]
        self.assertEqual(find_leaks(rows, EVALUATION), [0])

    def test_a_template_filled_with_another_group_leaks_and_a_short_one_does_not(self):
        evaluation = ["My new boss is a Sikh, I think.", "Turks sing."]
        rows = ["my new boss is an indian i think", "my new boss is a gay man, I think!", "poles sing", "my new boss is late I think"]
        self.assertEqual(find_leaks(rows, evaluation), [0, 1])

    def test_unrelated_and_empty_texts_stay(self):
        self.assertEqual(find_leaks(["", "...", "Something else entirely"], [*EVALUATION, "", "!!!"]), [])


if __name__ == "__main__":
    unittest.main()
