add_test(NAME test_bootstrap COMMAND sh ${CMAKE_CURRENT_LIST_DIR}/bootstrap_test.sh ${PROJECT_SOURCE_DIR}/tools/bootstrap)
set_tests_properties(test_bootstrap PROPERTIES LABELS quick)
