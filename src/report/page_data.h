// The report's page as text: src/report/page and the library it draws with, embedded by cmake/AmselPage.cmake.
#pragma once

#include <string_view>

namespace amsel {

extern const std::string_view kPageTemplate;
extern const std::string_view kPageStyle;
extern const std::string_view kPageNotices;
extern const std::string_view kPageD3;
extern const std::string_view kPagePlot;
extern const std::string_view kPageDom;
extern const std::string_view kPageMarks;
extern const std::string_view kPageFigures;
extern const std::string_view kPageScatter;
extern const std::string_view kPageTable;
extern const std::string_view kPageSave;
extern const std::string_view kPagePage;

}  // namespace amsel
