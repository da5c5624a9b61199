"""Plants violations in a temporary tree: layering.py must find each, and nothing else."""
import pathlib
import tempfile
import unittest

import layering


class LayeringTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.write("CMakeLists.txt", "amsel_layer(base LIBRARIES x)\namsel_layer(stats DEPENDS base)\n"
                   "if(ON)\n  amsel_layer(policy DEPENDS stats LIBRARIES a\n  b)\nendif()\namsel_layer(card DEPENDS base)\n")
        self.write("src/base/file.h", "#include <string>\n")
        self.write("src/stats/folds.h", '#include "base/file.h"\n')
        self.write("src/policy/policy.h", '#include "stats/folds.h"\n')
        self.write("src/card/card.h", '#include "base/file.h"\n')
        self.write("include/amsel/result.h", '#include <variant>\n#include <stdint.h>\n#include "amsel/image.h"\n')

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def found(self):
        return [text.replace(f"{self.root}/", "") for text in layering.violations(self.root)]

    def test_downward_includes_are_fine(self):
        self.write("src/policy/chain.cc", '#include "policy/chain.h"\n#include "base/file.h"\n#include "amsel/result.h"\n'
                   "#include <sys/stat.h>\n#include <opencv2/core.hpp>\n")
        self.assertEqual(self.found(), [])

    def test_every_upward_include_is_listed(self):
        self.write("src/base/a.cc", '#include "policy/policy.h"\n\n# include <stats/folds.h>\n')
        self.assertEqual(self.found(), ["src/base/a.cc:1: base may not include policy",
                                        "src/base/a.cc:3: base may not include stats"])

    def test_a_layer_sees_only_what_the_build_says_that_it_depends_on(self):
        self.write("src/policy/a.cc", '#include "card/card.h"\n')
        self.assertEqual(self.found(), ["src/policy/a.cc:1: policy may not include card"])

    def test_the_command_line_sees_all(self):
        self.write("src/cli/main.cc", '#include "card/card.h"\n#include "policy/policy.h"\n')
        self.assertEqual(self.found(), [])

    def test_the_table_names_folders_in_order_and_nothing_idle(self):
        self.write("CMakeLists.txt", "amsel_layer(base)\namsel_layer(stats DEPENDS base policy)\n"
                   "amsel_layer(policy DEPENDS base stats)\namsel_layer(card DEPENDS base)\namsel_layer(gone DEPENDS base)\n")
        self.assertEqual(self.found(), ["CMakeLists.txt: stats depends on policy, which does not stand before it",
                                        "CMakeLists.txt: policy depends on base, of which it includes nothing",
                                        "CMakeLists.txt: the layer gone has no folder"])

    def test_a_test_may_borrow_from_above(self):
        self.write("src/base/a_test.cc", '#include "policy/policy.h"\n')
        self.assertEqual(self.found(), [])

    def test_an_unknown_folder_is_an_error(self):
        self.write("src/utils/a.h", "")
        self.write("src/stray.cc", "")
        self.assertEqual(self.found(), ["src/stray.cc: no layer has this name", "src/utils: no layer has this name"])

    def test_a_quoted_include_names_a_layer(self):
        self.write("src/card/a.cc", '#include "b.h"\n#include "../policy/policy.h"\n')
        self.assertEqual(len(self.found()), 2)

    def test_a_public_header_sees_no_layer_and_no_third_party(self):
        self.write("include/amsel/engine.h", '#include "base/file.h"\n#include <opencv2/core.hpp>\n#include <sqlite3.h>\n')
        self.assertEqual(len(self.found()), 3)


if __name__ == "__main__":
    unittest.main()
