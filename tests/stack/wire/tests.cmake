tcpsim_test(test_stack_wire stack/wire LIBRARIES stack_wire rapidcheck)
# The same frames on every run; set RC_PARAMS yourself to look elsewhere.
set_tests_properties(test_stack_wire PROPERTIES ENVIRONMENT "RC_PARAMS=seed=1")
