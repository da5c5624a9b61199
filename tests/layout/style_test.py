"""Checks style.py on small texts with planted faults."""
import pathlib
import tempfile
import unittest
import unittest.mock

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

    def layer(self, files):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()), "layer")
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
        return folder

    def test_lines_of_a_class_are_also_those_of_its_functions_that_stand_apart(self):
        header = "class A final : public B {\n public:\n  int One() const { return one_; }\n\n private:\n  int one_ = 1;\n};\n"
        apart = function(50, "int A::Two(const std::vector<int>& a) const")
        folder = self.layer({"a.h": header, "a.cc": apart + apart, "b.cc": apart, "a_test.cc": apart,
                             "c.cc": function(300, "int Free(A::Kind kind)") + "struct A::State {\n  int a;\n};\n"})
        self.assertEqual(style.class_sizes(folder), {"A": (7 + 150, 1), "A::State": (3, 0)})
        self.assertEqual(list(style.check_classes(folder)), [])
        (folder / "d.cc").write_text(apart, encoding="utf-8")
        self.assertEqual(len(list(style.check_classes(folder))), 1)

    def test_members_of_a_class_are_what_ends_in_an_underscore(self):
        members = ("std::vector<int> a_{1, 2};", "const A& b_;", "std::map<A, B> c_ AMSEL_GUARDED_BY(mutex_);",
                   "mutable Mutex mutex_;  // guards_;", "int e_ = f(1);", "std::function<void(int)> f_ = {};")
        text = "class A {{\n  A() : a_(1) {{}}\n  int One() {{ int no_; return one_; }}\n  {}\n}};\n"
        folder = self.layer({"a.h": text.format("\n  ".join(members))})
        self.assertEqual(style.class_sizes(folder)["A"][1], len(members))
        (folder / "a.h").write_text(text.format("\n".join(f"int m{i}_;" for i in range(11))), encoding="utf-8")
        self.assertEqual(len(list(style.check_classes(folder))), 1)

    def test_exceptions_are_those_that_a_class_needs(self):
        folder = self.layer({"a.h": "class A {\n" + "".join(f"  int m{i}_;\n" for i in range(11)) + "};\nclass B {\n};\n"})
        with unittest.mock.patch.dict(style.LARGE_CLASSES, {f"{folder.name}/A": "why", f"{folder.name}/B": "why"}):
            self.assertEqual([fault.split(": ")[1] for fault in style.check_classes(folder)],
                             ["B is an exception that nothing needs"])

    def test_tests_mirror_sources(self):
        names = ("a.h", "a.cc", "a_part.cc", "b.h", "b.cc", "b_part.h", "b_part.cc", "c.cc", "a_test.cc",
                 "a_more_test.cc", "b_part_odd_test.cc", "odd_test.cc")
        folder = self.layer(dict.fromkeys(names, ""))
        odd, sources, tested = style.mirror(folder)
        self.assertEqual(odd, ["odd"])
        self.assertEqual(sources, ["a", "a_part", "b", "b_part", "c"])
        self.assertEqual(tested, ["a", "a_part", "b", "b_part"])  # b_part_odd begins as b does, too
        self.assertEqual(len(list(style.check_mirror([folder]))), 1)
        (folder / "b.cc").unlink()
        (folder / "c.cc").unlink()
        (folder / "odd_test.cc").unlink()
        (folder / "d.cc").write_text("", encoding="utf-8")
        self.assertEqual(list(style.check_mirror([folder])), [])
        (folder / "e.cc").write_text("", encoding="utf-8")
        self.assertEqual(list(style.check_mirror([folder])), [f"3 of 5 sources have a test beside them (at least 75%)"])
        (folder / "layer_test.cc").write_text("", encoding="utf-8")
        self.assertEqual(style.mirror(folder)[2], style.mirror(folder)[1])


if __name__ == "__main__":
    unittest.main()
