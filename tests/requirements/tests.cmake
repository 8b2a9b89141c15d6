tcpsim_test(test_requirements requirements)

# It asks every test executable, also those declared after this file.
function(tcpsim_let_requirements_ask)
  get_property(names GLOBAL PROPERTY TCPSIM_TESTS)
  list(REMOVE_ITEM names test_requirements)
  set(paths "")
  foreach(name ${names})
    string(APPEND paths "$<TARGET_FILE:${name}>\n")
  endforeach()
  file(GENERATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/executables.txt CONTENT "${paths}")
  set_tests_properties(test_requirements PROPERTIES ENVIRONMENT
                       "TCPSIM_TEST_EXECUTABLES=${CMAKE_CURRENT_BINARY_DIR}/executables.txt")
endfunction()
cmake_language(DEFER CALL tcpsim_let_requirements_ask)
