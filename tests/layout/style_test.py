"""Checks style.py on small texts with planted faults."""
import pathlib
import tempfile
import unittest

import style


def function(lines, signature="int Long(int a)"):
    return signature + " {\n" + "  Call();\n" * (lines - 2) + "}\n"


class StyleTest(unittest.TestCase):
    def found(self, text, name="a.cc"):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, name)
            path.write_text(text, encoding="utf-8")
            return [line.replace(f"{path}:", "") for line in style.check_file(path)]

    def test_a_quiet_file_passes(self):
        self.assertEqual(self.found("// What it is.\n#pragma once\n" + function(60), "a.h"), [])

    def test_long_functions_are_found_wherever_they_stand(self):
        wrappers = ("{}", "namespace amsel {{\nnamespace {{\n{}}}\n}}\n", "class A : public B {{\n public:\n{}}};\n",
                    "const int kTable[] = {{1, 2}};\nstruct S {{ int a = 0; }};\n{}", "A::A() : a_{{1}}, b_(2) {{}}\n{}")
        for wrapper in wrappers:
            with self.subTest(wrapper):
                self.assertEqual(self.found(wrapper.format(function(60))), [])
                self.assertEqual(len(self.found(wrapper.format(function(61)))), 1)

    def test_braces_in_literals_and_comments_do_not_count(self):
        text = 'void F() {\n  Use("{", R"({{{)", \'{\', 1\'000);  // {\n  /* { */\n}\n'
        self.assertEqual(list(style.functions(text)), [(1, 4)])

    def test_tables_are_not_functions(self):
        self.assertEqual(self.found("const std::vector<int> kTable = Make({\n" + "  1,\n" * 100 + "});\n"), [])

    def test_a_long_file(self):
        self.assertEqual(len(self.found("int a;\n" * 401)), 1)

    def test_tabs_notes_and_conditionals(self):
        self.assertEqual(len(self.found("\tint a;\n// TO" "DO: later\n#if 0\n#endif\n#ifdef __cplusplus\n#endif\n")), 3)

    def test_a_header_without_guard(self):
        self.assertEqual(len(self.found("int a;\n", "a.h")), 1)

    def test_names_that_two_sources_of_a_layer_share(self):
        def source(*own):
            return "namespace amsel {\nnamespace {\n\n" + "\n".join(own) + "\n\n}  // namespace\n\nint Shared() {\n}\n}\n"

        with tempfile.TemporaryDirectory() as folder:
            files = {"a.cc": source("int One(int a) {\n  Two();\n}", "constexpr int kLimit = 1;"),
                     "b.cc": source("struct One {\n};", "constexpr double kLimit = kOther;"),
                     "c_test.cc": source("int One() {\n}"), "d.cc": source('const char* kSql = R"(\nconfig(a)\n)";')}
            for name, text in files.items():
                pathlib.Path(folder, name).write_text(text, encoding="utf-8")
            found = [line.split(": ")[1] for line in style.check_names(pathlib.Path(folder))]
        self.assertEqual(sorted(line.split()[0] for line in found), ["One", "kLimit"])


if __name__ == "__main__":
    unittest.main()
