# amsel_embed_page(): puts the report's page, src/report/page and the library that it draws with, into the layer `report` as text.
function(amsel_embed_page)
  # Those of another architecture lie below this machine's; a page is of none.
  find_file(AMSEL_D3 d3.min.js HINTS ${AMSEL_DEPS}/page/d3/dist ${AMSEL_DEPS}/../page/d3/dist NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
  find_file(AMSEL_PLOT plot.umd.min.js HINTS ${AMSEL_DEPS}/page/plot/dist ${AMSEL_DEPS}/../page/plot/dist NO_DEFAULT_PATH
            NO_CMAKE_FIND_ROOT_PATH)
  if(NOT AMSEL_D3 OR NOT AMSEL_PLOT)
    message(FATAL_ERROR "d3 and Observable Plot, which `amsel report` draws with, are not in ${AMSEL_DEPS}/page: run scripts/setup.sh")
  endif()
  set(page ${PROJECT_SOURCE_DIR}/src/report/page)
  # Constant and file, in turn. What a script uses stands before it.
  set(parts Template ${page}/template.html Style ${page}/page.css Notices ${page}/notices.txt D3 ${AMSEL_D3} Plot ${AMSEL_PLOT}
            Dom ${page}/dom.js Marks ${page}/marks.js Figures ${page}/figures.js Scatter ${page}/scatter.js
            Table ${page}/table.js Save ${page}/save.js Page ${page}/page.js)
  set(files ${parts})
  list(FILTER files INCLUDE REGEX /)
  set(data ${PROJECT_BINARY_DIR}/page/page_data.cc)
  add_custom_command(
    OUTPUT ${data}
    COMMAND ${CMAKE_COMMAND} "-DPARTS=${parts}" -DOUT=${data} -P ${PROJECT_SOURCE_DIR}/cmake/embed_text.cmake
    DEPENDS ${files} ${PROJECT_SOURCE_DIR}/cmake/embed_text.cmake
    COMMENT "Embedding the report's page" VERBATIM)
  target_sources(amsel_report PRIVATE ${data})
  set_source_files_properties(${data} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)  # clang-tidy looks at sources before it is there
endfunction()
