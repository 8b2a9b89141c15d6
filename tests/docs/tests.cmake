add_test(NAME test_docs COMMAND sh ${CMAKE_CURRENT_LIST_DIR}/readme_test.sh $<TARGET_FILE:tcpsim>
         WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
set_tests_properties(test_docs PROPERTIES LABELS quick)
