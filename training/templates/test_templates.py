"""What the generated texts guarantee, whatever the seed."""

import random
import re
import subprocess
import sys
import unittest
from pathlib import Path

from training.templates import generate
from training.templates.frames import LABELS
from training.templates.generator import MINORS, families, family_texts

ROWS = list(generate(3, 6000))


def squeezed(text):
    return re.sub(r"\W+", "", text.lower())


class Rows(unittest.TestCase):
    def test_equal_seeds_give_equal_rows_and_other_seeds_others(self):
        self.assertEqual(list(generate(7, 200)), list(generate(7, 200)))
        self.assertNotEqual(list(generate(7, 200)), list(generate(8, 200)))

    def test_rows_do_not_depend_on_the_hash_seed(self):
        root = Path(__file__).resolve().parents[2]
        command = [sys.executable, "training/templates/__main__.py", "--seed", "5", "--count", "150"]
        outputs = {
            subprocess.run(command, cwd=root, env={"PYTHONHASHSEED": value}, capture_output=True, check=True).stdout
            for value in ("1", "2")
        }
        self.assertEqual(len(outputs), 1)

    def test_the_asked_number_of_rows_comes_with_known_fields_and_labels(self):
        self.assertEqual(len(ROWS), 6000)
        for row in ROWS:
            self.assertEqual(set(row), {"text", "labels", "source", "lang"})
            self.assertEqual((row["source"], row["lang"]), ("sluice_templates", "en"))
            self.assertTrue(row["text"].strip())
            self.assertLessEqual(set(row["labels"]), set(LABELS))
            self.assertLessEqual(set(row["labels"].values()), {0, 1})

    def test_a_harmful_label_is_never_beside_any_0(self):
        harmful = set(LABELS) - {"any", "profanity", "toxic", "jailbreak"}
        for row in ROWS:
            if row["labels"].get("any") == 0:
                self.assertFalse([name for name in harmful if row["labels"].get(name) == 1], row)

    def test_at_most_two_percent_repeat(self):
        distinct = {squeezed(row["text"]) for row in ROWS}
        self.assertGreater(len(distinct), 0.98 * len(ROWS))

    def test_no_brace_or_bracket_of_a_pattern_is_left(self):
        for row in ROWS:
            self.assertIsNone(re.search(r"\{[a-z0-9]+(?:\.\w+)?\}|\[[^\]\n]*\|", row["text"].split("\n\n")[0]), row)

    def test_no_text_with_sexual_1_names_anyone_under_age(self):
        for row in ROWS:
            if row["labels"].get("sexual") == 1:
                self.assertIsNone(MINORS.search(row["text"]), row)

    def test_every_label_occurs_as_0_and_as_1(self):
        for name in LABELS:
            self.assertEqual({row["labels"].get(name) for row in ROWS} & {0, 1}, {0, 1}, name)

    def test_long_texts_are_about_as_often_harmful_as_short_ones(self):
        long_rows = [row for row in ROWS if len(row["text"].split()) >= 40]
        harmful = sum(row["labels"].get("any") == 1 for row in long_rows)
        self.assertGreater(len(long_rows), 600)
        self.assertTrue(0.3 < harmful / len(long_rows) < 0.6)


class Families(unittest.TestCase):
    def test_both_sides_of_a_family_have_many_texts_with_their_label(self):
        for family, grammar in families():
            for harmful in (True, False):
                rng = random.Random(11)
                made = [family_texts(family, grammar, rng, harmful) for _ in range(400)]
                self.assertGreater(len({" ".join(texts) for texts, _, _ in made}), 250, family.name)
                for _, labels, _ in made:
                    expected = None if family.name == "profanity" and not harmful else int(harmful)
                    self.assertEqual(labels.get(family.name), expected)

    def test_every_slot_of_every_pattern_has_fillers(self):
        for family, grammar in families():
            for group in family.harmful + family.harmless:
                for pattern in group.patterns:
                    self.assertEqual(grammar.missing(pattern), set(), pattern)


if __name__ == "__main__":
    unittest.main()
