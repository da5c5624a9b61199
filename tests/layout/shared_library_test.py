"""Plants faults in what a library is said to have: shared_library.py must find each, and nothing else."""
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import shared_library

CXX = [f"amsel::{name}::f()" for name in shared_library.CXX_NAMES]
HEADER = "int amsel_a(void);\nconst char* amsel_b(const amsel_answer* answer,\n                    int index);\ntypedef struct amsel_c amsel_c;\n"


class SharedLibraryTest(unittest.TestCase):
    def test_what_is_allowed_passes(self):
        symbols = ["amsel_a", "amsel_b", "typeinfo for amsel::Backend"] + CXX
        self.assertEqual(list(shared_library.check_size(2_000_000)), [])
        self.assertEqual(list(shared_library.check_needed(["libc.so.6", "libopencv_core.so.406", "libstdc++.so.6"])), [])
        self.assertEqual(list(shared_library.check_exported(symbols, HEADER)), [])

    def test_a_library_that_grew(self):
        self.assertEqual(len(list(shared_library.check_size(2_000_001))), 1)

    def test_a_new_need(self):
        self.assertEqual(len(list(shared_library.check_needed(["libfmt.so.9", "libopencv_imgcodecs.so.406", "libsqlite3.so.0"]))), 3)

    def test_symbols_that_are_missing_or_too_many(self):
        symbols = ["amsel_a", "amsel_x", "nlohmann::json::parse()", "std::vector<amsel::Engine>::size()", "amsel::Bundle::Open()"] + CXX[1:]
        self.assertEqual(list(shared_library.check_exported(symbols, HEADER)),
                         ["does not export amsel_b, which amsel.h declares",
                          "exports amsel_x, which amsel.h does not declare",
                          "exports amsel::Bundle::Open(), which is of no public API",
                          "exports nlohmann::json::parse(), which is of no public API",
                          "exports std::vector<amsel::Engine>::size(), which is of no public API"])
        self.assertEqual(list(shared_library.check_exported(["amsel_a", "amsel_b"] + CXX[1:], HEADER)),
                         ["exports nothing of amsel::Engine, which is public"])

    @unittest.skipUnless(shutil.which("cc"), "no C compiler")
    def test_a_library_is_read_as_it_is(self):
        with tempfile.TemporaryDirectory() as folder:
            library = str(pathlib.Path(folder, "liba.so"))
            source = ("int puts(const char*); int amsel_a(void) { return 1; } static int hidden(void) { return puts(\"x\"); } "
                      "int other(void) { return hidden(); }")
            subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", library], input=source, text=True, check=True)
            self.assertLess(0, shared_library.stripped_size(library, ""))
            self.assertIn("libc.so.6", shared_library.needed(library, ""))
            self.assertEqual(sorted(shared_library.exported(library, "")), ["amsel_a", "other"])


if __name__ == "__main__":
    unittest.main()
