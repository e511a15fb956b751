"""What the written texts guarantee, whatever the seed, and that texts and attacks are what they say."""

import random
import re
import unittest
from pathlib import Path

from training.encode import load_encoder
from training.fairness import GROUPS, statements
from training.templates.everyday import SLOTS as EVERYDAY
from training.templates.frames import LABELS
from training.templates.generator import MINORS
from training.templates.grammar import Grammar
from training.templates.lexicon import COMMON
from training.write import write
from training.write.disguise import ATTACKS, disguise_rows
from training.write.languages import KINDS, TEXTS, write_languages
from training.write.rows import FAMILIES

ROWS = list(write(3, 6000))
MODEL = Path(__file__).resolve().parents[2] / "models" / "sluice-guard"


class Rows(unittest.TestCase):
    def test_equal_seeds_give_equal_rows_and_other_seeds_others(self):
        self.assertEqual(list(write(7, 300)), list(write(7, 300)))
        self.assertNotEqual(list(write(7, 300)), list(write(8, 300)))

    def test_rows_are_distinct_and_as_many_as_asked(self):
        self.assertEqual(len(ROWS), 6000)
        distinct = {re.sub(r"\W+", "", row["text"].lower()) for row in ROWS}
        self.assertGreater(len(distinct), 0.98 * len(ROWS))

    def test_labels_are_known_and_no_harm_stands_beside_any_0(self):
        harms = set(LABELS) - {"any", "profanity", "toxic", "jailbreak"}
        for row in ROWS:
            self.assertLessEqual(set(row["labels"]), set(LABELS))
            if row["labels"].get("any") == 0:
                self.assertFalse([h for h in harms if row["labels"].get(h) == 1], row)

    def test_every_family_and_language_has_both_sides(self):
        for name in ("hate", "harassment", "violence", "self_harm", "sexual", "dangerous", "jailbreak"):
            for value in (0, 1):
                self.assertGreater(sum(row["labels"].get(name) == value for row in ROWS), 50, (name, value))
        sides = {(row["lang"], row["labels"].get("any")) for row in write_languages(1, most=20)}
        for lang, (_, *kinds) in TEXTS.items():
            self.assertEqual(len(kinds), len(KINDS), lang)
            self.assertLessEqual({(lang, 0), (lang, 1)}, sides)

    def test_no_pattern_names_a_slot_that_nobody_fills(self):
        grammar = Grammar(COMMON, EVERYDAY)
        for family in FAMILIES:
            own = grammar.with_slots(family.slots)
            for group in (*family.harmful, *family.harmless):
                for pattern in group.patterns:
                    self.assertFalse(own.missing(pattern), pattern)

    def test_no_text_with_sexual_1_names_anyone_under_age(self):
        for row in ROWS:
            if row["labels"].get("sexual") == 1:
                self.assertIsNone(MINORS.search(row["text"]), row)


class Disguises(unittest.TestCase):
    def test_every_attack_changes_a_sentence_and_keeps_its_words_or_wraps_them(self):
        text = "somebody should really hurt the people over there"
        for name, attack in ATTACKS.items():
            self.assertNotEqual(attack(random.Random(1), text), text, name)

    def test_disguised_rows_keep_labels_and_source(self):
        out = disguise_rows(random.Random(1), ROWS[:50], 20)
        self.assertEqual(len(out), 20)
        known = {(str(r["labels"]), r["source"]) for r in ROWS[:50]}
        self.assertTrue(all((str(r["labels"]), r["source"]) in known for r in out))


class Statements(unittest.TestCase):
    def test_every_group_gets_the_same_number_of_sentences(self):
        counts = {group: sum(g == group for g, _ in statements()) for group in GROUPS}
        self.assertEqual(len(set(counts.values())), 1)


class Encoder(unittest.TestCase):
    @unittest.skipUnless((MODEL / "tokenizer.json").exists(), "SKIPPED: the shipped tokenizer is not there")
    def test_words_are_merged_and_unknown_letters_become_bytes(self):
        encode = load_encoder(MODEL / "tokenizer.json")
        self.assertEqual(encode([""]), [[]])
        plain, doubled = encode(["the weather", "the weather the weather"])
        self.assertEqual(doubled, plain * 2)
        self.assertEqual(len(encode(["\U00013000"])[0]), 5)  # the space mark and four bytes


if __name__ == "__main__":
    unittest.main()
