tcpsim_test(test_stack_base stack/base LIBRARIES stack_base rapidcheck)
set_tests_properties(test_stack_base PROPERTIES ENVIRONMENT "RC_PARAMS=seed=1")
