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
        self.write("src/base/file.h", "#include <string>\n")
        self.write("include/amsel/result.h", '#include <variant>\n#include <stdint.h>\n#include "amsel/image.h"\n')

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def found(self):
        return [text.replace(f"{self.root}/", "") for text in layering.violations(self.root)]

    def test_downward_includes_are_fine(self):
        self.write("src/policy/chain.cc", '#include "policy/chain.h"\n#include "stats/folds.h"\n#include "amsel/result.h"\n'
                   "#include <sys/stat.h>\n#include <opencv2/core.hpp>\n")
        self.assertEqual(self.found(), [])

    def test_every_upward_include_is_listed(self):
        self.write("src/base/a.cc", '#include "runtime/engine.h"\n\n# include <learn/knn.h>\n')
        self.assertEqual(self.found(), ["src/base/a.cc:1: base may not include runtime",
                                        "src/base/a.cc:3: base may not include learn"])

    def test_folders_of_one_tier_do_not_see_each_other(self):
        self.write("src/capi/a.cc", '#include "profile/store.h"\n')
        self.assertEqual(self.found(), ["src/capi/a.cc:1: capi may not include profile"])

    def test_a_test_may_borrow_from_above(self):
        self.write("src/base/a_test.cc", '#include "runtime/engine.h"\n')
        self.assertEqual(self.found(), [])

    def test_an_unknown_folder_is_an_error(self):
        self.write("src/utils/a.h", "")
        self.write("src/stray.cc", "")
        self.assertEqual(self.found(), ["src/stray.cc: no layer has this name", "src/utils: no layer has this name"])

    def test_a_quoted_include_names_a_layer(self):
        self.write("src/card/a.cc", '#include "b.h"\n#include "../runtime/engine.h"\n')
        self.assertEqual(len(self.found()), 2)

    def test_a_public_header_sees_no_layer_and_no_third_party(self):
        self.write("include/amsel/engine.h", '#include "base/file.h"\n#include <opencv2/core.hpp>\n#include <sqlite3.h>\n')
        self.assertEqual(len(self.found()), 3)


if __name__ == "__main__":
    unittest.main()
